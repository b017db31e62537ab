// What the kernel's BTF describes. Tracing programs get the arguments of a function by its prototype; pointers to
// structures among them may be followed with plain loads, which may fault and then read 0. Linux: btf_ctx_access,
// check_ptr_to_btf_access.
#include "bpf/btf/format.h"
#include "bpf/verifier/analysis.h"
#include "bpf/verifier/limits.h"

namespace skep::bpf::verifier {
namespace {

constexpr int32_t kWord = 8;

// As Linux's log calls kinds of types.
constexpr std::string_view kKindNames[] = {
    "UNKNOWN", "INT",      "PTR",  "ARRAY",      "STRUCT", "UNION",   "ENUM",  "FWD",      "TYPEDEF",  "VOLATILE",
    "CONST",   "RESTRICT", "FUNC", "FUNC_PROTO", "VAR",    "DATASEC", "FLOAT", "DECL_TAG", "TYPE_TAG", "ENUM64"};
static_assert(std::size(kKindNames) == static_cast<size_t>(BtfKind::kEnum64) + 1);
std::string_view kind_name(const BtfType* t) { return t ? kKindNames[static_cast<size_t>(t->kind)] : kKindNames[0]; }

// Words of the context that a parameter takes: structures of up to 16 bytes are passed in registers.
uint32_t words_of(const Btf& btf, uint32_t type) {
  const BtfType* t = btf.find_type(btf.skip_modifiers(type));
  const bool wide = t && t->kind == BtfKind::kStruct && t->size_or_type > kWord;
  return wide ? (t->size_or_type + kWord - 1) / kWord : 1;
}

bool is_number(const Btf& btf, const BtfType& t, uint32_t id) {
  switch (t.kind) {
    case BtfKind::kInt:
      return btf.size_of(id).value_or(kWord + 1) <= kWord;
    case BtfKind::kEnum:
    case BtfKind::kEnum64:
    case BtfKind::kStruct:  // its bytes
      return true;
    default:
      return false;
  }
}

}  // namespace

Reg Analysis::object_pointer(uint32_t structure, PointsInto where, bool or_null) {
  Reg r;
  r.kind = RegKind::kBtfPtr;
  r.object = structure;
  r.frame = static_cast<uint8_t>(where);
  r.or_null = or_null;
  r.id = or_null ? new_id() : 0;
  r.var = Scalar64::constant(0);
  return r;
}

Reg Analysis::object_pointer(std::string_view structure, KernelType otherwise, bool or_null) {
  const Btf* btf = structure.empty() ? nullptr : request_.kernel_btf;
  const uint32_t id = btf ? btf->find_by_name(BtfKind::kStruct, structure) : 0;
  Reg r = object_pointer(id, PointsInto::kKernel, or_null);
  if (id != 0) return r;
  r.kind = RegKind::kKernelObject;
  r.object = otherwise;
  return r;
}

// Which parameter of the traced function lies there: `type` is its type, that of the result behind the last one at a
// function's exit.
bool Analysis::traced_parameter(const Place& place, uint32_t& index, uint32_t& type) {
  const Btf& btf = *request_.kernel_btf;
  const AttachTarget& target = shape_.target;
  const auto size = static_cast<int64_t>(place.size);
  const int32_t off = place.off;
  if (off < 0 || off >= kMaxRawTracepointArgs * kWord || off % size != 0)
    return refuse(Rule::kContextAccess, {off, size});
  if (off % kWord != 0) return refuse(Rule::kTracedOffset, {off, size}, kNoRegister, kNoRegister, target.name);
  uint32_t word = static_cast<uint32_t>(off) / kWord;
  for (index = 0; index < target.count(); index++) {
    type = btf.param(*target.proto, target.first_parameter + index).type;
    if (word < words_of(btf, type)) return true;
    word -= words_of(btf, type);
  }
  type = target.proto->size_or_type;
  if (word == 0 && request_.expected_attach_type == BPF_TRACE_FEXIT) return true;
  return refuse(Rule::kTracedMissing, {off, size, off / kWord + 1}, kNoRegister, kNoRegister, target.name);
}

bool Analysis::read_traced_argument(const Place& place, Reg& out) {
  const Btf& btf = *request_.kernel_btf;
  uint32_t index = 0;
  uint32_t type = 0;
  if (!traced_parameter(place, index, type)) return false;
  const auto wrong = [&](Rule rule, std::string_view what) {
    refuse(rule, {place.off, static_cast<int64_t>(place.size), index}, kNoRegister, kNoRegister, shape_.target.name);
    rejection_.second_text = what;
    return false;
  };
  const uint32_t id = btf.skip_modifiers(type);
  const BtfType* t = btf.find_type(id);
  const auto end = static_cast<uint32_t>(place.off + static_cast<int32_t>(place.size));
  if (end > max_context_offset_) max_context_offset_ = end;
  const Scalar64 number = Scalar64::unknown().zero_extended(place.size * 8u);
  if (t && is_number(btf, *t, id)) return make_scalar(out, number);
  if (!t || t->kind != BtfKind::kPtr) return wrong(Rule::kTracedType, kind_name(t));
  const PointeeType pointee = pointee_of(btf, *t);
  if (pointee.structure == 0) {
    const BtfType* behind = btf.find_type(btf.skip_modifiers(t->size_or_type));
    const bool untyped = !behind || behind->kind == BtfKind::kVoid || behind->kind == BtfKind::kInt;
    if (!untyped) return wrong(Rule::kTracedPointee, kind_name(behind));
    return make_scalar(out, number);
  }
  if (place.size != kWord) return wrong(Rule::kTracedSize, {});
  out = object_pointer(pointee.structure, pointee.where, shape_.target.null_after_first && index > 0);
  return true;
}

bool Analysis::read_kernel_object(const Place& place, const Reg& base, Reg& out) {
  const Btf& btf = *request_.kernel_btf;
  const std::string_view name = btf.name_of(*btf.find_type(base.object));
  const int64_t off = int64_t{base.off} + place.off;
  const auto size = static_cast<int64_t>(place.size);
  const auto wrong = [&](Rule rule, std::initializer_list<int64_t> values, std::string_view text,
                         std::string_view second = {}) {
    refuse(rule, values, place.reg, kNoRegister, text);
    rejection_.second_text = second;
    return false;
  };
  if (!request_.privileged) return wrong(Rule::kObjectPrivileged, {}, name);
  if (!request_.gpl_compatible) return wrong(Rule::kObjectLicense, {}, name);
  if (off < 0) return wrong(Rule::kObjectNegative, {off}, name);
  if (!base.var.is_constant(0)) {
    return wrong(Rule::kObjectVariable,
                 {off, static_cast<int64_t>(base.var.bits.value), static_cast<int64_t>(base.var.bits.mask)}, name);
  }
  const auto where = static_cast<PointsInto>(base.frame);
  if (where != PointsInto::kKernel) {
    return wrong(Rule::kObjectOtherMemory, {off}, name, where == PointsInto::kUser ? "user" : "percpu");
  }
  const Field field = find_field(btf, base.object, off, place.size);
  switch (field.kind) {
    case Field::Kind::kNumber:
      if (!make_scalar(out, Scalar64::unknown().zero_extended(place.size * 8u))) return false;
      break;
    case Field::Kind::kPointer:
      out = object_pointer(field.points_to.structure, field.points_to.where);
      break;
    case Field::Kind::kBeyond:
      return wrong(Rule::kObjectBeyond, {field.offset, size}, field.structure);
    case Field::Kind::kHole:
    case Field::Kind::kStructure:
      return wrong(Rule::kObjectHole, {field.offset}, field.structure);
    case Field::Kind::kPartOfPointer:
      return wrong(Rule::kObjectPartOfPointer, {field.member_at, field.offset, size}, field.structure, field.member);
    case Field::Kind::kBeyondMember:
      return wrong(Rule::kObjectMemberEnd, {field.member_at, field.offset, size}, field.structure, field.member);
  }
  if (!replay_from_) facts_[path_.at].fault_safe = true;
  return true;
}

bool Analysis::check_object_argument(uint8_t regno, std::string_view structure) {
  const Reg& r = reg(regno);
  const Btf& btf = *request_.kernel_btf;
  const uint32_t wanted = structure.empty() ? 0 : btf.find_by_name(BtfKind::kStruct, structure);
  if (wanted == 0 || !holds_structure_at(btf, r.object, r.off, wanted)) {
    refuse(Rule::kObjectType, {}, regno, kNoRegister, btf.name_of(*btf.find_type(r.object)));
    rejection_.second_text = structure;
    return false;
  }
  if (r.off < 0) return refuse(Rule::kNegativeOffset, {r.type_code(), r.off}, regno);
  if (r.var.is_constant(0)) return true;
  return refuse(Rule::kContextVariable,
                {r.type_code(), static_cast<int64_t>(r.var.bits.value), static_cast<int64_t>(r.var.bits.mask)}, regno);
}

}  // namespace skep::bpf::verifier
