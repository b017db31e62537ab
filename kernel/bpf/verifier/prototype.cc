// Reads func_info into prototypes. Linux: check_btf_func, check_abnormal_return, btf_prepare_func_args.
#include "bpf/verifier/prototype.h"

#include "bpf/btf/format.h"
#include "bpf/verifier/cfg.h"
#include "bpf/verifier/rules.h"
#include "uapi/bpf_helper_ids.h"

namespace skep::bpf::verifier {
namespace {

using Checked = std::expected<void, Rejection>;

constexpr uint32_t kMaxReturnBytes = 8;

std::unexpected<Rejection> refuse(Rule rule, InsnIndex at, int64_t a = 0, std::string_view text = {}) {
  return std::unexpected(Rejection{.error = rule_row(rule).error, .rule = rule, .at = at, .values = {a}, .text = text});
}

bool is_number(const BtfType* t) {
  return t && (t->kind == BtfKind::kInt || t->kind == BtfKind::kEnum || t->kind == BtfKind::kEnum64);
}

// The structures by which a program type's context goes in a global function's type (Linux: bpf_ctx_convert; riscv's
// bpf_user_pt_regs_t is struct user_regs_struct, and newer Linux takes struct pt_regs too).
bool names_context(uint32_t prog_type, std::string_view name) {
  switch (prog_type) {
    case BPF_PROG_TYPE_SOCKET_FILTER:
      return name == "__sk_buff";
    case BPF_PROG_TYPE_KPROBE:
      return name == "bpf_user_pt_regs_t" || name == "user_regs_struct" || name == "user_pt_regs" || name == "pt_regs";
    case BPF_PROG_TYPE_PERF_EVENT:
      return name == "bpf_perf_event_data";
    case BPF_PROG_TYPE_RAW_TRACEPOINT:
    case BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE:
      return name == "bpf_raw_tracepoint_args";
    default:
      return false;
  }
}

class Reader {
 public:
  Reader(const VerifyRequest& request, InsnIndex at, uint32_t function)
      : btf_(*request.debug->btf), prog_type_(request.prog_type), at_(at), function_id_(function) {}

  Checked read(Prototype& out) {
    const BtfType* function = btf_.find_type(function_id_);
    const BtfType* proto = function ? btf_.find_type(function->size_or_type) : nullptr;
    if (!function || function->kind != BtfKind::kFunc || !proto || proto->kind != BtfKind::kFuncProto) {
      return refuse(Rule::kFunctionType, at_, function_id_);
    }
    out.known = true;
    out.is_global = function->vlen == btf_format::kFuncGlobal;
    const uint32_t result_id = btf_.skip_modifiers(proto->size_or_type);
    const BtfType* result = btf_.find_type(result_id);
    out.returns_nothing = proto->size_or_type == 0 || result_id == 0;
    out.returns_number = !out.returns_nothing && is_number(result) &&
                         btf_.size_of(result_id).value_or(kMaxReturnBytes + 1) <= kMaxReturnBytes;
    return {};
  }

  // Of a global function.
  Checked read_parameters(Prototype& out) {
    const BtfType& proto = *btf_.find_type(btf_.find_type(function_id_)->size_or_type);
    if (proto.vlen > kMaxParameters) return refuse(Rule::kGlobalParameters, at_, proto.vlen);
    if (!out.returns_number && !out.returns_nothing) return refuse(Rule::kGlobalResult, at_);
    out.parameter_count = proto.vlen;
    for (uint32_t i = 0; i < proto.vlen; i++) {
      const Checked good = read_parameter(i, btf_.param(proto, i).type, out.parameters[i]);
      if (!good) return good;
    }
    return {};
  }

 private:
  Checked read_parameter(uint32_t i, uint32_t type, Parameter& out) {
    const BtfType* t = btf_.find_type(btf_.skip_modifiers(type));
    if (is_number(t)) return {};
    if (!t || t->kind != BtfKind::kPtr) return refuse(Rule::kGlobalParameter, at_, i);
    if (has_tag(i, "arg:ctx") || points_to_context(t->size_or_type)) {
      out.kind = ParameterKind::kContext;
      return {};
    }
    const auto bytes = btf_.size_of(t->size_or_type);
    if (!bytes) return refuse(Rule::kGlobalParameterSize, at_, i);
    out = {.kind = ParameterKind::kMemory, .or_null = !has_tag(i, "arg:nonnull"), .bytes = *bytes};
    return {};
  }

  bool points_to_context(uint32_t type) const {
    for (uint32_t steps = 0; steps < btf_.type_count(); steps++) {
      const BtfType* t = btf_.find_type(type);
      if (!t) return false;
      if (t->kind == BtfKind::kStruct || t->kind == BtfKind::kTypedef) {
        if (names_context(prog_type_, btf_.name_of(*t))) return true;
      }
      if (!btf_format::is_modifier(t->kind)) return false;
      type = t->size_or_type;
    }
    return false;
  }

  // A declaration tag on parameter `i` of the function.
  bool has_tag(uint32_t i, std::string_view tag) const {
    for (uint32_t id = 1; id < btf_.type_count(); id++) {
      const BtfType& t = *btf_.find_type(id);
      if (t.kind == BtfKind::kDeclTag && t.size_or_type == function_id_ &&
          btf_.component_index(t) == static_cast<int32_t>(i) && btf_.name_of(t) == tag) {
        return true;
      }
    }
    return false;
  }

  const Btf& btf_;
  uint32_t prog_type_;
  InsnIndex at_;
  uint32_t function_id_;
};

// A packet load or a tail call may end a function with a number in r0: not one whose result is something else.
Checked check_abrupt_ends(const Shape& shape) {
  for (uint32_t i = 1; i < shape.subprograms.size(); i++) {
    const Subprogram& sub = shape.subprograms[i];
    const Prototype& proto = shape.prototypes[i];
    if (proto.returns_number) continue;
    for (InsnIndex at = sub.start; at < sub.end; at++) {
      const Insn& insn = shape.code[at];
      if (insn.second_slot) continue;
      const bool packet = insn.op == Op::kLoadAbs || insn.op == Op::kLoadInd;
      const bool tail_call = insn.op == Op::kCallHelper && insn.imm == BPF_FUNC_tail_call;
      if (!packet && !tail_call) continue;
      return refuse(proto.known ? Rule::kAbruptEnd : Rule::kAbruptEndNoType, at, 0, packet ? "LD_ABS" : "tail_call");
    }
  }
  return {};
}

}  // namespace

std::expected<void, Rejection> read_prototypes(const VerifyRequest& request, Shape& shape) {
  const size_t count = shape.subprograms.size();
  if (!shape.prototypes.resize(count)) return refuse(Rule::kNoMemory, 0);
  const ProgramDebugInfo* debug = request.debug;
  if (debug && debug->btf && !debug->functions.empty()) {
    if (debug->functions.size() != count) return refuse(Rule::kFunctionLayout, 0);
    for (uint32_t i = 0; i < count; i++) {
      const bpf_func_info& info = debug->functions[i];
      const InsnIndex start = shape.subprograms[i].start;
      if (info.insn_off != start) return refuse(Rule::kFunctionLayout, start);
      Reader reader(request, start, info.type_id);
      Checked good = reader.read(shape.prototypes[i]);
      if (good && i > 0 && shape.prototypes[i].is_global) good = reader.read_parameters(shape.prototypes[i]);
      if (!good) return good;
    }
  }
  return check_abrupt_ends(shape);
}

}  // namespace skep::bpf::verifier
