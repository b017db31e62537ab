// MAP_* commands.
#include <string.h>

#include "bpf/maps/registry.h"
#include "bpf/syscall/commands.h"

namespace skep::bpf {

Result<platform::DescriptorAccess> access_from_flags(uint32_t flags) {
  switch (flags & (BPF_F_RDONLY | BPF_F_WRONLY)) {
    case 0:
      return platform::kMayReadWrite;
    case BPF_F_RDONLY:
      return platform::kMayRead;
    case BPF_F_WRONLY:
      return platform::kMayWrite;
    default:
      return fail(Errno::kEINVAL);
  }
}

Result<void> copy_object_name(char (&to)[BPF_OBJ_NAME_LEN], const char (&from)[BPF_OBJ_NAME_LEN]) {
  memset(to, 0, sizeof(to));
  for (size_t i = 0; i < sizeof(from); i++) {
    const char c = from[i];
    if (c == '\0') return {};
    const bool allowed =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.';
    if (!allowed) return fail(Errno::kEINVAL);
    to[i] = c;
  }
  return fail(Errno::kEINVAL);  // not terminated
}

namespace {

// Keys and values of the map must be those of the BTF types. (Linux: map_check_btf, array_map_check_btf.)
Result<void> check_map_btf(const MapAttributes& a, const Btf& btf) {
  const auto value_size = btf.size_of(a.btf_value_type_id);
  if (!value_size || *value_size != a.value_size) return fail(Errno::kEINVAL);
  if (a.btf_key_type_id != 0) {
    const auto key_size = btf.size_of(a.btf_key_type_id);
    if (!key_size || *key_size != a.key_size) return fail(Errno::kEINVAL);
  }
  const bool is_array = a.type == BPF_MAP_TYPE_ARRAY || a.type == BPF_MAP_TYPE_PERCPU_ARRAY;
  if (!is_array) {
    if (a.btf_key_type_id == 0) return fail(Errno::kEINVAL);
    return {};
  }
  if (a.btf_key_type_id == 0) {  // .bss, .data and .rodata: one element without a key
    const BtfType* value = btf.find_type(a.btf_value_type_id);
    if (a.type != BPF_MAP_TYPE_ARRAY || a.max_entries != 1 || value->kind != BtfKind::kDatasec)
      return fail(Errno::kEINVAL);
    return {};
  }
  const BtfType* key = btf.find_type(btf.skip_modifiers(a.btf_key_type_id));
  if (!key || key->kind != BtfKind::kInt) return fail(Errno::kEINVAL);
  const BtfInt integer = btf.integer(*key);
  if (integer.bits != 32 || integer.bit_offset != 0) return fail(Errno::kEINVAL);
  return {};
}

// Linux: map_check_btf. What programs lock or start must be theirs to write, in a map that elements can be found in.
Result<void> check_map_fields(const Map& map) {
  const MapFields& fields = map.fields();
  if (!fields.any()) return {};
  const MapAttributes& a = map.attributes();
  if ((a.flags & BPF_F_RDONLY_PROG) != 0) return fail(Errno::kEACCES);
  if (a.type != BPF_MAP_TYPE_HASH && a.type != BPF_MAP_TYPE_ARRAY) {
    return fail(fields.spin_lock >= 0 ? Errno::kENOTSUPP : Errno::kEOPNOTSUPP);
  }
  return {};
}

}  // namespace

Result<long> map_create(const Call& call) {
  const bpf_attr& in = call.attr;
  if (in.btf_vmlinux_value_type_id != 0) return fail(Errno::kEINVAL);  // struct_ops only
  if (in.btf_key_type_id != 0 && in.btf_value_type_id == 0) return fail(Errno::kEINVAL);
  if (in.map_extra != 0) return fail(Errno::kEINVAL);  // bloom filters only
  const auto access = TRY(access_from_flags(in.map_flags));
  if (in.map_flags & BPF_F_NUMA_NODE && in.numa_node != 0) return fail(Errno::kEINVAL);  // there is one node
  if (in.map_ifindex != 0) return fail(Errno::kEINVAL);                                  // no offload

  MapAttributes attributes{.type = in.map_type,
                           .key_size = in.key_size,
                           .value_size = in.value_size,
                           .max_entries = in.max_entries,
                           .flags = in.map_flags,
                           .btf_key_type_id = in.btf_key_type_id,
                           .btf_value_type_id = in.btf_value_type_id};
  TRY(copy_object_name(attributes.name, in.map_name));
  Ref<Btf> btf;
  if (in.btf_value_type_id != 0) {
    if (!find_map_type(in.map_type)) return fail(Errno::kEINVAL);
    btf = TRY(object_from_fd<Btf>(in.btf_fd));
    if (btf->of_kernel()) return fail(Errno::kEACCES);
    TRY(check_map_btf(attributes, *btf));
  }
  Ref<Map> inner;
  const MapType* type = find_map_type(in.map_type);
  if (type && type->create_outer) {
    TRY(type->check(attributes));  // what is wrong with the map itself comes first
    inner = TRY(object_from_fd<Map>(in.inner_map_fd));
  }
  const auto create = bpf_system().judge_only ? create_judged_map : create_map;
  auto map = TRY(create(attributes, inner.get()));
  if (btf) {
    map->set_btf(std::move(btf));
    TRY(check_map_fields(*map));
  }
  TRY(bpf_system().maps.add(*map));
  return TRY(platform::install_descriptor(std::move(map), kMapDescriptorName, access));
}

namespace {

// A map, with the right to do what the command wants.
Result<Ref<Map>> map_for(const Call& call, uint8_t needed) {
  auto map = TRY(described_from_fd<Map>(call.attr.map_fd));
  if ((map.access & needed) != needed) return fail(Errno::kEPERM);
  return std::move(map.object);
}

Result<Vec<uint8_t>> read_key(const Call& call, const Map& map) {
  return read_user_bytes(call.attr.key, map.attributes().key_size);
}

// One write by user space, for as long as it lasts; EPERM for a frozen map.
class WriteGuard {
 public:
  static Result<WriteGuard> begin(Map& map) {
    TRY(map.begin_user_write());
    return WriteGuard(&map);
  }
  WriteGuard(WriteGuard&& o) noexcept : map_(std::exchange(o.map_, nullptr)) {}
  WriteGuard& operator=(WriteGuard&&) = delete;
  ~WriteGuard() {
    if (map_) map_->end_user_write();
  }

 private:
  explicit WriteGuard(Map* map) : map_(map) {}
  Map* map_;
};

}  // namespace

Result<long> map_lookup_elem(const Call& call) {
  if (call.attr.flags & ~static_cast<uint64_t>(BPF_F_LOCK)) return fail(Errno::kEINVAL);
  auto map = TRY(map_for(call, platform::kMayRead));
  if ((call.attr.flags & BPF_F_LOCK) != 0 && map->fields().spin_lock < 0) return fail(Errno::kEINVAL);
  auto key = TRY(read_key(call, *map));
  Vec<uint8_t> value;
  TRY(value.resize(map->user_value_size()));
  TRY(map->copy_value(key.data(), value.span(), call.attr.flags));
  TRY(platform::copy_to_user(call.attr.value, value.data(), value.size()));
  return 0;
}

Result<long> map_update_elem(const Call& call) {
  auto map = TRY(map_for(call, platform::kMayWrite));
  auto writing = TRY(WriteGuard::begin(*map));
  if ((call.attr.flags & BPF_F_LOCK) != 0 && map->fields().spin_lock < 0) return fail(Errno::kEINVAL);
  auto key = TRY(read_key(call, *map));
  auto value = TRY(read_user_bytes(call.attr.value, map->user_value_size()));
  TRY(map->update_from_user(key.data(), value.span(), call.attr.flags));
  return 0;
}

Result<long> map_delete_elem(const Call& call) {
  auto map = TRY(map_for(call, platform::kMayWrite));
  auto writing = TRY(WriteGuard::begin(*map));
  auto key = TRY(read_key(call, *map));
  TRY(map->erase_from_user(key.data()));
  return 0;
}

Result<long> map_get_next_key(const Call& call) {
  auto map = TRY(map_for(call, platform::kMayRead));
  Vec<uint8_t> key;
  if (call.attr.key != 0) key = TRY(read_key(call, *map));
  Vec<uint8_t> next;
  TRY(next.resize(map->attributes().key_size));
  TRY(map->next_key(call.attr.key != 0 ? key.data() : nullptr, next.data()));
  TRY(platform::copy_to_user(call.attr.next_key, next.data(), next.size()));
  return 0;
}

Result<long> map_lookup_and_delete_elem(const Call& call) {
  if (call.attr.flags & ~static_cast<uint64_t>(BPF_F_LOCK)) return fail(Errno::kEINVAL);
  auto map = TRY(map_for(call, platform::kMayReadWrite));
  auto writing = TRY(WriteGuard::begin(*map));
  if ((call.attr.flags & BPF_F_LOCK) != 0 && map->fields().spin_lock < 0) return fail(Errno::kEINVAL);
  auto key = TRY(read_key(call, *map));
  Vec<uint8_t> value;
  TRY(value.resize(map->user_value_size()));
  TRY(map->take_value(key.data(), value.span(), call.attr.flags));
  TRY(platform::copy_to_user(call.attr.value, value.data(), value.size()));
  return 0;
}

Result<long> map_freeze(const Call& call) {
  auto map = TRY(object_from_fd<Map>(call.attr.map_fd));
  TRY(map->freeze());
  return 0;
}

// No map type here has batched operations; Linux answers so for those without.
Result<long> map_batch(const Call& call) {
  auto map = TRY(object_from_fd<Map>(call.attr.batch.map_fd));
  return fail(Errno::kENOTSUPP);
}

}  // namespace skep::bpf
