#include "bpf/jit/opt/extensions.h"

namespace skep::bpf::jit {

Result<void> JoinFacts::prepare(const Code& code, std::span<const bool> is_target) {
  start_ = code.start();
  TRY(number_.resize(code.end() - code.start()));
  for (InsnIndex at = code.start(); at < code.end(); at++) {
    if (!is_target[at]) continue;
    number_[at - start_] = static_cast<uint16_t>(joins_.size());
    TRY(joins_.push_back({}));
  }
  return {};
}

void JoinFacts::begin_round() {
  for (Join& j : joins_) {
    j.arrived = kEverythingKnown;
    j.used = kNothing;
  }
}

UpperHalves JoinFacts::enter(InsnIndex at, UpperHalves fallen) {
  Join& j = of(at);
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
