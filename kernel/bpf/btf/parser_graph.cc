// What types say of one another: kinds of references, loops, sizes.
//
// A type contains another one by value (member, element, modifier, variable) or points at it. Containing oneself is a
// loop, and so is a chain of nothing but pointers and modifiers; a struct with a pointer to itself is none.
#include "bpf/btf/parser.h"
#include "lib/checked.h"

namespace skep::bpf {

using namespace btf_format;

Result<void> BtfParser::check_references(uint32_t id, const BtfType& t) {
  // A type that something of this kind may refer to at all; sizes are looked at later.
  const auto target = [&](uint32_t type_id) -> const BtfType* {
    const BtfType* to = btf_.find_type(type_id);
    return !to || is_source_only(to->kind) ? nullptr : to;
  };
  switch (t.kind) {
    case BtfKind::kPtr:
    case BtfKind::kTypedef:
    case BtfKind::kVolatile:
    case BtfKind::kConst:
    case BtfKind::kRestrict:
    case BtfKind::kTypeTag: {
      const BtfType* to = target(t.size_or_type);
      if (!to || to->kind == BtfKind::kFunc) return refuse_type(id, "Invalid type_id");
      return {};
    }
    case BtfKind::kArray: {
      const BtfArray array = btf_.array(t);
      const BtfType* index = btf_.find_type(btf_.skip_modifiers(array.index_type));
      if (!target(array.index_type) || !index || index->kind != BtfKind::kInt) return refuse_type(id, "Invalid index");
      if (!target(array.type)) return refuse_type(id, "Invalid elem");
      return {};
    }
    case BtfKind::kStruct:
    case BtfKind::kUnion:
      for (uint32_t i = 0; i < t.vlen; i++) {
        if (!target(btf_.member(t, i).type)) return refuse_type(id, "Invalid member");
      }
      return {};
    case BtfKind::kVar:
      if (!target(t.size_or_type)) return refuse_type(id, "Invalid type_id");
      return {};
    case BtfKind::kDatasec:
      for (uint32_t i = 0; i < t.vlen; i++) {
        const BtfType* variable = btf_.find_type(btf_.secinfo(t, i).type);
        if (!variable || variable->kind != BtfKind::kVar) return refuse_type(id, "Not a VAR kind member");
      }
      return {};
    case BtfKind::kFunc:
      return check_function(id, t);
    case BtfKind::kFuncProto:
      return check_prototype(id, t);
    case BtfKind::kDeclTag:
      return check_decl_tag(id, t);
    case BtfKind::kVoid:
    case BtfKind::kInt:
    case BtfKind::kEnum:
    case BtfKind::kEnum64:
    case BtfKind::kFwd:
    case BtfKind::kFloat:
      return {};
  }
  return {};
}

Result<void> BtfParser::check_function(uint32_t id, const BtfType& t) {
  const BtfType* prototype = btf_.find_type(t.size_or_type);
  if (!prototype || prototype->kind != BtfKind::kFuncProto) return refuse_type(id, "Invalid type_id");
  for (uint32_t i = 0; i < prototype->vlen; i++) {
    const BtfParam p = btf_.param(*prototype, i);
    if (p.type != 0 && p.name.empty()) {
      format_to(log_, "[{}] Invalid arg#{}\n", id, i + 1);
      return fail(Errno::kEINVAL);
    }
  }
  return {};
}

Result<void> BtfParser::check_prototype(uint32_t id, const BtfType& t) {
  if (t.size_or_type != 0) {
    const BtfType* ret = btf_.find_type(t.size_or_type);
    if (!ret || is_source_only(ret->kind) || ret->kind == BtfKind::kFunc) return refuse_type(id, "Invalid return type");
  }
  for (uint32_t i = 0; i < t.vlen; i++) {
    const uint32_t name = btf_.word(t, i * kParamWords);
    const BtfParam p = btf_.param(t, i);
    const BtfType* type = btf_.find_type(p.type);
    const bool is_dots = p.type == 0;  // "...", the last parameter, without a name
    const bool good_type =
        is_dots ? i + 1 == t.vlen && name == 0 : type && !is_source_only(type->kind) && type->kind != BtfKind::kFunc;
    const bool good_name = name_offset_valid(name) && (name == 0 || is_identifier(name, false));
    if (!good_type || !good_name) {
      format_to(log_, "[{}] Invalid arg#{}\n", id, i + 1);
      return fail(Errno::kEINVAL);
    }
  }
  return {};
}

Result<void> BtfParser::check_decl_tag(uint32_t id, const BtfType& t) {
  const BtfType* to = btf_.find_type(t.size_or_type);
  const int32_t component = btf_.component_index(t);
  if (!to) return refuse_type(id, "Invalid type_id");
  uint32_t components = 0;
  switch (to->kind) {
    case BtfKind::kStruct:
    case BtfKind::kUnion:
      components = to->vlen;
      break;
    case BtfKind::kFunc: {
      const BtfType* prototype = btf_.find_type(to->size_or_type);
      if (!prototype || prototype->kind != BtfKind::kFuncProto) return refuse_type(id, "Invalid type");
      components = prototype->vlen;
      break;
    }
    case BtfKind::kVar:
    case BtfKind::kTypedef:
      break;
    default:
      return refuse_type(id, "Invalid type");
  }
  if (component >= 0 && static_cast<uint32_t>(component) >= components) return refuse_type(id, "Invalid component_idx");
  return {};
}

namespace {
enum Mark : uint8_t { kNew, kOpen, kDone };
bool is_chain_link(BtfKind k) { return is_modifier(k) || k == BtfKind::kPtr; }
}  // namespace

// Follows each chain of pointers and modifiers once; meeting a type of the same walk again is a loop.
Result<void> BtfParser::check_pointer_loops() {
  Vec<uint8_t> marks;
  TRY(marks.resize(btf_.type_count()));
  for (uint32_t start = 1; start < btf_.type_count(); start++) {
    uint32_t id = start;
    while (marks[id] == kNew && is_chain_link(btf_.types_[id].kind)) {
      marks[id] = kOpen;
      id = btf_.types_[id].size_or_type;
    }
    if (marks[id] == kOpen) return refuse_type(id, "Loop detected");
    for (id = start; marks[id] == kOpen; id = btf_.types_[id].size_or_type) marks[id] = kDone;
  }
  return {};
}

// Types contained by value.
uint32_t BtfParser::child_count(const BtfType& t) const {
  if (is_struct(t.kind)) return t.vlen;
  return is_modifier(t.kind) || t.kind == BtfKind::kVar || t.kind == BtfKind::kArray ? 1 : 0;
}
uint32_t BtfParser::child(const BtfType& t, uint32_t i) const {
  if (is_struct(t.kind)) return btf_.member(t, i).type;
  return t.kind == BtfKind::kArray ? btf_.array(t).type : t.size_or_type;
}

Result<void> BtfParser::compute_sizes() {
  TRY(btf_.sizes_.resize(btf_.type_count()));
  for (uint32_t& size : btf_.sizes_) size = Btf::kNoSize;

  // Depth first with a stack of its own: user space decides how deep types nest.
  struct Visit {
    uint32_t id;
    uint32_t next_child;
  };
  Vec<Visit> stack;
  Vec<uint8_t> marks;
  TRY(marks.resize(btf_.type_count()));
  for (uint32_t start = 1; start < btf_.type_count(); start++) {
    if (marks[start] != kNew) continue;
    marks[start] = kOpen;
    TRY(stack.push_back({start, 0}));
    while (!stack.empty()) {
      Visit& top = stack.back();
      const BtfType& t = btf_.types_[top.id];
      if (top.next_child < child_count(t)) {
        const uint32_t to = child(t, top.next_child++);
        if (to == 0 || marks[to] == kDone) continue;
        if (marks[to] == kOpen) return refuse_type(to, "Loop detected");
        marks[to] = kOpen;
        TRY(stack.push_back({to, 0}));
        continue;
      }
      const uint32_t id = top.id;
      stack.pop_back();
      TRY(finish_size(id));
      marks[id] = kDone;
    }
  }
  // Datasecs and prototypes speak of sizes of types that may come later.
  for (uint32_t id = 1; id < btf_.type_count(); id++) {
    const BtfType& t = btf_.types_[id];
    if (t.kind == BtfKind::kDatasec) {
      for (uint32_t i = 0; i < t.vlen; i++) {
        const BtfVarSecinfo v = btf_.secinfo(t, i);
        if (btf_.sizes_[v.type] > v.size) return refuse_type(id, "Invalid size");
      }
    }
    if (t.kind == BtfKind::kFuncProto) {
      const auto sized = [&](uint32_t type) { return btf_.sizes_[type] != Btf::kNoSize; };
      const uint32_t returned = btf_.skip_modifiers(t.size_or_type);
      if (returned != 0 && !sized(returned)) return refuse_type(id, "Invalid return type");
      for (uint32_t i = 0; i < t.vlen; i++) {
        const uint32_t type = btf_.param(t, i).type;
        if (type == 0 || sized(type)) continue;
        format_to(log_, "[{}] Invalid arg#{}\n", id, i + 1);
        return fail(Errno::kEINVAL);
      }
    }
  }
  return {};
}

// All that `id` contains has its size already.
Result<void> BtfParser::finish_size(uint32_t id) {
  constexpr uint32_t kPointerBytes = 8;
  const BtfType& t = btf_.types_[id];
  uint32_t& size = btf_.sizes_[id];
  switch (t.kind) {
    case BtfKind::kInt:
    case BtfKind::kEnum:
    case BtfKind::kEnum64:
    case BtfKind::kFloat:
    case BtfKind::kDatasec:
      size = t.size_or_type;
      return {};
    case BtfKind::kStruct:
    case BtfKind::kUnion:
      size = t.size_or_type;
      return check_member_places(id, t);
    case BtfKind::kPtr:
      size = kPointerBytes;
      return {};
    case BtfKind::kTypedef:
    case BtfKind::kVolatile:
    case BtfKind::kConst:
    case BtfKind::kRestrict:
    case BtfKind::kTypeTag:
      size = t.size_or_type == 0 ? Btf::kNoSize : btf_.sizes_[t.size_or_type];
      return {};
    case BtfKind::kVar:
      size = btf_.sizes_[t.size_or_type];
      if (size == Btf::kNoSize) return refuse_type(id, "Invalid type_id");
      return {};
    case BtfKind::kArray: {
      const BtfArray array = btf_.array(t);
      if (btf_.sizes_[array.type] == Btf::kNoSize) return refuse_type(id, "Invalid elem");
      const auto total = checked_mul(btf_.sizes_[array.type], array.nelems);
      if (!total || *total == Btf::kNoSize) return refuse_type(id, "Array size overflows u32");
      size = *total;
      return {};
    }
    case BtfKind::kVoid:
    case BtfKind::kFwd:
    case BtfKind::kFunc:
    case BtfKind::kFuncProto:
    case BtfKind::kDeclTag:
      return {};
  }
  return {};
}

Result<void> BtfParser::check_member_places(uint32_t id, const BtfType& t) {
  for (uint32_t i = 0; i < t.vlen; i++) {
    const BtfMember m = btf_.member(t, i);
    const uint32_t size = btf_.sizes_[m.type];
    if (size == Btf::kNoSize) return refuse_type(id, "Invalid member");
    uint64_t bits = static_cast<uint64_t>(size) * 8;
    const BtfType& type = btf_.types_[btf_.skip_modifiers(m.type)];
    const bool odd_int = type.kind == BtfKind::kInt && btf_.integer(type).bits != bits;  // a bit field the old way
    if (m.bitfield_size != 0) {
      if (m.bitfield_size > bits) return refuse_type(id, "Invalid member bitfield_size");
      bits = m.bitfield_size;
    } else if (odd_int) {
      bits = btf_.integer(type).bits + btf_.integer(type).bit_offset;
    } else if (m.bit_offset % 8 != 0) {
      return refuse_type(id, "Member is not byte aligned");
    }
    if (m.bit_offset + bits > static_cast<uint64_t>(t.size_or_type) * 8)
      return refuse_type(id, "Member exceeds struct_size");
  }
  return {};
}

}  // namespace skep::bpf
