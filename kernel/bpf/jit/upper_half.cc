#include "bpf/jit/upper_half.h"

namespace skep::bpf::jit {
namespace {

constexpr uint32_t kMaxRounds = 6;  // loop nests of depth n settle after n + 2

// Registers whose upper half the instruction reads, given those whose upper half is read after it.
RegSet upper_reads(const Insn& insn, RegSet after) {
  if (insn.second_slot) return 0;
  const RegSet dst = reg_bit(insn.dst);
  const RegSet src = reads_src(insn) ? reg_bit(insn.src) : RegSet{0};
  const bool result_read = (after & dst) != 0;
  switch (insn.op) {
    // The low half of the result depends on the low halves of the operands only.
    case Op::kAdd:
    case Op::kSub:
    case Op::kMul:
    case Op::kOr:
    case Op::kAnd:
    case Op::kXor:
      return insn.width == Width::k64 && result_read ? dst | src : RegSet{0};
    case Op::kNeg:
    case Op::kLsh:  // the count's low bits matter only
      return insn.width == Width::k64 && result_read ? dst : RegSet{0};
    case Op::kMov:
      return insn.width == Width::k64 && result_read ? src : RegSet{0};
    case Op::kDiv:
    case Op::kSDiv:
    case Op::kMod:
    case Op::kSMod:
      return insn.width == Width::k64 ? dst | src : RegSet{0};
    case Op::kRsh:
    case Op::kArsh:
      return insn.width == Width::k64 ? dst : RegSet{0};
    case Op::kMovSx:
      return 0;
    case Op::kToLe:
    case Op::kToBe:
    case Op::kBswap:
      return insn.size == 8 ? dst : RegSet{0};
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
      return insn.width == Width::k64 ? dst | src : RegSet{0};
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

// What is read on entry of the instruction at `at`.
RegSet before(const Image& image, InsnIndex at, std::span<const RegSet> live) {
  const Insn& insn = image.code[at];
  return static_cast<RegSet>((live[at] & ~writes(insn)) | upper_reads(insn, live[at]));
}

}  // namespace

void find_live_upper_halves(const Image& image, const Subprogram& function, std::span<RegSet> live) {
  for (InsnIndex at = function.start; at < function.end; at++) live[at] = 0;
  bool changed = true;
  for (uint32_t round = 0; changed && round < kMaxRounds; round++) {
    changed = false;
    for (InsnIndex at = function.end; at-- > function.start;) {
      const Insn& insn = image.code[at];
      RegSet after = 0;
      const bool falls_through = insn.second_slot || (insn.op != Op::kExit && insn.op != Op::kJa);
      if (falls_through && at + 1 < function.end) after = before(image, at + 1, live);
      if (!insn.second_slot && is_jump(insn.op)) after |= before(image, insn.target, live);
      if (after != live[at]) live[at] = after, changed = true;
    }
  }
  if (!changed) return;
  for (InsnIndex at = function.start; at < function.end; at++) live[at] = kAllRegs;
}

}  // namespace skep::bpf::jit
