// RV64GC + Zba/Zbb/Zicsr machine code to a typed form: how long an instruction is, and what it does to the pc. Used by
// kprobes to decide between refusing, simulating and running out of line. Pure and constexpr.
// The RISC-V Instruction Set Manual, Volume I: "RV32I/RV64I Base Integer Instruction Set", "C Extension".
#pragma once

#include <stdint.h>

namespace skep::riscv {

enum class Kind : uint8_t {
  kIllegal,  // not an instruction of the extensions named above (all zeros and all ones among them)
  kCompute,  // registers only, the same wherever it stands: ALU, M, Zba/Zbb, lui, their c.* forms
  kLoad,     // integer load, size `imm` from rs1
  kStore,    // integer store, rs2 to rs1 + imm
  kFloat,    // any F or D instruction, loads and stores included
  kAuipc,    // rd = pc + imm (imm is the shifted 32-bit value)
  kJal,      // rd = pc + length; pc += imm. c.j has rd 0
  kJalr,     // t = rs1 + imm; rd = pc + length; pc = t & ~1. c.jr has rd 0, c.jalr rd 1
  kBranch,   // if (rs1 `condition` rs2) pc += imm. c.beqz, c.bnez have rs2 0
  kLoadReserved,
  kStoreConditional,
  kAmo,
  kFence,  // fence, fence.tso, pause
  kFenceI,
  kCsr,  // csrrw … csrrci; the CSR's number in `csr`
  kEcall,
  kEbreak,  // and c.ebreak
  kSret,
  kMret,
  kWfi,
  kSfence,  // sfence.vma, sinval, hfence …
};

enum class Condition : uint8_t { kEq, kNe, kLt, kGe, kLtu, kGeu };

struct Decoded {
  Kind kind = Kind::kIllegal;
  uint8_t length = 0;  // 2 or 4 bytes; for kIllegal what the length bits say (0: longer than 4 bytes)
  uint8_t rd = 0;      // integer register numbers, where the kind has them
  uint8_t rs1 = 0;
  uint8_t rs2 = 0;
  Condition condition = Condition::kEq;
  uint16_t csr = 0;
  int32_t imm = 0;
};

// Bytes that the instruction starting with `first_half` has: 2 or 4, 0 for the longer reserved formats.
constexpr uint32_t insn_length(uint16_t first_half) {
  if ((first_half & 0x3) != 0x3) return 2;
  if ((first_half & 0x1f) != 0x1f) return 4;
  return 0;
}

// `word` holds the instruction in its low bytes; of a 2-byte one the high half is ignored.
constexpr Decoded decode(uint32_t word);

}  // namespace skep::riscv

#include "arch/riscv/insn/decode_impl.h"
