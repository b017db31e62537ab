// What the kernel's BTF says of its structures and functions, as the verifier asks it: where a load through a pointer
// leads, whether one structure begins with another, what a tracing program is attached to and which arguments it gets.
// Pure; trusts no more of a BTF than that Btf::parse() has accepted it.
#pragma once

#include <stdint.h>

#include <expected>
#include <string_view>

#include "bpf/btf/btf.h"
#include "bpf/verifier/verifier.h"

namespace skep::bpf::verifier {

// Which memory a pointer of the kernel's points to, by its type tag. Linux: MEM_USER, MEM_PERCPU.
enum class PointsInto : uint8_t { kKernel, kUser, kPerCpu };

// A pointer type seen from the program.
struct PointeeType {
  uint32_t structure = 0;  // type id of a struct or union; 0: it points to something else
  PointsInto where = PointsInto::kKernel;
};
// Of the type `pointer`, which is a kPtr.
PointeeType pointee_of(const Btf& btf, const BtfType& pointer);

// What lies at some bytes of a structure.
struct Field {
  enum class Kind : uint8_t {
    kNumber,
    kPointer,        // the whole of a pointer to a structure
    kStructure,      // only field_at(): the bytes are, or are part of, a structure in the structure
    kBeyond,         // the structure ends before
    kHole,           // no member is there
    kPartOfPointer,  // not the whole of a pointer
    kBeyondMember,   // more than the member
  };
  Kind kind = Kind::kHole;
  PointeeType points_to = {};       // kPointer
  uint32_t inner = 0;               // kStructure: its type
  std::string_view structure = {};  // the innermost structure, "(anon)" without a name
  std::string_view member = {};
  int64_t offset = 0;     // of the bytes in the innermost structure; kStructure: in `inner`
  int64_t member_at = 0;  // where the member begins (kPartOfPointer) or ends (kBeyondMember)
};
// The bytes [offset, offset + size) of the struct or union `type`; offset >= 0.
Field find_field(const Btf& btf, uint32_t type, int64_t offset, uint32_t size);
// Whether a struct `wanted` begins at this offset of the struct `type`, at whatever depth.
bool holds_structure_at(const Btf& btf, uint32_t type, int64_t offset, uint32_t wanted);

// What the program is to be attached to, by attach_btf_id.
struct AttachTarget {
  std::string_view name = {};      // of the function or tracepoint; empty: the program names none
  const BtfType* proto = nullptr;  // its prototype
  uint32_t first_parameter = 0;    // of the prototype, that the program gets: a tracepoint's first is its own
  bool null_after_first = false;   // an iterator's: its arguments may be NULL, but for the first
  uint32_t count() const { return proto ? proto->vlen - first_parameter : 0; }
};
// Refused when it is nothing that such programs are attached to. Linux: bpf_check_attach_target.
std::expected<AttachTarget, Rejection> find_attach_target(const VerifyRequest& request);

}  // namespace skep::bpf::verifier
