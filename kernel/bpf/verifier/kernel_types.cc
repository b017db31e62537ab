#include "bpf/verifier/kernel_types.h"

#include "bpf/btf/format.h"
#include "bpf/verifier/rules.h"

namespace skep::bpf::verifier {
namespace {

// Structures that lie in each other. Linux's limit for one type to be resolved (MAX_RESOLVE_DEPTH).
constexpr int kMaxNesting = 32;
constexpr uint32_t kBitsPerByte = 8;

std::string_view name_or_anonymous(const Btf& btf, const BtfType& t) {
  const std::string_view name = btf.name_of(t);
  return name.empty() ? "(anon)" : name;
}

// A member's type: of an array, its innermost elements.
struct MemberType {
  const BtfType* type = nullptr;
  uint32_t id = 0;
  uint32_t bytes = 0;  // of one
  bool is_array = false;
};

MemberType member_type(const Btf& btf, uint32_t id) {
  MemberType m{.type = btf.find_type(btf.skip_modifiers(id)), .id = btf.skip_modifiers(id)};
  for (int depth = 0; m.type && m.type->kind == BtfKind::kArray && depth < kMaxNesting; depth++) {
    m.is_array = true;
    m.id = btf.skip_modifiers(btf.array(*m.type).type);
    m.type = btf.find_type(m.id);
  }
  m.bytes = btf.size_of(m.id).value_or(0);
  return m;
}

// A structure whose last member is an array without a length may go on with more of its elements: then `t` and `offset`
// become those of the element.
bool enter_flexible_array(const Btf& btf, const BtfType*& t, int64_t& offset) {
  if (t->vlen == 0) return false;
  const BtfMember last = btf.member(*t, t->vlen - 1);
  const BtfType* array = btf.find_type(btf.skip_modifiers(last.type));
  if (!array || array->kind != BtfKind::kArray || btf.array(*array).nelems != 0) return false;
  const int64_t begin = last.bit_offset / kBitsPerByte;
  const BtfType* element = btf.find_type(btf.skip_modifiers(btf.array(*array).type));
  if (offset < begin || !element || !btf_format::is_struct(element->kind) || element->size_or_type == 0) return false;
  t = element;
  offset = (offset - begin) % element->size_or_type;
  return true;
}

// One structure of find_field(): kStructure when the bytes lie in a structure that is a member. Which member counts
// when several do (in a union) is Linux's choice: btf_struct_walk.
Field field_at(const Btf& btf, const BtfType* t, int64_t offset, uint32_t size) {
  Field out;
  for (int depth = 0; offset + size > t->size_or_type; depth++) {
    out = {.kind = Field::Kind::kBeyond, .structure = name_or_anonymous(btf, *t), .offset = offset};
    if (depth == kMaxNesting || !enter_flexible_array(btf, t, offset)) return out;
  }
  out = {.structure = name_or_anonymous(btf, *t), .offset = offset};
  const int64_t end = offset + size;
  for (uint32_t i = 0; i < t->vlen; i++) {
    const BtfMember member = btf.member(*t, i);
    int64_t begin = member.bit_offset / kBitsPerByte;
    if (end <= begin) break;
    if (member.bitfield_size != 0) {
      const int64_t last = (int64_t{member.bit_offset} + member.bitfield_size + kBitsPerByte - 1) / kBitsPerByte;
      if (offset > begin || last > end) continue;
      out.kind = Field::Kind::kNumber;
      return out;
    }
    if (offset < begin) break;
    const int64_t member_end = begin + btf.size_of(member.type).value_or(0);
    const MemberType type = member_type(btf, member.type);
    if (offset >= member_end || type.bytes == 0 || !type.type) continue;
    if (type.is_array) begin += (offset - begin) / type.bytes * type.bytes;
    if (btf_format::is_struct(type.type->kind)) {
      out.kind = Field::Kind::kStructure;
      out.inner = type.id;
      out.offset = offset - begin;
      return out;
    }
    out.member = member.name.empty() ? "(anon)" : member.name;
    if (type.type->kind == BtfKind::kPtr) {
      out.member_at = begin;
      out.kind = Field::Kind::kPartOfPointer;
      if (offset != begin || size != type.bytes) return out;
      out.points_to = pointee_of(btf, *type.type);
      out.kind = Field::Kind::kPointer;
      if (out.points_to.structure != 0) return out;
    }
    out.member_at = member_end;
    out.kind = end > member_end ? Field::Kind::kBeyondMember : Field::Kind::kNumber;
    return out;
  }
  return out;
}

std::unexpected<Rejection> refuse(Rule rule, uint32_t id, std::string_view text, std::string_view second = {}) {
  return std::unexpected(
      Rejection{.error = rule_row(rule).error, .rule = rule, .values = {id}, .text = text, .second_text = second});
}

const BtfType* prototype_behind(const Btf& btf, const BtfType& t) {
  const BtfType* proto = btf.find_type(t.size_or_type);
  return proto && proto->kind == BtfKind::kFuncProto ? proto : nullptr;
}

// A tracepoint's type is a pointer to its probes' prototype, whose first parameter is the probe's own data.
std::expected<AttachTarget, Rejection> find_tracepoint(const Btf& btf, uint32_t id, const BtfType& t) {
  constexpr std::string_view kPrefix = "btf_trace_";
  if (t.kind != BtfKind::kTypedef) return refuse(Rule::kAttachTarget, id, "is not a typedef");
  const std::string_view name = btf.name_of(t);
  if (!name.starts_with(kPrefix)) return refuse(Rule::kAttachTarget, id, "points to wrong type name ", name);
  const BtfType* pointer = btf.find_type(t.size_or_type);
  const BtfType* proto = pointer && pointer->kind == BtfKind::kPtr ? prototype_behind(btf, *pointer) : nullptr;
  if (!proto || proto->vlen == 0) return refuse(Rule::kAttachTarget, id, "has no prototype");
  return AttachTarget{.name = name.substr(kPrefix.size()), .proto = proto, .first_parameter = 1};
}

}  // namespace

PointeeType pointee_of(const Btf& btf, const BtfType& pointer) {
  PointeeType out;
  const BtfType* first = btf.find_type(pointer.size_or_type);
  if (first && first->kind == BtfKind::kTypeTag) {
    if (btf.name_of(*first) == "user") out.where = PointsInto::kUser;
    if (btf.name_of(*first) == "percpu") out.where = PointsInto::kPerCpu;
  }
  const uint32_t id = btf.skip_modifiers(pointer.size_or_type);
  const BtfType* t = btf.find_type(id);
  if (t && btf_format::is_struct(t->kind)) out.structure = id;
  return out;
}

Field find_field(const Btf& btf, uint32_t type, int64_t offset, uint32_t size) {
  Field field{.inner = type, .offset = offset};
  for (int depth = 0; depth < kMaxNesting; depth++) {
    field = field_at(btf, btf.find_type(field.inner), field.offset, size);
    if (field.kind != Field::Kind::kStructure) return field;
  }
  field.kind = Field::Kind::kHole;
  return field;
}

bool holds_structure_at(const Btf& btf, uint32_t type, int64_t offset, uint32_t wanted) {
  Field field{.kind = Field::Kind::kStructure, .inner = type, .offset = offset};
  for (int depth = 0; field.kind == Field::Kind::kStructure && depth < kMaxNesting; depth++) {
    if (field.inner == wanted && field.offset == 0) return true;
    field = field_at(btf, btf.find_type(field.inner), field.offset, 1);
  }
  return false;
}

std::expected<AttachTarget, Rejection> find_attach_target(const VerifyRequest& request) {
  if (request.attach_btf_id == 0 || !request.kernel_btf) return AttachTarget{};
  const Btf& btf = *request.kernel_btf;
  const uint32_t id = request.attach_btf_id;
  const BtfType* t = btf.find_type(id);
  if (!t) return refuse(Rule::kAttachTarget, id, "is invalid");
  const std::string_view name = btf.name_of(*t);
  if (name.empty()) return refuse(Rule::kAttachTarget, id, "doesn't have a name");
  if (request.expected_attach_type == BPF_TRACE_RAW_TP) return find_tracepoint(btf, id, *t);
  const BtfType* proto = t->kind == BtfKind::kFunc ? prototype_behind(btf, *t) : nullptr;
  switch (request.expected_attach_type) {
    case BPF_TRACE_ITER: {
      if (!proto || !name.starts_with("bpf_iter_")) return refuse(Rule::kAttachTarget, id, "is not a function");
      return AttachTarget{.name = name, .proto = proto, .null_after_first = true};
    }
    case BPF_TRACE_FENTRY:
    case BPF_TRACE_FEXIT:
    case BPF_MODIFY_RETURN:
      break;
    default:
      return refuse(Rule::kAttachTarget, id, "is for another attach type");
  }
  if (!proto) return refuse(Rule::kAttachTarget, id, "is not a function");
  // Linux lets programs sleep, or change the result, in functions that it lists (those that errors can be injected
  // into); here none is.
  if ((request.prog_flags & BPF_F_SLEEPABLE) != 0) return refuse(Rule::kAttachSleepable, id, name);
  if (request.expected_attach_type == BPF_MODIFY_RETURN) return refuse(Rule::kAttachModify, id, name);
  return AttachTarget{.name = name, .proto = proto};
}

}  // namespace skep::bpf::verifier
