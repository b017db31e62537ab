// Calls between the program's functions, and exit. Each call is explored anew, with what the caller knows.
#include <algorithm>

#include "bpf/verifier/analysis.h"
#include "bpf/verifier/limits.h"

namespace skep::bpf::verifier {

bool Analysis::call_function(const Insn& insn) {
  if (path_.state.depth() == kMaxCallDepth) return refuse(Rule::kCallDepth, {kMaxCallDepth + 1});
  const InsnIndex call_site = path_.at;
  if (!ok(path_.state.push(pool_))) return false;
  const uint32_t callee = path_.state.top();
  const auto caller = path_.state.own(callee - 1);
  if (!caller) return refuse_memory();
  if (!own_top()) return false;

  top_->call_site = call_site;
  top_->subprogram = shape_.subprogram_starting_at(insn.target);
  for (uint8_t r = 1; r <= 5; r++) top_->regs[r] = (*caller)->regs[r];
  for (uint8_t r = 0; r <= 5; r++) (*caller)->regs[r] = {};
  Reg& fp = reg(kFrameRegister);
  fp.kind = RegKind::kStack;
  fp.frame = static_cast<uint8_t>(callee);
  fp.var = Scalar64::constant(0);
  fp.origin = call_site;
  path_.written[callee] = ~uint64_t{0};  // a new frame: nothing in it comes from before the call
  path_.at = insn.target;
  return true;
}

bool Analysis::leave_function(Flow& flow) {
  if (path_.state.depth() == 1) {
    flow = Flow::kPathEnded;
    return check_exit_value();
  }
  const Reg result = reg(0);
  if (result.kind == RegKind::kStack) return refuse(Rule::kReturnsStackPointer, {}, 0);
  const InsnIndex call_site = top_->call_site;
  path_.state.pop();
  if (!own_top()) return false;
  reg(0) = result;
  touched_ = 1;
  path_.at = call_site + 1;
  return true;
}

// Linux: check_return_code.
bool Analysis::check_exit_value() {
  if (!readable(0)) return false;
  const bool must_be_zero =
      request_.prog_type == BPF_PROG_TYPE_TRACING &&
      (request_.expected_attach_type == BPF_TRACE_FENTRY || request_.expected_attach_type == BPF_TRACE_FEXIT);
  if (!must_be_zero) return true;
  const Reg& r = reg(0);
  if (!r.is_scalar()) return refuse(Rule::kExitType, {r.type_code()}, 0);
  if (!demand(r)) return false;
  if (r.is_constant(0)) return true;
  return refuse(Rule::kExitRange, {static_cast<int64_t>(r.var.bits.value), static_cast<int64_t>(r.var.bits.mask), 0, 0},
                0);
}

// Linux: check_max_stack_depth. The deepest chain of calls, found depth first over the (acyclic) call graph with the
// result for each function kept.
bool Analysis::check_combined_stack() {
  const size_t count = shape_.subprograms.size();
  struct Depth {
    uint32_t bytes = 0;
    uint32_t calls = 0;
    uint32_t frames = 0;
  };
  Vec<Depth> below;  // of the deepest chain that starts in a function
  Vec<uint8_t> done;
  if (!ok(below.resize(count)) || !ok(done.resize(count))) return false;
  struct Visit {
    uint32_t subprogram;
    InsnIndex at;
  };
  Vec<Visit> path;
  if (!ok(path.push_back({0, shape_.subprograms[0].start}))) return false;
  while (!path.empty()) {
    const Visit v = path.back();
    const Subprogram& sub = shape_.subprograms[v.subprogram];
    InsnIndex at = v.at;
    uint32_t unseen = static_cast<uint32_t>(count);
    for (; at < sub.end; at++) {
      const Insn& insn = shape_.code[at];
      if (insn.second_slot || insn.op != Op::kCallLocal) continue;
      const uint32_t callee = shape_.subprogram_starting_at(insn.target);
      if (done[callee]) {
        Depth& d = below[v.subprogram];
        d.frames = std::max(d.frames, below[callee].frames);
        if (below[callee].bytes > d.bytes) {
          d.bytes = below[callee].bytes;
          d.calls = below[callee].calls;
        }
        continue;
      }
      unseen = callee;
      break;
    }
    path.back().at = at;
    if (unseen != count) {
      if (path.size() >= kMaxCallDepth) {
        path_.at = at;
        return refuse(Rule::kCallDepth, {kMaxCallDepth + 1});
      }
      if (!ok(path.push_back({unseen, shape_.subprograms[unseen].start}))) return false;
      continue;
    }
    Depth& d = below[v.subprogram];
    d.bytes += (std::max(sub.stack_bytes, 1u) + 31) & ~31u;
    d.calls++;
    d.frames++;
    done[v.subprogram] = 1;
    if (d.frames > kMaxCallDepth) {
      path_.at = sub.start;
      return refuse(Rule::kCallDepth, {d.frames});
    }
    if (d.bytes > kMaxCombinedStack) {
      path_.at = sub.start;
      return refuse(Rule::kCombinedStack, {d.calls, d.bytes});
    }
    path.pop_back();
  }
  return true;
}

}  // namespace skep::bpf::verifier
