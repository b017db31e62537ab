// Calls between the program's functions, and exit. Each call is explored anew, with what the caller knows.
#include "bpf/verifier/analysis.h"
#include "bpf/verifier/limits.h"

namespace skep::bpf::verifier {

bool Analysis::push_frame(uint32_t subprogram, FrameKind kind, Frame*& caller) {
  if (path_.state.depth() == kMaxCallDepth) return refuse(Rule::kCallDepth, {kMaxCallDepth + 1});
  const InsnIndex call_site = path_.at;
  if (!ok(path_.state.push(pool_))) return false;
  const uint32_t callee = path_.state.top();
  const auto below = path_.state.own(callee - 1);
  if (!below) return refuse_memory();
  caller = *below;
  if (!own_top()) return false;

  top_->kind = kind;
  top_->instance = ++last_instance_;
  top_->call_site = call_site;
  top_->subprogram = subprogram;
  Reg& fp = reg(kFrameRegister);
  fp.kind = RegKind::kStack;
  fp.frame = static_cast<uint8_t>(callee);
  fp.var = Scalar64::constant(0);
  fp.origin = call_site;
  path_.written[callee] = ~uint64_t{0};  // a new frame: nothing in it comes from before the call
  path_.at = shape_.subprograms[subprogram].start;
  return true;
}

bool Analysis::call_function(const Insn& insn) {
  const uint32_t subprogram = shape_.subprogram_starting_at(insn.target);
  if (shape_.prototypes[subprogram].is_global) return call_global(subprogram);
  Frame* caller = nullptr;
  if (!push_frame(subprogram, FrameKind::kFunction, caller)) return false;
  for (uint8_t r = 1; r <= 5; r++) top_->regs[r] = caller->regs[r];
  for (uint8_t r = 0; r <= 5; r++) caller->regs[r] = {};
  return true;
}

bool Analysis::leave_function(Flow& flow) {
  if (path_.state.depth() == 1) {
    flow = Flow::kPathEnded;
    return nothing_held(Rule::kReferenceLeak) && check_exit_value();
  }
  const Reg result = reg(0);
  if (result.kind == RegKind::kStack) return refuse(Rule::kReturnsStackPointer, {}, 0);
  if (top_->kind == FrameKind::kCallback) return leave_callback();
  const InsnIndex call_site = top_->call_site;
  path_.state.pop();
  if (!own_top()) return false;
  reg(0) = result;
  touched_ = 1;
  path_.at = call_site + 1;
  return true;
}

// r0 is a number from `low` to `high`.
bool Analysis::check_result_range(uint64_t low, uint64_t high, Rule wrong_type, Rule out_of_range) {
  const Reg& r = reg(0);
  if (!r.is_scalar()) return refuse(wrong_type, {r.type_code()}, 0);
  if (!demand(r)) return false;
  if (r.var.umin() >= low && r.var.umax() <= high) return true;
  const Tnum<64> range = Tnum<64>::range(low, high);
  return refuse(out_of_range,
                {static_cast<int64_t>(r.var.bits.value), static_cast<int64_t>(r.var.bits.mask),
                 static_cast<int64_t>(range.value), static_cast<int64_t>(range.mask)},
                0);
}

// Linux: check_return_code.
bool Analysis::check_exit_value() {
  if (top_->kind == FrameKind::kGlobal && shape_.prototypes[top_->subprogram].returns_nothing) return true;
  if (!readable(0)) return false;
  if (top_->kind == FrameKind::kAsyncCallback) return check_result_range(0, 0, Rule::kExitAsyncType, Rule::kExitAsync);
  if (!request_.privileged && reg(0).is_pointer()) return refuse(Rule::kLeaksReturn, {}, 0);
  if (top_->kind == FrameKind::kGlobal) {
    return reg(0).is_scalar() || refuse(Rule::kExitGlobal, {reg(0).type_code()}, 0);
  }
  if (request_.prog_type != BPF_PROG_TYPE_TRACING) return true;
  switch (request_.expected_attach_type) {
    case BPF_TRACE_FENTRY:
    case BPF_TRACE_FEXIT:
      return check_result_range(0, 0, Rule::kExitType, Rule::kExitRange);
    case BPF_TRACE_ITER:
      return check_result_range(0, 1, Rule::kExitType, Rule::kExitRange);
    default:  // raw_tp and fmod_ret return what they like
      return true;
  }
}

}  // namespace skep::bpf::verifier
