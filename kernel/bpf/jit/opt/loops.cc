#include "bpf/jit/opt/loops.h"

#include <algorithm>

namespace skep::bpf::jit {

Result<void> Loops::collect(const Code& code) {
  for (InsnIndex at = code.start(); at < code.end(); at++) {
    const Step& step = code[at];
    if (step.target > at || !jumps(step)) continue;
    size_t n = 0;
    while (n < loops_.size() && loops_[n].first != step.target) n++;
    if (n < loops_.size()) {
      loops_[n].last = at;  // instructions come in order: this one is the farthest so far
    } else if (n == kMaxLoops) {
      loops_.clear();
      return {};
    } else {
      TRY(loops_.push_back({.first = step.target, .last = at}));
    }
  }
  return {};
}

// Of two that overlap, the first ends where the second does.
void Loops::unite() {
  std::sort(loops_.begin(), loops_.end(), [](const Loop& a, const Loop& b) { return a.first < b.first; });
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t a = 0; a < loops_.size(); a++) {
      for (size_t b = a + 1; b < loops_.size() && loops_[b].first <= loops_[a].last; b++) {
        if (loops_[b].last > loops_[a].last) loops_[a].last = loops_[b].last, changed = true;
      }
    }
  }
}

// Sorted by their beginnings, a loop's parent is the last one before it that still contains it.
void Loops::nest() {
  for (size_t n = 0; n < loops_.size(); n++) {
    for (size_t outer = n; outer-- > 0 && loops_[n].parent == kNoLoop;) {
      if (loops_[outer].contains(loops_[n].last)) {
        loops_[n].parent = static_cast<uint8_t>(outer);
        loops_[n].depth = static_cast<uint8_t>(loops_[outer].depth + 1);
      }
    }
    for (InsnIndex at = loops_[n].first; at <= loops_[n].last; at++) of_slot_[at - start_] = static_cast<uint8_t>(n);
  }
}

// A path from `from` comes in at `to`, for each loop around `to` that `from` is not part of.
void Loops::note_entry(InsnIndex from, InsnIndex to, bool from_outside) {
  for (uint8_t n = innermost(to); n != kNoLoop; n = loops_[n].parent) {
    Loop& loop = loops_[n];
    if (!from_outside && loop.contains(from)) return;
    loop.single_entry &= !loop.entered || loop.entry == to;
    loop.entry = to;
    loop.entered = true;
  }
}

Result<void> Loops::find(Code& code) {
  start_ = code.start();
  TRY(collect(code));
  if (loops_.empty()) return {};
  TRY(of_slot_.resize(code.end() - code.start()));
  std::fill(of_slot_.begin(), of_slot_.end(), kNoLoop);
  unite();
  nest();
  note_entry(0, code.start(), true);
  for (InsnIndex at = code.start(); at < code.end(); at++) {
    const Step& step = code[at];
    const uint8_t inner = innermost(at);
    if (jumps(step)) note_entry(at, step.target, false);
    if (at + 1 < code.end() && innermost(at + 1) != inner && falls_through(step)) note_entry(at, at + 1, false);
    if (inner == kNoLoop) continue;
    loops_[inner].touched |= step.use | step.def;
    loops_[inner].calls |= clobbers_caller_saved(step);
  }
  for (size_t n = loops_.size(); n-- > 0;) {  // a loop stands behind the one around it
    const Loop& loop = loops_[n];
    if (loop.entered) code[loop.entry].enters_loop = true;
    if (loop.parent == kNoLoop) continue;
    loops_[loop.parent].touched |= loop.touched;
    loops_[loop.parent].calls |= loop.calls;
  }
  return {};
}

}  // namespace skep::bpf::jit
