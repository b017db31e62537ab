// Raw instruction slots to typed ones and back, and their text.
#pragma once

#include <expected>
#include <span>
#include <string_view>

#include "bpf/isa/insn.h"
#include "lib/format.h"
#include "lib/result.h"
#include "uapi/bpf.h"

namespace skep::bpf {

// Why a slot is no instruction. `reason` is Linux's verifier message where it has one ("BPF_MOV uses reserved fields",
// "unknown opcode {02x}"); a {} in it stands for `value`. print_decode_error() fills it in.
struct DecodeError {
  InsnIndex at = 0;
  Errno error = Errno::kEINVAL;
  std::string_view reason;
  uint8_t opcode = 0;
  uint32_t value = 0;
};
void print_decode_error(TextSink& out, const DecodeError& error);

// Decodes the instruction at code[at] into `out`; an LDDW looks at the next slot too. Pure. Jump targets are computed,
// not checked.
[[nodiscard]] std::expected<void, DecodeError> decode(std::span<const bpf_insn> code, InsnIndex at, Insn& out);
[[nodiscard]] inline std::expected<Insn, DecodeError> decode(std::span<const bpf_insn> code, InsnIndex at) {
  Insn insn;
  if (auto good = decode(code, at, insn); !good) return std::unexpected(good.error());
  return insn;
}

// Encodes `insn`, which stands at index `at`, into out[0] (and out[1] for LDDW). Inverse of decode(). False, and out
// untouched, when no instruction has this form or a distance does not fit its field.
bool encode(const Insn& insn, InsnIndex at, std::span<bpf_insn, 2> out);

// The name of a helper without "bpf_", empty when there is none with this id. helpers/ has one to pass.
using HelperName = std::string_view (*)(int32_t id);

// One line as Linux's log and bpftool print it, with the opcode and without the index: "(79) r1 = *(u64 *)(r10 -8)".
// `helper_name` may be null: calls are then printed as "call unknown#1".
void disassemble(TextSink& out, const Insn& insn, InsnIndex at, HelperName helper_name = nullptr);

}  // namespace skep::bpf
