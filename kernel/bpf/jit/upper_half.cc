#include "bpf/jit/upper_half.h"

#include <algorithm>
#include <array>

namespace skep::bpf::jit {
namespace {

constexpr uint32_t kMaxRounds = 6;  // over all steps, at most

// How an operation looks at the upper halves of its operands.
enum class Look : uint8_t {
  kAll,        // whatever it does
  kIfWide,     // when it is of 64 bits
  kThroughTo,  // when it is of 64 bits and the result's upper half is read: the low half depends on low halves only
  kSwap,       // when 8 bytes are swapped
  kNever,
  kOther,
};

constexpr Look look_of(Op op) {
  switch (op) {
    case Op::kAdd:
    case Op::kSub:
    case Op::kMul:
    case Op::kOr:
    case Op::kAnd:
    case Op::kXor:
    case Op::kNeg:
    case Op::kMov:
      return Look::kThroughTo;
    case Op::kDiv:
    case Op::kSDiv:
    case Op::kMod:
    case Op::kSMod:
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
      return Look::kIfWide;
    case Op::kToLe:
    case Op::kToBe:
    case Op::kBswap:
      return Look::kSwap;
    case Op::kMovSx:
      return Look::kNever;
    case Op::kLsh:
    case Op::kRsh:
    case Op::kArsh:
    case Op::kStoreReg:
    case Op::kAtomic:
    case Op::kLoadInd:
      return Look::kOther;
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
      return Look::kAll;
  }
  return Look::kAll;
}

constexpr auto kLooks = [] {
  std::array<Look, kOpCount> all;
  for (uint32_t n = 0; n < kOpCount; n++) all[n] = look_of(static_cast<Op>(n));
  return all;
}();

RegSet other_upper_reads(const Step& insn, bool result_read) {
  const bool wide = insn.width == Width::k64;
  switch (insn.op) {
    case Op::kLsh:  // of the count, the low bits matter only
      return wide && result_read ? reg_bit(insn.left) : kNoRegs;
    case Op::kRsh:
    case Op::kArsh:
      return wide ? reg_bit(insn.left) : kNoRegs;
    case Op::kStoreReg:
      return insn.size == 8 ? insn.use : reg_bit(insn.dst);
    case Op::kAtomic:
      // The address, and all operands of a 64-bit operation.
      if (insn.size == 8) return insn.use;
      return reg_bit(insn.atomic == AtomicOp::kLoadAcquire ? insn.src : insn.dst);
    default:
      return reg_bit(6);  // kLoadInd: the context
  }
}

// Registers whose upper half the step reads, given those whose upper half is read after it.
inline RegSet upper_reads(const Step& step, RegSet after) {
  const bool wide = step.width == Width::k64;
  const bool result_read = (after & reg_bit(step.dst)) != 0;
  if (step.form == Form::kRotate) return wide ? step.use : kNoRegs;
  if (step.form == Form::kShiftAdd) return result_read ? step.use : kNoRegs;
  if (step.form != Form::kPlain) return step.use;
  switch (kLooks[static_cast<uint32_t>(step.op)]) {
    case Look::kAll:
      return step.use;
    case Look::kIfWide:
      return wide ? step.use : kNoRegs;
    case Look::kThroughTo:
      return wide && result_read ? step.use : kNoRegs;
    case Look::kSwap:
      return step.size == 8 ? step.use : kNoRegs;
    case Look::kNever:
      return kNoRegs;
    case Look::kOther:
      return other_upper_reads(step, result_read);
  }
  return kAllRegs;
}

}  // namespace

void find_live_upper_halves(const Code& code, std::span<RegSet> live) {
  std::fill(live.begin(), live.end(), kNoRegs);
  const auto before = [&](InsnIndex at) {
    const Step& step = code[at];
    const RegSet after = live[at - code.start()];
    return (after & ~step.def) | upper_reads(step, after) | step.before;
  };
  // As find_live_registers() does it.
  uint64_t left = uint64_t{live.size()} * kMaxRounds;
  RegSet before_next = kNoRegs;
  for (InsnIndex at = code.end(); at-- > code.start();) {
    const Step& step = code[at];
    RegSet after = falls_through(step) ? before_next : kNoRegs;
    if (jumps(step)) after |= before(step.target);
    const RegSet known = step.back_from != 0 ? before(at) : kNoRegs;
    live[at - code.start()] = after;
    before_next = before(at);
    if (step.back_from == 0 || before_next == known) continue;
    const InsnIndex behind = step.back_from + 1;
    if (left < behind - at) return std::fill(live.begin(), live.end(), kAllRegs);
    left -= behind - at;
    before_next = behind < code.end() ? before(behind) : kNoRegs;
    at = behind;
  }
}

}  // namespace skep::bpf::jit
