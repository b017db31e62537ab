// The stacks of a chain of calls together. Looks at the program's text, so calls in dead code count, as in Linux
// (check_max_stack_depth).
#include <algorithm>

#include "bpf/verifier/analysis.h"
#include "bpf/verifier/limits.h"
#include "uapi/bpf_helper_ids.h"

namespace skep::bpf::verifier {
namespace {

// Linux gives every function at least a little and counts in 32 bytes, its interpreter's unit.
uint32_t rounded(const Subprogram& sub) { return (std::max(sub.stack_bytes, 1u) + 31) & ~31u; }

bool has_tail_call(const Shape& shape, const Subprogram& sub) {
  for (InsnIndex at = sub.start; at < sub.end; at++) {
    const Insn& insn = shape.code[at];
    if (!insn.second_slot && insn.op == Op::kCallHelper && insn.imm == BPF_FUNC_tail_call) return true;
  }
  return false;
}

// The deepest chain of calls that starts in a function, and the one that leads to it.
struct Depth {
  uint32_t bytes = 0;  // from here on, this function included
  uint32_t calls = 0;
  uint32_t frames = 0;
  uint32_t above = 0;  // of the frames that lead here
};

}  // namespace

// Depth first over the graph of calls and callbacks, the result for each function kept; then from the callers down.
// Callbacks that run on their own (timers') start with an empty stack.
bool Analysis::check_combined_stack() {
  const size_t count = shape_.subprograms.size();
  if (count == 1 && !shape_.subprograms[0].is_callback) return true;  // one function's stack is limited by itself
  ScratchVec<Depth> depth(shape_.scratch);
  ScratchVec<uint8_t> done(shape_.scratch);
  ScratchVec<uint32_t> order(shape_.scratch);  // callees before callers
  if (!ok(depth.resize(count)) || !ok(done.resize(count))) return false;
  struct Visit {
    uint32_t subprogram;
    InsnIndex at;
  };
  ScratchVec<Visit> path(shape_.scratch);
  const auto callee_at = [&](InsnIndex at) {
    const Insn& insn = shape_.code[at];
    const bool takes = takes_function(insn);
    if (!takes && (insn.second_slot || insn.op != Op::kCallLocal)) return kNoSubprogram;
    const uint32_t callee = shape_.subprogram_starting_at(insn.target);
    for (const Root& r : roots_) {
      if (takes && r.kind == FrameKind::kAsyncCallback && r.subprogram == callee && !called_back_[callee]) {
        return kNoSubprogram;
      }
    }
    return callee;
  };
  for (const Root& root : roots_) {
    if (done[root.subprogram]) continue;
    if (!ok(path.push_back({root.subprogram, shape_.subprograms[root.subprogram].start}))) return false;
    while (!path.empty()) {
      const Visit v = path.back();
      const Subprogram& sub = shape_.subprograms[v.subprogram];
      Depth& d = depth[v.subprogram];
      InsnIndex at = v.at;
      uint32_t unseen = kNoSubprogram;
      for (; at < sub.end; at++) {
        const uint32_t callee = callee_at(at);
        if (callee == kNoSubprogram) continue;
        if (!done[callee]) {
          unseen = callee;
          break;
        }
        d.frames = std::max(d.frames, depth[callee].frames);
        if (depth[callee].bytes > d.bytes) {
          d.bytes = depth[callee].bytes;
          d.calls = depth[callee].calls;
        }
      }
      path.back().at = at;
      if (unseen != kNoSubprogram) {
        if (path.size() >= kMaxCallDepth) {
          path_.at = at;
          return refuse(Rule::kCallDepth, {kMaxCallDepth + 1});
        }
        if (!ok(path.push_back({unseen, shape_.subprograms[unseen].start}))) return false;
        continue;
      }
      d.bytes += rounded(sub);
      d.calls++;
      d.frames++;
      done[v.subprogram] = 1;
      path_.at = sub.start;
      if (d.frames > kMaxCallDepth) return refuse(Rule::kCallDepth, {d.frames});
      if (d.bytes > kMaxCombinedStack) return refuse(Rule::kCombinedStack, {d.calls, d.bytes});
      if (!ok(order.push_back(v.subprogram))) return false;
      path.pop_back();
    }
  }
  for (size_t i = order.size(); i-- > 0;) {
    const Subprogram& sub = shape_.subprograms[order[i]];
    const uint32_t above = depth[order[i]].above;
    if (above >= kMaxStackAboveTailCall && has_tail_call(shape_, sub)) {
      path_.at = sub.start;
      return refuse(Rule::kTailCallStack, {above});
    }
    for (InsnIndex at = sub.start; at < sub.end; at++) {
      const uint32_t callee = callee_at(at);
      if (callee == kNoSubprogram) continue;
      depth[callee].above = std::max(depth[callee].above, above + rounded(sub));
    }
  }
  return true;
}

}  // namespace skep::bpf::verifier
