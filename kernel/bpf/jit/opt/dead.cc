#include "bpf/jit/opt/dead.h"

#include <algorithm>

namespace skep::bpf::jit {
namespace {

constexpr uint32_t kMaxRounds = 8;  // over all steps, at most; real programs need one or two

// A step without any effect but on its destination. Loads are not among them: whoever wrote one meant it.
bool is_pure(const Step& step) {
  switch (step.form) {
    case Form::kPlain:
      return is_alu(step.op) || step.op == Op::kLoadImm64;
    case Form::kRotate:
    case Form::kShiftAdd:
      return true;
    default:
      return false;
  }
}

RegSet live_after(const Code& code, InsnIndex at, std::span<const RegSet> live) {
  const Step& step = code[at];
  RegSet after = kNoRegs;
  if (falls_through(step) && at + 1 < code.end()) after = live[at + 1 - code.start()];
  if (jumps(step)) after |= live[step.target - code.start()];
  return after;
}

bool is_dead(const Step& step, RegSet after) { return (step.def & after) == 0 && is_pure(step); }

}  // namespace

void find_live_registers(const Code& code, std::span<RegSet> live, bool remove) {
  std::fill(live.begin(), live.end(), kNoRegs);
  // From the end to the beginning. Where a loop begins, what its last instruction takes for live at the target of its
  // jump must be what was found there in the meantime; if more was found, the loop is walked again.
  uint64_t left = uint64_t{live.size()} * kMaxRounds;
  RegSet next = kNoRegs;  // live before the step behind
  for (size_t n = live.size(); n-- > 0;) {
    const Step& step = code.steps()[n];
    RegSet after = falls_through(step) ? next : kNoRegs;
    if (jumps(step)) after |= live[step.target - code.start()];
    const RegSet through = remove && is_dead(step, after) ? after : (after & ~step.def) | step.use;
    next = through | step.before;
    if (next == live[n]) continue;
    live[n] = next;
    if (step.back_from == 0) continue;
    const size_t behind = step.back_from + 1 - code.start();
    if (left < behind - n) return std::fill(live.begin(), live.end(), kAllRegs);
    left -= behind - n;
    next = behind < live.size() ? live[behind] : kNoRegs;
    n = behind;
  }
}

void remove_dead_code(Code& code, std::span<const RegSet> live) {
  for (InsnIndex at = code.start(); at < code.end(); at++) {
    Step& step = code[at];
    if (step.form == Form::kGone || !is_dead(step, live_after(code, at, live))) continue;
    step.become(Form::kGone);
  }
}

}  // namespace skep::bpf::jit
