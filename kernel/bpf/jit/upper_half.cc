#include "bpf/jit/upper_half.h"

#include <algorithm>

namespace skep::bpf::jit {
namespace {

constexpr uint32_t kMaxRounds = 6;  // loop nests of depth n settle after n + 2

// Registers whose upper half the instruction reads, given those whose upper half is read after it.
RegSet upper_reads(const Step& insn, RegSet after) {
  const bool result_read = (after & reg_bit(insn.dst)) != 0;
  if (insn.form == Form::kRotate) return insn.width == Width::k64 ? reads(insn) : kNoRegs;
  if (insn.form == Form::kShiftAdd) return result_read ? reads(insn) : kNoRegs;
  if (insn.form != Form::kPlain) return reads(insn);
  const RegSet dst = reg_bit(is_alu(insn.op) ? insn.left : insn.dst);
  const RegSet src = reads_src(insn) ? reg_bit(insn.src) : kNoRegs;
  switch (insn.op) {
    // The low half of the result depends on the low halves of the operands only.
    case Op::kAdd:
    case Op::kSub:
    case Op::kMul:
    case Op::kOr:
    case Op::kAnd:
    case Op::kXor:
      return insn.width == Width::k64 && result_read ? dst | src : kNoRegs;
    case Op::kNeg:
    case Op::kLsh:  // the count's low bits matter only
      return insn.width == Width::k64 && result_read ? dst : kNoRegs;
    case Op::kMov:
      return insn.width == Width::k64 && result_read ? src : kNoRegs;
    case Op::kDiv:
    case Op::kSDiv:
    case Op::kMod:
    case Op::kSMod:
      return insn.width == Width::k64 ? dst | src : kNoRegs;
    case Op::kRsh:
    case Op::kArsh:
      return insn.width == Width::k64 ? dst : kNoRegs;
    case Op::kMovSx:
      return 0;
    case Op::kToLe:
    case Op::kToBe:
    case Op::kBswap:
      return insn.size == 8 ? dst : kNoRegs;
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
      return insn.width == Width::k64 ? dst | src : kNoRegs;
    case Op::kStoreReg:
      return insn.size == 8 ? dst | src : dst;
    case Op::kAtomic:
      // The address, and all operands of a 64-bit operation.
      return insn.size == 8 ? reads(insn) : insn.atomic == AtomicOp::kLoadAcquire ? src : dst;
    case Op::kLoadInd:
      return reg_bit(6);
    case Op::kJa:
    case Op::kMayGoto:
    case Op::kCallHelper:
    case Op::kCallLocal:
    case Op::kCallKfunc:
    case Op::kCallIndirect:
    case Op::kExit:
    case Op::kLoad:
    case Op::kLoadSx:
    case Op::kStoreImm:
    case Op::kLoadImm64:
    case Op::kLoadAbs:
      return reads(insn);
  }
  return kAllRegs;
}

}  // namespace

void find_live_upper_halves(const Code& code, std::span<RegSet> live) {
  std::fill(live.begin(), live.end(), kNoRegs);
  const auto before = [&](InsnIndex at) {
    const Step& step = code[at];
    const RegSet after = live[at - code.start()];
    return (after & ~writes(step)) | upper_reads(step, after) | step.before;
  };
  bool changed = true;
  for (uint32_t round = 0; changed && round < kMaxRounds; round++) {
    changed = false;
    RegSet before_next = kNoRegs;
    for (InsnIndex at = code.end(); at-- > code.start();) {
      const Step& step = code[at];
      RegSet after = falls_through(step) ? before_next : kNoRegs;
      if (jumps(step)) after |= before(step.target);
      RegSet& known = live[at - code.start()];
      if (after != known) known = after, changed = true;
      before_next = before(at);
    }
  }
  if (changed) std::fill(live.begin(), live.end(), kAllRegs);
}

}  // namespace skep::bpf::jit
