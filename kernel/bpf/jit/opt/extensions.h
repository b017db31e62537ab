// Pass "extensions": what is known of upper halves where paths meet. A forward analysis whose transfer function is the
// translator itself: it reports what holds along each jump, and asks what holds at each label. What comes along a
// backward jump is not known yet when the label is reached, so it is assumed, everything at first; when a round of
// translation shows an assumption wrong, it is weakened and the function is translated once more.
#pragma once

#include "bpf/jit/opt/step.h"

namespace skep::bpf::jit {

// Registers whose upper half is known to be zero, and those where it is copies of bit 31.
struct UpperHalves {
  RegSet zero = kNoRegs;
  RegSet sign = kNoRegs;

  void meet(const UpperHalves& o) { zero &= o.zero, sign &= o.sign; }
  bool implies(const UpperHalves& o) const { return (o.zero & ~zero) == 0 && (o.sign & ~sign) == 0; }
};
inline constexpr UpperHalves kEverythingKnown{kAllRegs, kAllRegs};

class JoinFacts {
 public:
  explicit JoinFacts(Scratch& scratch) : joins_(scratch), number_(scratch) {}

  Result<void> prepare(const Code& code, std::span<const bool> is_target);  // ENOMEM

  void begin_round();
  // A jump to `target` is taken with `now` holding.
  void arrive(InsnIndex target, const UpperHalves& now) { of(target).arrived.meet(now); }
  // What holds at a label; `fallen` is what comes from the instruction before it.
  UpperHalves enter(InsnIndex at, UpperHalves fallen);
  // True when all assumptions of the round were right. Otherwise they have been weakened; with `give_up`, to nothing.
  bool end_round(bool give_up);

 private:
  struct Join {
    UpperHalves arrived = kEverythingKnown;  // by all jumps of this round so far
    UpperHalves assumed = kEverythingKnown;  // of backward jumps
    UpperHalves used = kNothing;             // what enter() said
  };
  static constexpr UpperHalves kNothing{};

  Join& of(InsnIndex at) { return joins_[number_[at - start_]]; }

  ScratchVec<Join> joins_;       // of the targets of jumps
  ScratchVec<uint16_t> number_;  // per slot: which join that is; only where one is
  InsnIndex start_ = 0;
};

}  // namespace skep::bpf::jit
