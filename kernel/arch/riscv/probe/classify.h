// What to do with a probed instruction: refuse the probe, simulate the instruction on the saved registers, or run a
// copy of it out of line. Pure: bytes in, decision out; host tests and a native check under qemu-riscv64 cover it.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <span>
#include <string_view>

namespace skep::riscv::probe {

enum class Refusal : uint8_t {
  kNone,
  kUnknown,      // no instruction that this kernel's decoder knows
  kMiddle,       // the address lies inside an instruction
  kReservation,  // lr, sc, or between the two: a trap ends the reservation and the loop would never succeed
  kBreakpoint,   // ebreak: belongs to someone else
  kTrapReturn,   // sret, mret
  kTrapState,    // reads or writes what the breakpoint's own trap overwrites: sepc, scause, stval, sscratch, stvec
  kStatusWrite,  // csrw sstatus: sets SPP and SPIE, which the trap has overwritten
};
// "it is lr/sc or lies between the two", for the kernel log.
std::string_view describe(Refusal refusal);

enum class Operation : uint8_t {
  kOutOfLine,     // run the copy
  kAddImmediate,  // rd = rs1 + imm: addi, li, lui, mv and their c.* forms, which open most functions
  kAdd,           // rd = rs1 + rs2
  kAuipc,         // rd = pc + imm
  kJal,           // rd = pc + length; pc += imm
  kJalr,          // rd = pc + length; pc = (rs1 + imm) & ~1
  kBranchEq,      // if (rs1 ? rs2) pc += imm
  kBranchNe,
  kBranchLt,
  kBranchGe,
  kBranchLtu,
  kBranchGeu,
  kStatusSet,           // rd = sstatus; sstatus |= rs1
  kStatusClear,         // rd = sstatus; sstatus &= ~rs1
  kStatusSetImmediate,  // with imm for rs1
  kStatusClearImmediate,
};

// One probed instruction, ready for the hit path.
struct Step {
  Operation operation = Operation::kOutOfLine;
  uint8_t length = 0;  // 2 or 4
  uint8_t rd = 0;
  uint8_t rs1 = 0;
  uint8_t rs2 = 0;
  int32_t imm = 0;
  uint32_t word = 0;  // the instruction itself
};

struct Verdict {
  Refusal refusal = Refusal::kNone;
  Step step;
  bool accepted() const { return refusal == Refusal::kNone; }
};

// The instruction alone, without regard to its neighbours. `word` as for insn/decode.h.
Verdict classify(uint32_t word);

// The instruction at `offset` of a function whose original bytes are `text`: also checks that an instruction starts
// there and that it is outside of lr/sc sequences.
Verdict classify_at(std::span<const uint8_t> text, size_t offset);

}  // namespace skep::riscv::probe
