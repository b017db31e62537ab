// What one instruction and one function do with registers: read by the passes and by the code generator.
#pragma once

#include <stdint.h>

#include "bpf/prog.h"

namespace skep::bpf::jit {

// A set of BPF registers, bit n for rn, and of the optimiser's own, from kRegisters on.
using RegSet = uint32_t;
inline constexpr uint8_t kFirstExtra = kRegisters;
inline constexpr uint8_t kRegisterLimit = 32;
inline constexpr RegSet kNoRegs = 0;
inline constexpr RegSet kAllRegs = ~RegSet{0};
constexpr RegSet reg_bit(uint8_t r) { return static_cast<RegSet>(1u << r); }

// Calls `visit` with the number of each register of the set.
template <typename Visit>
void for_each_in(RegSet set, Visit visit) {
  for (; set != 0; set &= set - 1) visit(static_cast<uint8_t>(__builtin_ctz(set)));
}

inline constexpr RegSet kArguments = 0x3e;     // r1 … r5
inline constexpr RegSet kCallClobbers = 0x3f;  // r0 … r5
inline constexpr RegSet kCalleeSaved = 0x3c0;  // r6 … r9

bool is_alu(Op op);        // kAdd … kBswap: computes dst from registers and immediates
bool is_jump(Op op);       // kJa … kMayGoto: has a target inside the function
bool is_cond_jump(Op op);  // kJeq … kJsle: compares
bool is_call(Op op);
bool clobbers_caller_saved(const Insn& insn);  // calls a C function or another BPF function
bool is_tail_call(const Insn& insn);
bool reads_src(const Insn& insn);  // `src` is an operand (and not the immediate)
bool reads_dst(const Insn& insn);  // `dst` is an operand, as value or as address
// Registers whose values the instruction reads, and those that it overwrites (call: r0 … r5).
RegSet reads(const Insn& insn);
RegSet writes(const Insn& insn);

// False for what the verifier found unreachable: no code is made for it.
inline bool is_reachable(const Image& image, InsnIndex at) { return image.facts.empty() || image.facts[at].reachable; }

}  // namespace skep::bpf::jit
