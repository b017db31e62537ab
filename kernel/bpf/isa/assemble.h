// Text to instructions, for tests and tools: what disassemble() prints, and clang's spelling of it.
#pragma once

#include <expected>
#include <span>
#include <string_view>

#include "bpf/isa/insn.h"
#include "uapi/bpf.h"

namespace skep::bpf {

struct AssembleError {
  uint32_t line = 0;  // from 1
  std::string_view reason;
};

// One instruction per line or between semicolons; "//" begins a comment, "name:" a label. Jumps and local calls go to
// "pc+1", "+1", "-1" or a label; "(b7)" and "12:" at the start of a line, as logs have them, are read over, except
// that "(18) r1 = 5" is an LDDW. LDDW otherwise: "r1 = 5 ll", "r1 = map_fd 5 ll", "r1 = map_value 5 8 ll", "r1 = btf_id
// 5 ll", "r1 = map_idx 5 ll", "r1 = map_idx_value 5 8 ll", "r1 = func name ll". Calls: "call 5", "call bpf_x#5", "call
// pc+1", "call name" (local), "call kernel-function#5", "callx r1". Returns the number of slots written to `out`. At
// most 256 labels; needs about 8 KiB of stack.
std::expected<size_t, AssembleError> assemble(std::string_view text, std::span<bpf_insn> out);

}  // namespace skep::bpf
