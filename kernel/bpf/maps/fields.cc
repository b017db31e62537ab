#include "bpf/maps/fields.h"

#include "bpf/btf/btf.h"
#include "bpf/maps/map.h"

namespace skep::bpf {
namespace {

// The offset of the one member (or variable of a data section) that is this structure, at its own alignment.
int32_t offset_of_only(const Btf& btf, const BtfType& value, std::string_view name, uint32_t bytes, uint32_t alignment,
                       uint32_t room) {
  int32_t found = -1;
  for (uint32_t i = 0; i < value.vlen; i++) {
    uint32_t type = 0;
    uint32_t offset = 0;
    if (value.kind == BtfKind::kDatasec) {
      const BtfVarSecinfo at = btf.secinfo(value, i);
      const BtfType* variable = btf.find_type(at.type);
      type = variable ? variable->size_or_type : 0;
      offset = at.offset;
    } else {
      const BtfMember member = btf.member(value, i);
      if (member.bitfield_size != 0 || member.bit_offset % 8 != 0) continue;
      type = member.type;
      offset = member.bit_offset / 8;
    }
    const BtfType* t = btf.find_type(btf.skip_modifiers(type));
    if (!t || t->kind != BtfKind::kStruct || t->size_or_type != bytes || btf.name_of(*t) != name) continue;
    // What does not lie whole in the value, or askew, is nothing to hand to a helper.
    if (found >= 0 || offset % alignment != 0 || offset > INT32_MAX - bytes || offset + bytes > room) return -1;
    found = static_cast<int32_t>(offset);
  }
  return found;
}

}  // namespace

MapFields find_map_fields(const Map& map) {
  MapFields fields;
  if (!map.btf()) return fields;
  const auto& btf = static_cast<const Btf&>(*map.btf());
  const BtfType* value = btf.find_type(btf.skip_modifiers(map.attributes().btf_value_type_id));
  if (!value || (value->kind != BtfKind::kStruct && value->kind != BtfKind::kDatasec)) return fields;
  const uint32_t room = map.attributes().value_size;
  fields.spin_lock = offset_of_only(btf, *value, "bpf_spin_lock", kSpinLockBytes, 4, room);
  fields.timer = offset_of_only(btf, *value, "bpf_timer", kTimerBytes, 8, room);
  return fields;
}

}  // namespace skep::bpf
