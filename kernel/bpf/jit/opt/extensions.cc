#include "bpf/jit/opt/extensions.h"

namespace skep::bpf::jit {

Result<void> JoinFacts::prepare(const Code& code) {
  start_ = code.start();
  return joins_.resize(code.end() - code.start());
}

void JoinFacts::begin_round() {
  for (Join& j : joins_) {
    j.arrived = kEverythingKnown;
    j.used = kNothing;
  }
}

UpperHalves JoinFacts::enter(InsnIndex at, UpperHalves fallen) {
  Join& j = joins_[at - start_];
  fallen.meet(j.arrived);
  fallen.meet(j.assumed);
  j.used = fallen;
  return fallen;
}

bool JoinFacts::end_round(bool give_up) {
  bool right = true;
  for (Join& j : joins_) {
    if (j.arrived.implies(j.used)) continue;
    right = false;
    j.assumed.meet(j.arrived);
  }
  if (!right && give_up) {
    for (Join& j : joins_) j.assumed = kNothing;
  }
  return right;
}

}  // namespace skep::bpf::jit
