#include "bpf/jit/opt/constants.h"

#include <algorithm>

namespace skep::bpf::jit {

void ConstantPlan::request(InsnIndex at, uint64_t value, uint32_t cost) {
  const uint8_t inner = loops_->innermost(at);
  const uint8_t loop = hoisting_loop(*loops_, inner);
  if (loop == kNoLoop || cost == 0) return;
  const uint32_t gain = cost * loop_weight((*loops_)[inner].depth);
  for (Candidate& c : candidates_) {
    if (c.value == value && c.loop == loop) {
      c.gain = std::min(c.gain + gain, uint32_t{1} << 30);
      return;
    }
  }
  // Without room or memory the constant just stays where it is.
  if (candidates_.size() < kMaxCandidates) (void)candidates_.push_back({value, gain, loop});
}

Result<void> ConstantPlan::assign(RegisterPool& pool) {
  std::sort(candidates_.begin(), candidates_.end(), [](const Candidate& a, const Candidate& b) {
    return a.gain != b.gain ? a.gain > b.gain : a.value < b.value;
  });
  for (const Candidate& c : candidates_) {
    const Reg reg = TRY(pool.take(c.loop, RegisterPool::kAny));
    if (reg != Reg::kZero) TRY(hoisted_.push_back({c.value, reg, c.loop}));
  }
  return {};
}

Reg ConstantPlan::find(InsnIndex at, uint64_t value) const {
  for (const Hoisted& h : hoisted_) {
    if (h.value == value && (*loops_)[h.loop].contains(at)) return h.reg;
  }
  return Reg::kZero;
}

ConstantSequence ConstantCache::find(uint64_t value, const JitTarget& target, bool& again) {
  for (const Entry& e : entries_) {
    if (e.value == value) return again = true, e.sequence;
  }
  const ConstantSequence made = constant_sequence(value, target);
  if (entries_.size() == kEntries) {
    entries_[next_++ % kEntries] = {value, made};
  } else {
    (void)entries_.push_back({value, made});  // without memory it is searched for again
  }
  return made;
}

}  // namespace skep::bpf::jit
