#include "bpf/jit/opt/step.h"

#include "bpf/helpers/helper.h"

namespace skep::bpf::jit {
namespace {

// Of the argument registers, those that the helper takes. Helpers whose first argument is a map take what the table
// says; of others it does not tell everything (trace_printk's values).
RegSet helper_arguments(int32_t id) {
  const Helper* helper = find_helper(id);
  if (helper == nullptr || helper->args[0] != ArgKind::kConstMapPtr) return kArguments;
  RegSet set = kNoRegs;
  for (uint8_t n = 0; n < 5; n++) {
    if (helper->args[n] != ArgKind::kNone) set |= reg_bit(static_cast<uint8_t>(n + 1));
  }
  return set;
}

// A jump whose direction the verifier knows is no longer conditional.
void settle_branch(Step& step, const InsnFacts& facts) {
  if (facts.branch_always) {
    step.op = Op::kJa;
    step.width = Width::k32;
  } else if (facts.branch_never) {
    step.form = Form::kGone;
  }
}

}  // namespace

Result<void> Code::build(const Image& image, const Subprogram& function) {
  start_ = function.start;
  TRY(steps_.reserve(function.end - function.start));
  for (InsnIndex at = function.start; at < function.end; at++) {
    const Insn& insn = image.code[at];
    note(insn);
    TRY(steps_.push_back(Step{insn, insn.dst}));
    Step& step = steps_.back();
    if (insn.second_slot) {
      const bool unreachable = at > start_ && (*this)[at - 1].form == Form::kUnreachable;
      step.form = unreachable ? Form::kUnreachable : Form::kGone;
    } else if (!is_reachable(image, at)) {
      step.form = Form::kUnreachable;
    } else if (!image.facts.empty() && is_cond_jump(insn.op)) {
      settle_branch(step, image.facts[at]);
    }
    step.refresh();
    if ((step.def & reg_bit(kFrameRegister)) != 0) return fail(Errno::kEINVAL);
  }
  return {};
}

bool reads_left(const Step& step) {
  switch (step.form) {
    case Form::kPlain:
      return reads_dst(step);
    case Form::kRotate:
    case Form::kShiftAdd:
      return true;
    default:
      return false;
  }
}

bool reads_right(const Step& step) {
  return step.form == Form::kShiftAdd || (step.form == Form::kPlain && reads_src(step));
}

namespace {

RegSet registers_read(const Step& step) {
  switch (step.form) {
    case Form::kPlain:
      break;
    case Form::kRotate:
      return reg_bit(step.left);
    case Form::kShiftAdd:
      return reg_bit(step.left) | reg_bit(step.src);
    case Form::kArrayLookup:
    case Form::kPerCpuLookup:
      return reg_bit(step.src);
    default:
      return kNoRegs;
  }
  RegSet set = kNoRegs;
  if (reads_src(step)) set |= reg_bit(step.src);
  if (reads_dst(step)) set |= reg_bit(is_alu(step.op) ? step.left : step.dst);
  if (is_alu(step.op) || is_jump(step.op)) return set;
  if (step.op == Op::kCallHelper) {
    set |= helper_arguments(step.imm);
  } else if (is_call(step.op)) {
    set |= kArguments;
  }
  if (step.op == Op::kExit) set |= reg_bit(0);
  if (is_packet_load(step.op)) set |= reg_bit(6);
  if (step.op == Op::kAtomic && step.atomic == AtomicOp::kCmpXchg) set |= reg_bit(0);
  return set;
}

RegSet registers_written(const Step& step) {
  switch (step.form) {
    case Form::kPlain:
      return writes(static_cast<const Insn&>(step));
    case Form::kGone:
    case Form::kUnreachable:
      return kNoRegs;
    case Form::kRotate:
    case Form::kShiftAdd:
      return reg_bit(step.dst);
    default:
      return kCallClobbers;  // stands for a call: what it did to the arguments, nobody relies on
  }
}

}  // namespace

void Step::refresh() {
  if (form == Form::kPlain && is_alu(op)) {  // most steps, at once
    const OpOperands& o = operands_of(*this);
    use = ((o.or_immediate & !use_imm) != 0 ? reg_bit(src) : kNoRegs) | (o.reads_dst ? reg_bit(left) : kNoRegs);
    def = reg_bit(dst);
    return;
  }
  use = registers_read(*this);
  def = registers_written(*this);
}

bool Code::find_backward_jumps() {
  bool found = false;
  for (InsnIndex at = start(); at < end(); at++) {
    const Step& step = (*this)[at];
    if (step.target > at || !jumps(step)) continue;
    (*this)[step.target].back_from = at;
    found = true;
  }
  return found;
}

FunctionUsage function_usage(const Code& code) {
  FunctionUsage usage;
  for (const Step& step : code.steps()) {
    usage.read |= step.use | step.before;
    usage.written |= step.def;
    usage.calls |= clobbers_caller_saved(step);
    usage.tail_calls |= step.form == Form::kPlain && is_tail_call(step);
    usage.may_goto |= step.is(Op::kMayGoto);
    usage.exits += step.is(Op::kExit);
  }
  return usage;
}

}  // namespace skep::bpf::jit
