#include "bpf/jit/opt/jumps.h"

namespace skep::bpf::jit {
namespace {

constexpr uint32_t kMaxHops = 8;  // also ends the walk around a loop of jumps

// Where execution goes on from `at`, past what does nothing and along unconditional jumps.
InsnIndex final_target(const Code& code, InsnIndex at) {
  for (uint32_t hop = 0; hop < kMaxHops; hop++) {
    while (at + 1 < code.end() && code[at].form == Form::kGone && !code[at].second_slot) at++;
    if (!code[at].is(Op::kJa)) break;
    at = code[at].target;
  }
  return at;
}

// The opposite condition; kJset has none.
bool reverse(Op& op) {
  switch (op) {
    case Op::kJeq:
      return op = Op::kJne, true;
    case Op::kJne:
      return op = Op::kJeq, true;
    case Op::kJgt:
      return op = Op::kJle, true;
    case Op::kJle:
      return op = Op::kJgt, true;
    case Op::kJge:
      return op = Op::kJlt, true;
    case Op::kJlt:
      return op = Op::kJge, true;
    case Op::kJsgt:
      return op = Op::kJsle, true;
    case Op::kJsle:
      return op = Op::kJsgt, true;
    case Op::kJsge:
      return op = Op::kJslt, true;
    case Op::kJslt:
      return op = Op::kJsge, true;
    default:
      return false;
  }
}

// The next step that does something.
InsnIndex next_real(const Code& code, InsnIndex at) {
  do at++;
  while (at < code.end() && code[at].form == Form::kGone);
  return at;
}

}  // namespace

void simplify_jumps(Code& code, std::span<bool> is_target) {
  const auto lead_to = [&](Step& step, InsnIndex target) {
    step.target = target;
    is_target[target] = true;
  };
  for (InsnIndex at = code.start(); at < code.end(); at++) {
    Step& step = code[at];
    if (!jumps(step) || step.op == Op::kMayGoto) continue;
    lead_to(step, final_target(code, step.target));
    const InsnIndex next = next_real(code, at);
    if (next >= code.end()) continue;
    if (step.op != Op::kJa && code[next].is(Op::kJa) && !is_target[next] &&
        final_target(code, step.target) == final_target(code, next_real(code, next)) && reverse(step.op)) {
      lead_to(step, final_target(code, code[next].target));
      code[next].become(Form::kGone);
    } else if (step.op == Op::kJa && step.target > at && step.target <= next) {
      step.become(Form::kGone);
    }
  }
}

}  // namespace skep::bpf::jit
