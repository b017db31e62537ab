// Raw instruction slots to typed ones and back.
#pragma once

#include <span>
#include <string_view>

#include "bpf/isa/insn.h"
#include "lib/format.h"
#include "lib/result.h"
#include "uapi/bpf.h"

namespace skep::bpf {

// Why a slot is no instruction. `reason` is Linux's verifier message where it has one ("unknown opcode ff",
// "BPF_MOV uses reserved fields", …).
struct DecodeError {
  InsnIndex at = 0;
  Errno error = Errno::kEINVAL;
  std::string_view reason;
  uint8_t opcode = 0;
};

// Decodes the instruction at code[at]; an LDDW looks at the next slot too. Pure.
[[nodiscard]] std::expected<Insn, DecodeError> decode(std::span<const bpf_insn> code, InsnIndex at);

// Encodes `insn`, which stands at index `at`, into out[0] (and out[1] for LDDW). Inverse of decode().
void encode(const Insn& insn, InsnIndex at, std::span<bpf_insn, 2> out);

// One line as Linux's log and bpftool print it, without index: "r1 = *(u64 *)(r10 -8)".
void disassemble(TextSink& out, const Insn& insn, InsnIndex at);

}  // namespace skep::bpf
