// Global functions. Each is verified once, for every argument that its BTF type allows; a call is checked against that
// type, and its result is any number. Linux: do_check_common, btf_check_func_arg_match.
#include "bpf/verifier/analysis.h"

namespace skep::bpf::verifier {

bool Analysis::start_global(uint32_t subprogram) {
  const Prototype& proto = shape_.prototypes[subprogram];
  for (uint32_t i = 0; i < proto.parameter_count; i++) {
    const Parameter& parameter = proto.parameters[i];
    Reg& r = reg(static_cast<uint8_t>(i + 1));
    switch (parameter.kind) {
      case ParameterKind::kNumber:
        if (!make_scalar(r, Scalar64::unknown())) return false;
        break;
      case ParameterKind::kContext:
        r.kind = RegKind::kCtx;
        r.var = Scalar64::constant(0);
        break;
      case ParameterKind::kMemory:
        r.kind = RegKind::kMem;
        r.object = parameter.bytes;
        r.or_null = parameter.or_null;
        r.id = parameter.or_null ? new_id() : 0;
        r.var = Scalar64::constant(0);
        break;
    }
  }
  return true;
}

bool Analysis::check_parameter(const Parameter& parameter, uint8_t regno) {
  if (!readable(regno)) return false;
  Reg& r = reg(regno);
  const int64_t number = regno - 1;
  switch (parameter.kind) {
    case ParameterKind::kNumber:
      return r.is_scalar() || refuse(Rule::kGlobalArgument, {r.type_code()}, regno);
    case ParameterKind::kContext:
      if (r.kind != RegKind::kCtx) return refuse(Rule::kGlobalContext, {number, r.type_code()}, regno);
      return check_context_pointer(regno, r);
    case ParameterKind::kMemory:
      break;
  }
  if (!parameter.or_null && (r.or_null || r.is_constant(0))) return refuse(Rule::kGlobalNull, {number}, regno);
  if (r.is_constant(0)) return demand(r);
  // The function tests for NULL itself: here only the memory behind the pointer counts.
  const bool or_null = r.or_null;
  r.or_null = false;
  CallFacts call;
  const bool good = check_memory_argument(call, regno, parameter.bytes, true, false, true);
  reg(regno).or_null = or_null;
  return good;
}

bool Analysis::call_global(uint32_t subprogram) {
  const Prototype& proto = shape_.prototypes[subprogram];
  if (const Held* lock = lock_held()) return refuse(Rule::kLockGlobalCall, {lock->at});
  for (uint32_t i = 0; i < proto.parameter_count; i++) {
    if (!check_parameter(proto.parameters[i], static_cast<uint8_t>(i + 1))) return false;
  }
  for (uint8_t r = 0; r <= 5; r++) forget(r);
  path_.at++;
  return proto.returns_nothing || put_scalar(0, Scalar64::unknown());
}

}  // namespace skep::bpf::verifier
