// Reading a checked blob. Nothing here can go out of bounds once BtfParser has accepted the bytes.
#include "bpf/btf/btf.h"

#include <string.h>

#include "bpf/btf/format.h"

namespace skep::bpf {

using namespace btf_format;

uint32_t Btf::word(const BtfType& t, uint32_t i) const {
  uint32_t value;
  memcpy(&value, &blob_[type_offset_ + t.data_offset + i * sizeof(uint32_t)], sizeof(value));
  return value;
}

std::string_view Btf::string_at(uint32_t offset) const {
  if (offset >= string_bytes_) return "";
  return reinterpret_cast<const char*>(&blob_[string_offset_ + offset]);
}

BtfMember Btf::member(const BtfType& t, uint32_t i) const {
  const uint32_t at = i * kMemberWords;
  const uint32_t offset = word(t, at + 2);
  return {.name = string_at(word(t, at)),
          .type = word(t, at + 1),
          .bit_offset = t.kind_flag ? offset & kMemberOffsetMask : offset,
          .bitfield_size = t.kind_flag ? offset >> kMemberSizeShift : 0};
}

BtfParam Btf::param(const BtfType& t, uint32_t i) const {
  return {.name = string_at(word(t, i * kParamWords)), .type = word(t, i * kParamWords + 1)};
}

BtfEnumerator Btf::enumerator(const BtfType& t, uint32_t i) const {
  if (t.kind == BtfKind::kEnum64) {
    const uint64_t low = word(t, i * kEnum64Words + 1);
    const uint64_t high = word(t, i * kEnum64Words + 2);
    return {.name = string_at(word(t, i * kEnum64Words)), .value = static_cast<int64_t>(high << 32 | low)};
  }
  const uint32_t value = word(t, i * kEnumWords + 1);
  return {.name = string_at(word(t, i * kEnumWords)),
          .value = t.kind_flag ? static_cast<int32_t>(value) : static_cast<int64_t>(value)};
}

BtfVarSecinfo Btf::secinfo(const BtfType& t, uint32_t i) const {
  const uint32_t at = i * kSecinfoWords;
  return {.type = word(t, at), .offset = word(t, at + 1), .size = word(t, at + 2)};
}

BtfArray Btf::array(const BtfType& t) const {
  return {.type = word(t, 0), .index_type = word(t, 1), .nelems = word(t, 2)};
}

BtfInt Btf::integer(const BtfType& t) const {
  const uint32_t data = word(t, 0);
  const uint32_t encoding = int_encoding(data);
  return {.is_signed = (encoding & kIntSigned) != 0,
          .is_char = (encoding & kIntChar) != 0,
          .is_bool = (encoding & kIntBool) != 0,
          .bit_offset = int_offset(data),
          .bits = int_bits(data)};
}

uint32_t Btf::linkage(const BtfType& t) const { return word(t, 0); }
int32_t Btf::component_index(const BtfType& t) const { return static_cast<int32_t>(word(t, 0)); }

uint32_t Btf::skip_modifiers(uint32_t id) const {
  for (uint32_t steps = 0; steps <= type_count(); steps++) {
    const BtfType* t = find_type(id);
    if (!t) return 0;
    if (!is_modifier(t->kind)) return id;
    id = t->size_or_type;
  }
  return 0;
}

Result<uint32_t> Btf::size_of(uint32_t id) const {
  if (id >= sizes_.size() || sizes_[id] == kNoSize) return fail(Errno::kEINVAL);
  return sizes_[id];
}

uint32_t Btf::find_by_name(BtfKind kind, std::string_view name) const {
  for (uint32_t id = 1; id < type_count(); id++) {
    if (types_[id].kind == kind && name_of(types_[id]) == name) return id;
  }
  return 0;
}

namespace {
constexpr int kMaxPrintDepth = 16;  // deeper declarations are cut short with "…"

std::string_view keyword_of(BtfKind kind) {
  switch (kind) {
    case BtfKind::kStruct:
      return "struct ";
    case BtfKind::kUnion:
      return "union ";
    case BtfKind::kEnum:
    case BtfKind::kEnum64:
      return "enum ";
    case BtfKind::kVolatile:
      return "volatile ";
    case BtfKind::kConst:
      return "const ";
    case BtfKind::kRestrict:
      return "restrict ";
    default:
      return "";
  }
}

void print_at_depth(const Btf& btf, TextSink& out, uint32_t id, int depth) {
  const BtfType* t = btf.find_type(id);
  if (!t || depth > kMaxPrintDepth) return out.write("…");
  switch (t->kind) {
    case BtfKind::kVoid:
      return out.write("void");
    case BtfKind::kPtr:
      print_at_depth(btf, out, t->size_or_type, depth + 1);
      return out.write(" *");
    case BtfKind::kArray: {
      const BtfArray array = btf.array(*t);
      print_at_depth(btf, out, array.type, depth + 1);
      return format_to(out, "[{}]", array.nelems);
    }
    case BtfKind::kVolatile:
    case BtfKind::kConst:
    case BtfKind::kRestrict:
      out.write(keyword_of(t->kind));
      return print_at_depth(btf, out, t->size_or_type, depth + 1);
    case BtfKind::kTypeTag:
      return print_at_depth(btf, out, t->size_or_type, depth + 1);
    case BtfKind::kFuncProto:
      print_at_depth(btf, out, t->size_or_type, depth + 1);
      out.write(" (");
      for (uint32_t i = 0; i < t->vlen; i++) {
        if (i > 0) out.write(", ");
        print_at_depth(btf, out, btf.param(*t, i).type, depth + 1);
      }
      return out.write(")");
    case BtfKind::kFwd:
      out.write(t->kind_flag ? "union " : "struct ");
      return out.write(btf.name_of(*t));
    case BtfKind::kInt:
    case BtfKind::kStruct:
    case BtfKind::kUnion:
    case BtfKind::kEnum:
    case BtfKind::kEnum64:
    case BtfKind::kTypedef:
    case BtfKind::kFunc:
    case BtfKind::kVar:
    case BtfKind::kDatasec:
    case BtfKind::kFloat:
    case BtfKind::kDeclTag:
      out.write(keyword_of(t->kind));
      return out.write(btf.name_of(*t).empty() ? "(anon)" : btf.name_of(*t));
  }
}
}  // namespace

void Btf::print_type(TextSink& out, uint32_t id) const { print_at_depth(*this, out, id, 0); }

// No program reads BTF while it runs, so there is no grace period to wait for.
void Btf::last_reference_dropped() {
  leave_id_table();
  destroy(this);
}

}  // namespace skep::bpf
