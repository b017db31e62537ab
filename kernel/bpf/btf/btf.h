// BPF Type Format: a parsed, checked blob. Linux: Documentation/bpf/btf.rst. Parsing trusts no length, offset or type
// id.
#pragma once

#include <stdint.h>

#include <span>
#include <string_view>

#include "bpf/memory.h"
#include "bpf/object.h"
#include "lib/format.h"
#include "lib/result.h"
#include "uapi/bpf.h"

namespace skep::bpf {

inline constexpr uint32_t kBtfMaxBytes = 16u << 20;  // of a blob; Linux: BTF_MAX_SIZE

enum class BtfKind : uint8_t {
  kVoid = 0,
  kInt,
  kPtr,
  kArray,
  kStruct,
  kUnion,
  kEnum,
  kFwd,
  kTypedef,
  kVolatile,
  kConst,
  kRestrict,
  kFunc,
  kFuncProto,
  kVar,
  kDatasec,
  kFloat,
  kDeclTag,
  kTypeTag,
  kEnum64,
};

// One type of a parsed blob: its header fields; what follows it (members, parameters, …) is read through Btf.
struct BtfType {
  BtfKind kind = BtfKind::kVoid;
  bool kind_flag = false;
  uint32_t vlen = 0;
  uint32_t name_offset = 0;
  uint32_t size_or_type = 0;  // by kind
  uint32_t data_offset = 0;   // of what follows the header, in the type section
};

struct BtfMember {
  std::string_view name;
  uint32_t type = 0;
  uint32_t bit_offset = 0;
  uint32_t bitfield_size = 0;  // 0: no bit field
};
struct BtfParam {
  std::string_view name;
  uint32_t type = 0;
};
struct BtfEnumerator {
  std::string_view name;
  int64_t value = 0;  // sign-extended when the enum is signed (kind_flag), else zero-extended
};
struct BtfVarSecinfo {
  uint32_t type = 0;
  uint32_t offset = 0;
  uint32_t size = 0;
};
struct BtfArray {
  uint32_t type = 0;
  uint32_t index_type = 0;
  uint32_t nelems = 0;
};
struct BtfInt {
  bool is_signed = false;
  bool is_char = false;
  bool is_bool = false;
  uint32_t bit_offset = 0;
  uint32_t bits = 0;
};

class Btf final : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::kBtf;

  // Checks the whole blob. On refusal the reason goes to `log` (one line, as Linux's btf log) and the error is EINVAL,
  // ENOTSUPP, E2BIG or ENOMEM as in Linux. Takes a copy of the bytes.
  static Result<Ref<Btf>> parse(std::span<const uint8_t> blob, TextSink& log);

  std::span<const uint8_t> blob() const { return blob_.span(); }
  // The kernel's own, or what user space loaded.
  bool of_kernel() const { return of_kernel_; }
  void set_of_kernel() { of_kernel_ = true; }
  uint32_t type_count() const { return static_cast<uint32_t>(types_.size()); }  // with void, id 0

  // nullptr for an id out of range.
  const BtfType* find_type(uint32_t id) const { return id < types_.size() ? &types_[id] : nullptr; }
  // "" for offset 0 or out of range; strings are NUL-terminated inside the checked section.
  std::string_view string_at(uint32_t offset) const;
  std::string_view name_of(const BtfType& t) const { return string_at(t.name_offset); }

  BtfMember member(const BtfType& t, uint32_t i) const;          // struct, union
  BtfParam param(const BtfType& t, uint32_t i) const;            // func_proto
  BtfVarSecinfo secinfo(const BtfType& t, uint32_t i) const;     // datasec
  BtfEnumerator enumerator(const BtfType& t, uint32_t i) const;  // enum, enum64
  BtfArray array(const BtfType& t) const;                        // array
  BtfInt integer(const BtfType& t) const;                        // int
  uint32_t linkage(const BtfType& t) const;                      // var (func: vlen)
  int32_t component_index(const BtfType& t) const;               // decl_tag: -1 for the whole type
  // Follows typedef, const, volatile, restrict, type_tag; 0 at a loop or a bad id.
  uint32_t skip_modifiers(uint32_t id) const;
  // Size in bytes, through modifiers and arrays; EINVAL for what has none (func, fwd, void).
  Result<uint32_t> size_of(uint32_t id) const;
  // The first type of this kind and name, 0 when there is none.
  uint32_t find_by_name(BtfKind kind, std::string_view name) const;
  // As C writes the type: "struct task_struct *", "const char[16]", "void".
  void print_type(TextSink& out, uint32_t id) const;

  void last_reference_dropped() override;

 private:
  friend class BtfParser;
  template <typename T, typename... Args>
  friend Result<Ref<T>> create_ref(Args&&...);
  Btf() : Object(kKind) {}

  static constexpr uint32_t kNoSize = UINT32_MAX;

  // The 32-bit word number `i` of what follows the header of `t`.
  uint32_t word(const BtfType& t, uint32_t i) const;

  bool of_kernel_ = false;
  Vec<uint8_t> blob_;
  Vec<BtfType> types_;
  Vec<uint32_t> sizes_;       // of each type; kNoSize
  uint32_t type_offset_ = 0;  // of the sections inside blob_
  uint32_t string_offset_ = 0;
  uint32_t string_bytes_ = 0;
};

// PROG_LOAD's func_info and line_info after their check against code and BTF (monotonic, in range, right kinds).
struct ProgramDebugInfo {
  Ref<Btf> btf;  // null: none was given
  Vec<bpf_func_info> functions;
  Vec<bpf_line_info> lines;
};

// The line_info record that covers `at`, nullptr when none does.
const bpf_line_info* find_line(const ProgramDebugInfo& info, uint32_t at);

}  // namespace skep::bpf
