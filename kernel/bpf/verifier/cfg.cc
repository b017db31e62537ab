#include "bpf/verifier/cfg.h"

#include <algorithm>

#include "bpf/helpers/helper.h"
#include "bpf/isa/decode.h"
#include "bpf/verifier/limits.h"
#include "bpf/verifier/rules.h"

namespace skep::bpf::verifier {
namespace {

std::unexpected<Rejection> refuse(Rule rule, InsnIndex at, int64_t a = 0, int64_t b = 0, std::string_view text = {}) {
  return std::unexpected(
      Rejection{.error = rule_row(rule).error, .rule = rule, .at = at, .values = {a, b}, .text = text});
}
std::unexpected<Rejection> no_memory() { return refuse(Rule::kNoMemory, 0); }

using Checked = std::expected<void, Rejection>;

Checked decode_all(std::span<const bpf_insn> raw, Shape& shape) {
  if (!shape.code.resize(raw.size())) return no_memory();
  for (InsnIndex i = 0; i < raw.size(); i++) {
    Insn& insn = shape.code[i];
    if (const auto good = decode(raw, i, insn); !good) {
      return refuse(Rule::kBadInsn, i, good.error().value, 0, good.error().reason);
    }
    // The ISA conformance tests know it, Linux does not.
    if (insn.op == Op::kCallIndirect) return refuse(Rule::kBadInsn, i, raw[i].code, 0, "unknown opcode {02x}");
    if (insn.op == Op::kLoadImm64) shape.code[++i].second_slot = true;
  }
  return {};
}

// Linux: add_kfunc_call. No function of the kernel may be called so, whatever its BTF describes. Linux lets a call of
// number 0 pass until it turns out not to be dead code.
Checked check_kernel_function(const Insn& insn, InsnIndex at) {
  if (insn.op != Op::kCallKfunc || (insn.imm == 0 && insn.offset == 0)) return {};
  return refuse(Rule::kKernelFunction, at, insn.imm);
}

// Functions start at 0 and wherever a call or a callback reference leads. Linux: add_subprog_and_kfunc.
Checked find_subprograms(Shape& shape, bool privileged) {
  const auto count = static_cast<InsnIndex>(shape.code.size());
  ScratchVec<uint8_t> starts(shape.scratch);
  if (!starts.resize(count)) return no_memory();
  enum : uint8_t { kStart = 1, kTaken = 2 };
  uint32_t found = 1;
  starts[0] = kStart;
  for (InsnIndex i = 0; i < count; i++) {
    const Insn& insn = shape.code[i];
    const bool calls = insn.op == Op::kCallLocal && !insn.second_slot;
    const bool takes = takes_function(insn);
    if (!calls && !takes && insn.op != Op::kCallKfunc) continue;
    if (!privileged) return refuse(Rule::kFunctionsPrivileged, i);
    if (const Checked good = check_kernel_function(insn, i); !good) return good;
    if (!calls && !takes) continue;
    if (insn.target >= count) return refuse(Rule::kCallTarget, i);
    // A function that begins there ends the one before with half an instruction.
    if (shape.code[insn.target].second_slot) return refuse(Rule::kFallsOffEnd, insn.target - 1);
    if (!starts[insn.target]) found++;
    starts[insn.target] |= takes ? kStart | kTaken : kStart;
  }
  if (found > kMaxSubprograms) return refuse(Rule::kTooManySubprograms, 0);
  for (InsnIndex i = 0; i < count; i++) {
    if (!starts[i]) continue;
    if (!shape.subprograms.empty()) shape.subprograms.back().end = i;
    if (!shape.subprograms.push_back({.start = i, .is_callback = (starts[i] & kTaken) != 0})) return no_memory();
  }
  shape.subprograms.back().end = count;
  return {};
}

bool ends_flow(const Insn& insn) { return insn.op == Op::kExit || insn.op == Op::kJa; }
bool jumps(const Insn& insn) { return insn.op == Op::kJa || is_conditional_jump(insn.op) || insn.op == Op::kMayGoto; }

// Jumps stay inside their function, and no function falls through into the next.
Checked check_bounds(const Shape& shape) {
  for (const Subprogram& sub : shape.subprograms) {
    InsnIndex last = sub.start;
    for (InsnIndex i = sub.start; i < sub.end; i++) {
      const Insn& insn = shape.code[i];
      if (insn.second_slot) continue;
      last = i;
      if (!jumps(insn)) continue;
      if (insn.target < sub.start || insn.target >= sub.end) return refuse(Rule::kJumpOutOfRange, i, i, insn.target);
      if (shape.code[insn.target].second_slot) return refuse(Rule::kJumpIntoLddw, i, insn.target);
    }
    if (!ends_flow(shape.code[last])) return refuse(Rule::kFallsOffEnd, last);
  }
  return {};
}

// A helper that calls one of the program's functions before it returns.
bool calls_back(const Insn& insn) {
  if (insn.op != Op::kCallHelper) return false;
  const Helper* helper = find_helper(insn.imm);
  return helper && calls_back_at_once(*helper);
}

// After it comes the next instruction and nothing else.
bool goes_straight_on(const Insn& insn) {
  return is_arithmetic(insn.op) || (insn.op >= Op::kLoad && !takes_function(insn));
}
static_assert(Op::kLoad > Op::kExit && Op::kLoadInd > Op::kLoad);

// Depth first from instruction 0 over jumps, calls and callbacks. What is not reached is dead code; a call that leads
// back to a function being visited is recursion (through a callback it is found by its depth), and without privilege
// every edge that leads back is refused. Marks where paths may meet. Linux: check_cfg.
Checked walk(Shape& shape, bool privileged) {
  enum : uint8_t { kUnseen, kOpen, kDone };
  struct Step {
    InsnIndex begin;  // of the straight line whose last instruction is `at`
    InsnIndex at;
    uint8_t next_edge;
  };
  const auto count = static_cast<InsnIndex>(shape.code.size());
  ScratchVec<uint8_t> seen(shape.scratch);
  ScratchVec<Step> path(shape.scratch);
  if (!seen.resize(count) || !shape.is_prune_point.resize(count) || !shape.is_repeat_point.resize(count)) {
    return no_memory();
  }
  const auto enter = [&](InsnIndex begin) {
    InsnIndex at = begin;
    for (;;) {
      seen[at] = kOpen;
      const Insn& insn = shape.code[at];
      if (!goes_straight_on(insn)) break;
      const InsnIndex next = at + (insn.op == Op::kLoadImm64 ? 2 : 1);
      if (seen[next] != kUnseen) break;
      at = next;
    }
    return path.push_back({begin, at, 0}).has_value();
  };
  if (!enter(0)) return no_memory();
  while (!path.empty()) {
    Step& step = path.back();
    const InsnIndex at = step.at;
    const Insn& insn = shape.code[at];
    const InsnIndex next = at + (insn.op == Op::kLoadImm64 ? 2 : 1);
    InsnIndex to = 0;
    bool has_edge = false;
    bool is_call = false;
    if (insn.op == Op::kJa) {
      has_edge = step.next_edge == 0;
      to = insn.target;
    } else if (is_conditional_jump(insn.op) || insn.op == Op::kMayGoto || insn.op == Op::kCallLocal ||
               takes_function(insn)) {
      has_edge = step.next_edge < 2;
      is_call = insn.op == Op::kCallLocal && step.next_edge == 1;
      to = step.next_edge == 0 ? next : insn.target;
    } else if (insn.op != Op::kExit) {
      has_edge = step.next_edge == 0;
      to = next;
    }
    if (!has_edge) {
      std::fill(seen.begin() + step.begin, seen.begin() + at + 1, uint8_t{kDone});
      path.pop_back();
      continue;
    }
    const bool first_edge = step.next_edge++ == 0;
    // As Linux: where a jump leads, before a two-sided jump, after a call.
    if (jumps(insn) && to != next) shape.is_prune_point[to] = 1;
    if (first_edge && (is_conditional_jump(insn.op) || insn.op == Op::kCallLocal)) shape.is_prune_point[at] = 1;
    if (is_call || insn.op == Op::kCallHelper || insn.op == Op::kCallLocal) shape.is_prune_point[to] = 1;
    if (insn.op == Op::kMayGoto || calls_back(insn)) shape.is_prune_point[at] = shape.is_repeat_point[at] = 1;
    if (seen[to] == kOpen && is_call) return refuse(Rule::kRecursion, at, at, to);
    if (seen[to] == kOpen && jumps(insn) && !privileged) return refuse(Rule::kBackEdge, at, at, to);
    if (seen[to] == kOpen) shape.has_loops = true;
    if (seen[to] == kUnseen && !enter(to)) return no_memory();
  }
  for (InsnIndex i = 0; i < count; i++) {
    if (seen[i] == kUnseen && !shape.code[i].second_slot) return refuse(Rule::kUnreachableInsn, i, i);
  }
  return {};
}

}  // namespace

uint32_t Shape::subprogram_at(InsnIndex at) const {
  const auto* after = std::upper_bound(subprograms.begin(), subprograms.end(), at,
                                       [](InsnIndex i, const Subprogram& s) { return i < s.start; });
  return static_cast<uint32_t>(after - subprograms.begin()) - 1;
}

uint32_t Shape::subprogram_starting_at(InsnIndex at) const {
  const uint32_t i = subprogram_at(at);
  return subprograms[i].start == at ? i : static_cast<uint32_t>(subprograms.size());
}

std::expected<void, Rejection> analyse_shape(const VerifyRequest& request, Shape& shape) {
  Checked checked = decode_all(request.code, shape);
  if (checked) checked = find_subprograms(shape, request.privileged);
  if (checked) checked = check_bounds(shape);
  if (checked) checked = read_prototypes(request, shape);
  if (checked) checked = walk(shape, request.privileged);
  if (!checked) return checked;
  if (!compute_liveness(shape)) return no_memory();
  if (shape.has_loops && !find_loops(shape)) return no_memory();
  return {};
}

}  // namespace skep::bpf::verifier
