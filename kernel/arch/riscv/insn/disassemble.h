// Machine code back to the values of insn/encode.h, from the same table, and their text: for dumps. Pure; any context.
// What encode() and compress() cannot write (floating point, most CSR forms) is not recognised; insn/decode.h knows the
// length and kind of every instruction.
#pragma once

#include <stdint.h>

#include <optional>
#include <span>

#include "arch/riscv/insn/encode.h"
#include "lib/format.h"

namespace skep::riscv {

// "zero", "ra", "sp" …
std::string_view name_of(Reg r);

// The inverse of encode(); nullopt for a word that it never gives.
std::optional<Instruction> decode_word(uint32_t word);
// An instruction with the effect of a 2-byte one; nullopt for those that compress() never gives.
std::optional<Instruction> decode_half(uint16_t half);

// The instruction that `code` begins with. Its length is right for unknown ones, too, as far as there are bytes left.
struct Fetched {
  std::optional<Instruction> insn;
  uint8_t bytes = 0;  // 2 or 4; what is left when that is less
  uint32_t bits = 0;
};
Fetched fetch(std::span<const uint8_t> code);

// One line as llvm-objdump prints it, with the pseudo-instructions of the assembly language ("li a0, 5", "ret"), and a
// blank where that has a tab. `at` is where the instruction stands: branches print where they go, in hex.
void disassemble(TextSink& out, const Instruction& insn, uint64_t at);

}  // namespace skep::riscv
