#include "bpf/jit/opt/plan.h"

#include "bpf/jit/opt/liveness.h"

namespace skep::bpf::jit {

Result<void> Plan::prepare(const Image& image, const Subprogram& function) {
  TRY(loops.find(image, function));
  TRY(live.resize(function.end - function.start));
  find_live_registers(image, function, live.span());
  registers.prepare(image, function, loops, live.span());
  TRY(joins.prepare(function));
  joins.begin_round();
  constants.prepare(loops);
  return {};
}

Result<bool> Plan::another_round() {
  const bool right = joins.end_round(round + 2 >= kMaxRounds);
  const bool decide = round == 0;
  if (decide) TRY(constants.assign(registers));
  round++;
  if (right && (!decide || constants.all().empty())) return false;
  joins.begin_round();
  return true;
}

}  // namespace skep::bpf::jit
