// Conditional jumps: which sides are possible, and what each side knows afterwards.
#include "bpf/verifier/analysis.h"

namespace skep::bpf::verifier {
namespace {

bool compares_with_null(const Insn& insn) {
  return insn.use_imm && insn.imm == 0 && insn.width == Width::k64 && (insn.op == Op::kJeq || insn.op == Op::kJne);
}

// Of the pointers, Linux trusts these; for the others both sides are explored.
bool is_known_not_null(const Reg& r) {
  return (r.kind == RegKind::kMapValue || r.kind == RegKind::kMem || r.kind == RegKind::kSockCommon) && !r.or_null;
}

// A comparison of a register with itself: reflexive ones hold, strict ones do not; r & r depends on r.
std::optional<bool> decide_same(Op op) {
  switch (op) {
    case Op::kJeq:
    case Op::kJge:
    case Op::kJle:
    case Op::kJsge:
    case Op::kJsle:
      return true;
    case Op::kJset:
      return std::nullopt;
    default:
      return false;
  }
}

// The immediate as the comparison sees it.
Scalar64 immediate(const Insn& insn) {
  return Scalar64::constant(static_cast<uint64_t>(static_cast<int64_t>(insn.imm)));
}

}  // namespace

bool Analysis::check_jump(const Insn& insn, Flow& flow) {
  if (!readable(insn.dst) || (!insn.use_imm && !readable(insn.src))) return false;
  const Reg& a = reg(insn.dst);
  const bool half = insn.width == Width::k32;
  std::optional<bool> verdict;
  bool relies_on_bounds = false;
  if (!insn.use_imm && insn.src == insn.dst) {
    verdict = decide_same(insn.op);
  } else if (a.is_scalar() && (insn.use_imm || reg(insn.src).is_scalar())) {
    verdict = Scalar64::decide(insn.op, half, a.var, insn.use_imm ? immediate(insn) : reg(insn.src).var);
    relies_on_bounds = verdict.has_value();
  } else if (is_known_not_null(a) && compares_with_null(insn)) {
    verdict = insn.op == Op::kJne;
  }
  if (relies_on_bounds && (!demand(a) || (!insn.use_imm && !demand(reg(insn.src))))) return false;

  if (!verdict && !request_.privileged) {
    const bool null_check = a.is_pointer() && a.or_null && compares_with_null(insn);
    if (!insn.use_imm && reg(insn.src).is_pointer()) return refuse(Rule::kLeaksComparison, {}, insn.src);
    if (a.is_pointer() && !null_check) return refuse(Rule::kLeaksComparison, {}, insn.dst);
  }
  bool taken = false;
  if (verdict) {
    taken = *verdict;
  } else if (!fork(taken)) {
    return false;
  }
  if (trace_) trace_->branch_taken(path_.at, taken, verdict.has_value());
  return go(insn, taken, flow);
}

bool Analysis::go(const Insn& insn, bool taken, Flow& flow) {
  const InsnIndex at = path_.at;
  if (!replay_from_) {
    // Which sides were ever explored; branch_always and branch_never are derived at the end.
    if (taken) {
      facts_[at].branch_always = true;
    } else {
      facts_[at].branch_never = true;
    }
  }
  path_.at = taken ? insn.target : at + 1;
  const Reg& a = reg(insn.dst);
  if (a.is_pointer() && !insn.use_imm && insn.width == Width::k64) return infer_not_null(insn, taken);
  if (a.is_pointer()) {
    if (!a.or_null || !compares_with_null(insn)) return true;
    return resolve_null(a.id, taken == (insn.op == Op::kJeq));
  }
  if (!insn.use_imm && (!reg(insn.src).is_scalar() || insn.src == insn.dst)) return true;

  Reg left = a;
  Reg right;
  if (insn.use_imm) {
    right.var = immediate(insn);
  } else {
    right = reg(insn.src);
  }
  if (path_.loop.innermost) note_test(insn, left, right, taken);
  const ValueId left_value = left.value;
  const ValueId right_value = right.value;
  const Scalar64 left_before = left.var;
  const Scalar64 right_before = right.var;
  if (!Scalar64::refine(insn.op, insn.width == Width::k32, left.var, right.var, taken)) {
    // The two cannot be so: this side does not exist, and that conclusion relied on their bounds.
    flow = Flow::kPathEnded;
    path_.at = at;
    return demand(a) && (insn.use_imm || demand(reg(insn.src)));
  }
  if (left.var != left_before) {
    const auto value = values_.create_moved(left_value, right_value, {});
    if (!value) return refuse_memory();
    left.value = *value;
    top_->regs[insn.dst] = left;
    touched_ |= static_cast<uint16_t>(1u << insn.dst);
    if (left.id != 0 && !update_copies(left.id, left)) return false;
  }
  // Both may be copies of one scalar: then the left side's news is the right side's too.
  if (!insn.use_imm && right.var != right_before && (right.id == 0 || right.id != left.id || right.off != left.off)) {
    const auto value = values_.create_moved(right_value, left_value, {});
    if (!value) return refuse_memory();
    right.value = *value;
    top_->regs[insn.src] = right;
    touched_ |= static_cast<uint16_t>(1u << insn.src);
    if (right.id != 0 && !update_copies(right.id, right)) return false;
  }
  return true;
}

// A pointer that equals one that is not NULL is not NULL either.
bool Analysis::infer_not_null(const Insn& insn, bool taken) {
  const Reg& a = reg(insn.dst);
  const Reg& b = reg(insn.src);
  const bool equal = (insn.op == Op::kJeq && taken) || (insn.op == Op::kJne && !taken);
  if (!equal || !b.is_pointer() || a.or_null == b.or_null) return true;
  const Reg& nullable = a.or_null ? a : b;
  return !is_known_not_null(a.or_null ? b : a) || resolve_null(nullable.id, false);
}

// A copy that was moved since by a constant.
bool Analysis::refresh_moved(Reg& copy, const Reg& r) {
  const auto distance = static_cast<uint64_t>(int64_t{copy.off} - int64_t{r.off});
  const auto value = values_.create_moved(copy.value, r.value, {});
  if (!value) return refuse_memory();
  Scalar64 known = copy.var;
  Scalar64 moved = Scalar64::alu(Op::kAdd, r.var, Scalar64::constant(distance));
  copy.var = Scalar64::refine(Op::kJeq, false, known, moved, true) ? known : moved;
  copy.value = *value;
  return true;
}

bool Analysis::update_copies(uint32_t id, const Reg& r) {
  for (uint32_t n = 0; n < path_.state.depth(); n++) {
    Frame* f = nullptr;
    const auto refresh = [&](Reg& copy) {
      if (copy.off != r.off) return refresh_moved(copy, r);
      const InsnIndex origin = copy.origin;
      copy = r;
      copy.origin = origin;
      return true;
    };
    const Frame& seen = path_.state.frame(n);
    for (uint32_t i = 0; i < kRegisters; i++) {
      if (!seen.regs[i].is_scalar() || seen.regs[i].id != id) continue;
      if (!f && !own_frame(n, f)) return false;
      if (!refresh(f->regs[i])) return false;
      if (n == path_.state.top()) touched_ |= static_cast<uint16_t>(1u << i);
    }
    for (size_t i = 0; i < path_.state.frame(n).stack.size(); i++) {
      const Slot& slot = path_.state.frame(n).stack[i];
      if (slot.bytes[0] != ByteKind::kSpill || !slot.reg.is_scalar() || slot.reg.id != id) continue;
      if (!f && !own_frame(n, f)) return false;
      if (!refresh(f->stack[i].reg)) return false;
    }
  }
  return true;
}

bool Analysis::resolve_null(uint32_t id, bool is_null) {
  // Nothing was handed out after all.
  if (is_null && is_held(id) && !drop_held(id)) return false;
  for (uint32_t n = 0; n < path_.state.depth(); n++) {
    Frame* f = nullptr;
    const auto resolve = [&](Reg& copy) {
      if (is_null) return make_scalar(copy, Scalar64::constant(0));
      copy.or_null = false;
      const bool has_lock = copy.kind == RegKind::kMapValue && map(copy.object).fields().spin_lock >= 0;
      if (!copy.record && !has_lock) copy.id = 0;
      if (copy.kind == RegKind::kMapValue && map(copy.object).inner_template()) {
        copy.kind = RegKind::kMapPtr;  // an element of a map of maps is a map
        copy.object |= kInnerMap;
      }
      return true;
    };
    const Frame* seen = &path_.state.frame(n);
    for (uint32_t i = 0; i < kRegisters; i++) {
      if (seen->regs[i].id != id || !seen->regs[i].or_null) continue;
      if (!f && !own_frame(n, f)) return false;
      seen = f;
      if (!resolve(f->regs[i])) return false;
      if (n == path_.state.top()) touched_ |= static_cast<uint16_t>(1u << i);
    }
    for (size_t i = 0; i < seen->stack.size(); i++) {
      const Slot& slot = seen->stack[i];
      if (slot.bytes[0] != ByteKind::kSpill || !slot.reg.or_null || slot.reg.id != id) continue;
      if (!f && !own_frame(n, f)) return false;
      seen = f;
      if (!resolve(f->stack[i].reg)) return false;
    }
  }
  return true;
}

}  // namespace skep::bpf::verifier
