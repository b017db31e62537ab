#include "bpf/jit/opt/dead.h"

#include <algorithm>

namespace skep::bpf::jit {
namespace {

constexpr uint32_t kMaxRounds = 8;  // loop nests of depth n settle after n + 2

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

void find_live_registers(Code& code, std::span<RegSet> live, bool remove) {
  for (InsnIndex at = code.start(); at < code.end(); at++) {
    Step& step = code[at];
    step.use = reads(step);
    step.def = writes(step);
  }
  std::fill(live.begin(), live.end(), kNoRegs);
  bool changed = true;
  for (uint32_t round = 0; changed && round < kMaxRounds; round++) {
    changed = false;
    for (InsnIndex at = code.end(); at-- > code.start();) {
      const Step& step = code[at];
      const RegSet after = live_after(code, at, live);
      const RegSet in_loop = remove && is_dead(step, after) ? after : (after & ~step.def) | step.use;
      const RegSet before = in_loop | step.before;
      RegSet& known = live[at - code.start()];
      if (before != known) known = before, changed = true;
    }
  }
  if (changed) std::fill(live.begin(), live.end(), kAllRegs);
}

void remove_dead_code(Code& code, std::span<const RegSet> live) {
  for (InsnIndex at = code.start(); at < code.end(); at++) {
    Step& step = code[at];
    if (step.form == Form::kGone || !is_dead(step, live_after(code, at, live))) continue;
    step.form = Form::kGone;
    step.use = step.def = kNoRegs;
  }
}

}  // namespace skep::bpf::jit
