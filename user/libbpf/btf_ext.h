// Section .BTF.ext: records about instructions, grouped by the ELF section that the instructions are in. Linux:
// Documentation/bpf/btf.rst, ".BTF.ext section". Pure.
#pragma once

#include <stdint.h>

#include <span>

#include "btf.h"
#include "memory.h"

namespace skep::libbpf {

// The records of one section. Each begins with the byte offset of its instruction.
struct ExtBlock {
  const char* section = "";
  uint32_t record_bytes = 0;
  std::span<const uint8_t> records;

  size_t count() const { return records.size() / record_bytes; }
  std::span<const uint8_t> record(size_t i) const { return records.subspan(i * record_bytes, record_bytes); }
  uint32_t insn_offset(size_t i) const;  // bytes
};

// One record of the CO-RE table. <linux/bpf.h>, struct bpf_core_relo.
struct CoreRelocation {
  uint32_t insn_offset;  // bytes
  uint32_t type_id;
  uint32_t access_string;  // offset in the BTF's strings
  uint32_t kind;           // enum bpf_core_relo_kind
};
inline constexpr uint32_t kCoreTypeIdLocal = 6;

class BtfExt {
 public:
  BtfExt() = default;
  // `bytes` must outlive the value. EINVAL (reason printed) or ENOMEM.
  static Result<BtfExt> parse(std::span<const uint8_t> bytes, const btf& types);

  std::span<const ExtBlock> functions() const { return functions_.span(); }
  std::span<const ExtBlock> lines() const { return lines_.span(); }
  std::span<const ExtBlock> core_relocations() const { return core_.span(); }

 private:
  Vec<ExtBlock> functions_;
  Vec<ExtBlock> lines_;
  Vec<ExtBlock> core_;
};

}  // namespace skep::libbpf
