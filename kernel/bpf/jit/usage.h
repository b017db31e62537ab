// What one instruction and one function do with registers: read by the passes and by the code generator.
#pragma once

#include <stdint.h>

#include <array>

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
inline constexpr RegSet kExtraRegs = kAllRegs << kFirstExtra;

constexpr bool is_alu(Op op) { return op <= Op::kBswap; }                      // computes dst
constexpr bool is_jump(Op op) { return op >= Op::kJa && op <= Op::kMayGoto; }  // has a target inside the function
constexpr bool is_cond_jump(Op op) { return op >= Op::kJeq && op <= Op::kJsle; }
constexpr bool is_call(Op op) { return op >= Op::kCallHelper && op <= Op::kCallIndirect; }
constexpr bool is_packet_load(Op op) { return op == Op::kLoadAbs || op == Op::kLoadInd; }

// What an operation does with its register fields.
struct OpOperands {
  bool reads_src = false;     // always
  bool or_immediate = false;  // reads src, unless the operand is the immediate
  bool reads_dst = false;     // as value or as address
  bool writes_dst = false;
};

constexpr OpOperands operands_of(Op op) {
  switch (op) {
    case Op::kAdd:
    case Op::kSub:
    case Op::kMul:
    case Op::kDiv:
    case Op::kSDiv:
    case Op::kMod:
    case Op::kSMod:
    case Op::kOr:
    case Op::kAnd:
    case Op::kXor:
    case Op::kLsh:
    case Op::kRsh:
    case Op::kArsh:
      return {.or_immediate = true, .reads_dst = true, .writes_dst = true};
    case Op::kMov:
    case Op::kMovSx:
      return {.or_immediate = true, .writes_dst = true};
    case Op::kNeg:
    case Op::kToLe:
    case Op::kToBe:
    case Op::kBswap:
      return {.reads_dst = true, .writes_dst = true};
    case Op::kJeq:
    case Op::kJne:
    case Op::kJgt:
    case Op::kJge:
    case Op::kJlt:
    case Op::kJle:
    case Op::kJset:
    case Op::kJsgt:
    case Op::kJsge:
    case Op::kJslt:
    case Op::kJsle:
      return {.or_immediate = true, .reads_dst = true};
    case Op::kLoad:
    case Op::kLoadSx:
      return {.reads_src = true, .writes_dst = true};
    case Op::kLoadImm64:
      return {.writes_dst = true};
    case Op::kStoreReg:
    case Op::kAtomic:  // but for what reads() and writes() add
      return {.reads_src = true, .reads_dst = true};
    case Op::kLoadInd:
      return {.reads_src = true};
    case Op::kStoreImm:
    case Op::kCallIndirect:
      return {.reads_dst = true};
    case Op::kJa:
    case Op::kMayGoto:
    case Op::kCallHelper:
    case Op::kCallLocal:
    case Op::kCallKfunc:
    case Op::kExit:
    case Op::kLoadAbs:
      return {};
  }
  return {};
}

inline constexpr auto kOperands = [] {
  std::array<OpOperands, kOpCount> all;
  for (uint32_t n = 0; n < kOpCount; n++) all[n] = operands_of(static_cast<Op>(n));
  return all;
}();

inline const OpOperands& operands_of(const Insn& insn) { return kOperands[static_cast<uint32_t>(insn.op)]; }

// `src` is an operand (and not the immediate).
inline bool reads_src(const Insn& insn) {
  const OpOperands& o = operands_of(insn);
  return o.reads_src | (o.or_immediate & !insn.use_imm);
}
// `dst` is an operand, as value or as address.
inline bool reads_dst(const Insn& insn) {
  if (insn.op == Op::kAtomic) return insn.atomic != AtomicOp::kLoadAcquire;
  return operands_of(insn).reads_dst;
}

// Calls a C function or another BPF function.
inline bool clobbers_caller_saved(const Insn& insn) {
  return (is_call(insn.op) || is_packet_load(insn.op)) && !insn.second_slot;
}
inline bool is_tail_call(const Insn& insn) {
  return insn.op == Op::kCallHelper && insn.imm == BPF_FUNC_tail_call && !insn.second_slot;
}

// Registers that the instruction overwrites (call: r0 … r5).
RegSet atomic_writes(const Insn& insn);
inline RegSet writes(const Insn& insn) {
  if (insn.second_slot) return kNoRegs;
  if (operands_of(insn).writes_dst) return reg_bit(insn.dst);
  if (insn.op == Op::kAtomic) return atomic_writes(insn);
  return clobbers_caller_saved(insn) ? kCallClobbers : kNoRegs;
}

// False for what the verifier found unreachable: no code is made for it.
inline bool is_reachable(const Image& image, InsnIndex at) { return image.facts.empty() || image.facts[at].reachable; }

}  // namespace skep::bpf::jit
