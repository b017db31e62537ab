// The shortest instruction sequences for constants.
#pragma once

#include <stdint.h>

#include "arch/riscv/insn/encode.h"
#include "bpf/jit/jit.h"

namespace skep::bpf::jit {

// What it takes to put one value into a register. Each instruction reads and writes that register only (the first reads
// zero); `rd` of the instructions is a placeholder until place() sets it.
struct ConstantSequence {
  static constexpr uint32_t kMax = 8;  // lui addiw (slli addi) x 3
  riscv::Instruction code[kMax];
  uint32_t count = 0;
};

// The fewest instructions that the target has for `value`.
ConstantSequence constant_sequence(uint64_t value, const JitTarget& target);

// The same instructions with `rd` as their register.
ConstantSequence place(const ConstantSequence& sequence, riscv::Reg rd);
riscv::Instruction place(riscv::Instruction insn, riscv::Reg rd);

}  // namespace skep::bpf::jit
