// Arithmetic: on scalars by the domain, on pointers by rule.
#include "bpf/isa/eval.h"
#include "bpf/isa/table.h"
#include "bpf/verifier/analysis.h"
#include "bpf/verifier/limits.h"

namespace skep::bpf::verifier {
namespace {

Scalar64 immediate(const Insn& insn) {
  return Scalar64::constant(static_cast<uint64_t>(static_cast<int64_t>(insn.imm)));
}

// "+=" and the like, as the rules' texts name operators.
std::string_view operator_name(Op op) { return alu_symbol(op); }

// What adding this number moves another one by; nothing when it may be far.
std::optional<Step> step_by(const Scalar64& v, bool half) {
  const int64_t lo = half ? v.half_arc.smin() : v.smin();
  const int64_t hi = half ? v.half_arc.smax() : v.smax();
  if (lo <= INT32_MIN || hi >= INT32_MAX) return std::nullopt;
  return Step{static_cast<int32_t>(lo), static_cast<int32_t>(hi), half};
}
Step backwards(const Step& s) { return {-s.hi, -s.lo, s.half}; }

// A shift by a register that is known to hold the width or more. Its result is defined, as counts are taken modulo the
// width, but Linux takes it as unknown: a compiler makes no such shift from code that means one.
bool shifts_by_too_much(const Insn& insn, const Scalar64& by) {
  if (insn.op != Op::kLsh && insn.op != Op::kRsh && insn.op != Op::kArsh) return false;
  if (insn.width == Width::k64) return by.is_constant() && by.value() >= 64;
  return by.low_bits().is_constant() && by.low_bits().value >= 32;
}

// How far an addition takes a copy of a number away from the others, which remain known through it. As Linux: once.
std::optional<int32_t> distance_from_copies(const Insn& insn, const Reg& was, const Scalar64& by) {
  const bool adds = insn.op == Op::kAdd || insn.op == Op::kSub;
  if (!adds || insn.width != Width::k64 || was.id == 0 || was.off != 0 || !by.is_constant()) return std::nullopt;
  const auto v = static_cast<int64_t>(by.value());
  if (v <= INT32_MIN || v > INT32_MAX) return std::nullopt;
  return static_cast<int32_t>(insn.op == Op::kAdd ? v : -v);
}

}  // namespace

bool Analysis::check_alu(const Insn& insn) {
  if (!readable(insn.dst)) return false;
  if (!insn.use_imm && insn.op != Op::kNeg && !readable(insn.src)) return false;
  if (!writable(insn.dst)) return false;
  const Reg& a = reg(insn.dst);

  if (insn.op == Op::kNeg) {
    if (a.is_scalar()) return scalar_alu(insn, a.var, a.value, a.var, a.value);
    if (!request_.privileged) return refuse(Rule::kLeaksArithmetic, {}, insn.dst);
    return put_scalar(insn.dst, insn.width == Width::k64 ? Scalar64::unknown() : Scalar64::zero_extended_unknown());
  }
  if (insn.use_imm) {
    if (insn.op == Op::kDiv || insn.op == Op::kSDiv || insn.op == Op::kMod || insn.op == Op::kSMod) {
      if (insn.imm == 0) return refuse(Rule::kDivisionByZero);
    }
    if (insn.op == Op::kLsh || insn.op == Op::kRsh || insn.op == Op::kArsh) {
      const int32_t width = insn.width == Width::k64 ? 64 : 32;
      if (insn.imm < 0 || insn.imm >= width) return refuse(Rule::kShiftTooLarge, {insn.imm});
    }
  }
  if (insn.use_imm) {
    if (a.is_scalar()) return scalar_alu(insn, a.var, a.value, immediate(insn), kNoValue);
    Reg b;
    b.kind = RegKind::kScalar;
    b.var = immediate(insn);
    return pointer_alu(insn, a, b, true);
  }
  const Reg& b = reg(insn.src);
  if (a.is_scalar() && b.is_scalar()) return scalar_alu(insn, a.var, a.value, b.var, b.value);
  if (a.is_pointer() && b.is_pointer()) {
    if (insn.op != Op::kSub || !request_.privileged) {
      return refuse(Rule::kPointerPair, {}, insn.dst, insn.src, operator_name(insn.op));
    }
    return put_scalar(insn.dst, insn.width == Width::k64 ? Scalar64::unknown() : Scalar64::zero_extended_unknown());
  }
  const bool pointer_is_dst = a.is_pointer();
  return pointer_alu(insn, pointer_is_dst ? a : b, pointer_is_dst ? b : a, pointer_is_dst);
}

bool Analysis::scalar_alu(const Insn& insn, const Scalar64& a, ValueId a_value, const Scalar64& b, ValueId b_value) {
  const uint32_t id = reg(insn.dst).id;
  const auto distance = distance_from_copies(insn, reg(insn.dst), b);
  if (!put_result(insn, a, a_value, b, b_value)) return false;
  if (distance && !reg(insn.dst).var.is_constant()) {
    reg(insn.dst).id = id;
    reg(insn.dst).off = *distance;
  }
  return true;
}

bool Analysis::put_result(const Insn& insn, const Scalar64& a, ValueId a_value, const Scalar64& b, ValueId b_value) {
  const bool wide = insn.width == Width::k64;
  Scalar64 result;
  if (shifts_by_too_much(insn, b)) {
    result = wide ? Scalar64::unknown() : Scalar64::zero_extended_unknown();
  } else if (a.is_constant() && b.is_constant()) {
    result = Scalar64::constant(eval_alu(insn.op, insn.width, insn.size, a.value(), b.value()));
  } else if (!insn.use_imm && insn.src == insn.dst && (insn.op == Op::kXor || insn.op == Op::kSub)) {
    result = Scalar64::constant(0);  // r ^ r and r - r do not depend on r
  } else {
    result = wide ? Scalar64::alu(insn.op, a, b) : Scalar64::alu_half(insn.op, a, b);
  }
  if (path_.loop.innermost && (insn.op == Op::kAdd || insn.op == Op::kSub)) {
    if (values_.anchor_of(a_value) != kNoValue) {
      if (const auto by = step_by(b, !wide)) {
        return put_moved(insn.dst, result, a_value, b_value, insn.op == Op::kAdd ? *by : backwards(*by));
      }
    } else if (insn.op == Op::kAdd && values_.anchor_of(b_value) != kNoValue) {
      if (const auto by = step_by(a, !wide)) return put_moved(insn.dst, result, b_value, a_value, *by);
    }
  }
  return put_scalar(insn.dst, result, a_value, b_value);
}

// Linux: check_reg_sane_offset. Keeps every sum of offsets far from overflow.
bool Analysis::offset_is_sane(const Reg& r, const Reg& pointer) {
  const int64_t type = pointer.type_code();
  if (r.var.is_constant()) {
    const auto v = static_cast<int64_t>(r.var.value());
    if (v >= kMaxPointerOffset || v <= -kMaxPointerOffset) return refuse(Rule::kOffsetConstant, {type, v});
  }
  if (r.is_pointer() && (r.off >= kMaxPointerOffset || r.off <= -kMaxPointerOffset)) {
    return refuse(Rule::kOffsetFixed, {type, r.off});
  }
  const int64_t smin = r.var.smin();
  if (smin == INT64_MIN) return refuse(Rule::kOffsetUnbounded, {type});
  if (smin >= kMaxPointerOffset || smin <= -kMaxPointerOffset) return refuse(Rule::kOffsetHuge, {type, smin});
  return true;
}

// Linux: adjust_ptr_min_max_vals.
bool Analysis::pointer_alu(const Insn& insn, const Reg& pointer, const Reg& offset, bool pointer_is_dst) {
  const uint8_t dst = insn.dst;
  const int64_t type = pointer.type_code();
  if (!demand(offset)) return false;
  if (insn.width != Width::k64) {
    if (insn.op == Op::kSub && request_.privileged) return put_scalar(dst, Scalar64::zero_extended_unknown());
    return refuse(Rule::kPointerAlu32, {type}, dst);
  }
  if (pointer.or_null) return refuse(Rule::kPointerOrNullMath, {type}, dst);
  if (pointer.kind == RegKind::kFunc) return refuse(Rule::kPointerMath, {type}, dst);
  if (pointer.kind == RegKind::kMapPtr && !(insn.op == Op::kAdd && offset.is_constant(0))) {
    return refuse(Rule::kPointerMath, {type}, dst);
  }
  if (pointer.kind == RegKind::kSockCommon || pointer.kind == RegKind::kDynptr)
    return refuse(Rule::kPointerMath, {type}, dst);
  if (!offset_is_sane(offset, pointer) || !offset_is_sane(pointer, pointer)) return false;

  Reg result = pointer;
  switch (insn.op) {
    case Op::kAdd:
    case Op::kSub: {
      if (insn.op == Op::kSub && !pointer_is_dst) return refuse(Rule::kScalarMinusPointer, {}, dst);
      if (insn.op == Op::kSub && pointer.kind == RegKind::kStack) return refuse(Rule::kStackMinus, {}, dst);
      if (offset.var.is_constant()) {
        // Both are below 2^29 in magnitude, so the sum fits.
        const auto by = static_cast<int32_t>(offset.var.value());
        result.off = insn.op == Op::kAdd ? pointer.off + by : pointer.off - by;
      } else {
        result.var = Scalar64::alu(insn.op, pointer.var, offset.var);
      }
      break;
    }
    case Op::kAnd:
    case Op::kOr:
    case Op::kXor:
      return refuse(Rule::kPointerBitwise, {}, dst, kNoRegister, operator_name(insn.op));
    default:
      return refuse(Rule::kPointerOperator, {}, dst, kNoRegister, operator_name(insn.op));
  }
  if (!offset_is_sane(result, pointer)) return false;
  if (pointer.value != kNoValue) {  // it moves in a loop
    const auto by = step_by(offset.var, false);
    result.value = kNoValue;
    if (by) {
      const auto moved = values_.create_moved(pointer.value, kNoValue, insn.op == Op::kAdd ? *by : backwards(*by));
      if (!moved) return refuse_memory();
      result.value = *moved;
    }
  }
  put(dst, result);
  return true;
}

bool Analysis::check_move(const Insn& insn) {
  if (!insn.use_imm && !readable(insn.src)) return false;
  if (!writable(insn.dst)) return false;
  const bool wide = insn.width == Width::k64;
  if (insn.use_imm) {
    return put_scalar(insn.dst, Scalar64::constant(eval_alu(Op::kMov, insn.width, 0, 0,
                                                            static_cast<uint64_t>(static_cast<int64_t>(insn.imm)))));
  }
  Reg& from = reg(insn.src);
  if (insn.op == Op::kMovSx) {
    const unsigned bits = insn.size * 8u;
    if (!from.is_scalar()) {
      if (!request_.privileged) return refuse(Rule::kLeaksPart, {}, insn.src);
      return put_scalar(insn.dst, wide ? Scalar64::unknown().sign_extended(bits) : Scalar64::zero_extended_unknown());
    }
    return put_scalar(insn.dst, wide ? from.var.sign_extended(bits) : from.var.sign_extended_half(bits), from.value);
  }
  if (from.is_pointer()) {
    if (!wide && !request_.privileged) return refuse(Rule::kLeaksPart, {}, insn.src);
    if (!wide) return put_scalar(insn.dst, Scalar64::zero_extended_unknown());
    put(insn.dst, from);
    return true;
  }
  if (!wide && !from.var.fits_half()) {
    return put_moved(insn.dst, from.var.truncated_to_half(), from.value, kNoValue, {.half = true});
  }
  // The same number in both from now on: what is learned of one is learned of the other.
  name_copies(from);
  put(insn.dst, from);
  return true;
}

bool Analysis::check_swap(const Insn& insn) {
  if (!readable(insn.dst) || !writable(insn.dst)) return false;
  const Reg& a = reg(insn.dst);
  const unsigned bits = insn.size * 8u;
  if (!a.is_scalar() && !request_.privileged) return refuse(Rule::kLeaksArithmetic, {}, insn.dst);
  if (!a.is_scalar()) return put_scalar(insn.dst, Scalar64::unknown().zero_extended(bits));
  const auto swapped = [&](uint64_t v) { return eval_alu(insn.op, Width::k64, insn.size, v, 0); };
  if (insn.op == Op::kToLe) return put_scalar(insn.dst, a.var.zero_extended(bits), a.value);
  // Swapping moves known and unknown bits alike; ranges do not survive.
  Scalar64 result;
  result.bits = {swapped(a.var.bits.value), swapped(a.var.bits.mask)};
  if (!result.reduce()) result = Scalar64::unknown().zero_extended(bits);
  return put_scalar(insn.dst, result, a.value);
}

}  // namespace skep::bpf::verifier
