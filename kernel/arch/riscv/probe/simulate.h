// Carries out a simulated instruction on saved registers. Pure; part of the hit path, so it lives in .noprobe.text.
#pragma once

#include <stdint.h>

#include <span>

#include "arch/riscv/probe/classify.h"

namespace skep::riscv::probe {

// struct pt_regs as words: [0] is the pc, [1] … [31] are x1 … x31, [32] is sstatus as the trap saved it (the
// interrupted code's SIE stands in SPIE).
inline constexpr size_t kPcWord = 0;
inline constexpr size_t kStatusWord = 32;
using SavedRegisters = std::span<uint64_t, 33>;

// step.operation is not kOutOfLine; the pc word is the instruction's address.
void simulate(const Step& step, SavedRegisters regs);

}  // namespace skep::riscv::probe
