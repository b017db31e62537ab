// bpf_map__*: what can be asked of a map, changed before load, and done with its elements after.
#include <bpf/bpf.h>
#include <errno.h>

#include <bit>

#include "object.h"
#include "print.h"
#include "sys.h"

using namespace skep;
using namespace skep::libbpf;

int bpf_map__fd(const struct bpf_map* map) { return map ? map->fd : set_errno(-EINVAL); }
const char* bpf_map__name(const struct bpf_map* map) { return map ? map->shown_name() : nullptr; }
bool bpf_map__is_internal(const struct bpf_map* map) { return map->is_internal(); }
const char* bpf_map__pin_path(const struct bpf_map*) { return nullptr; }
const char* bpf_map__get_pin_path(const struct bpf_map*) { return nullptr; }
bool bpf_map__is_pinned(const struct bpf_map*) { return false; }
__u32 bpf_map__btf_key_type_id(const struct bpf_map* map) { return map ? map->btf_key_type_id : 0; }
__u32 bpf_map__btf_value_type_id(const struct bpf_map* map) { return map ? map->btf_value_type_id : 0; }

bool bpf_map__autocreate(const struct bpf_map* map) { return map->autocreate; }
int bpf_map__set_autocreate(struct bpf_map* map, bool autocreate) {
  if (map->object->loaded) return set_errno(-EBUSY);
  map->autocreate = autocreate;
  return 0;
}

// One pair of functions for each field that may be changed until the map exists.
#define FIELD(type, get_name, set_name, field)               \
  type get_name(const struct bpf_map* map) { return field; } \
  int set_name(struct bpf_map* map, type value) {            \
    if (map->fd >= 0) return set_errno(-EBUSY);              \
    field = value;                                           \
    return 0;                                                \
  }
FIELD(__u32, bpf_map__max_entries, bpf_map__set_max_entries, map->def.max_entries)
FIELD(__u32, bpf_map__map_flags, bpf_map__set_map_flags, map->def.map_flags)
FIELD(__u32, bpf_map__numa_node, bpf_map__set_numa_node, map->def.numa_node)
FIELD(__u32, bpf_map__key_size, bpf_map__set_key_size, map->def.key_size)
FIELD(__u32, bpf_map__ifindex, bpf_map__set_ifindex, map->ifindex)
#undef FIELD

enum bpf_map_type bpf_map__type(const struct bpf_map* map) { return static_cast<enum bpf_map_type>(map->def.type); }
int bpf_map__set_type(struct bpf_map* map, enum bpf_map_type type) {
  if (map->fd >= 0) return set_errno(-EBUSY);
  map->def.type = std::bit_cast<uint32_t>(type);
  return 0;
}

__u32 bpf_map__value_size(const struct bpf_map* map) { return map->def.value_size; }
int bpf_map__set_value_size(struct bpf_map* map, __u32 size) {
  if (map->fd >= 0) return set_errno(-EBUSY);
  // The code knows where its global data lies; another size would need another layout.
  if (map->is_internal() && size != map->def.value_size) return set_errno(-EOPNOTSUPP);
  map->def.value_size = size;
  return 0;
}

__u64 bpf_map__map_extra(const struct bpf_map* map) { return map->def.map_extra; }
int bpf_map__set_map_extra(struct bpf_map* map, __u64 map_extra) {
  if (map->fd >= 0) return set_errno(-EBUSY);
  map->def.map_extra = map_extra;
  return 0;
}

int bpf_map__set_initial_value(struct bpf_map* map, const void* data, size_t size) {
  if (!map->is_internal() || size != map->def.value_size || map->fd >= 0) return set_errno(-EINVAL);
  memcpy(map->initial.data(), data, size);
  return 0;
}
const void* bpf_map__initial_value(struct bpf_map* map, size_t* psize) {
  if (!map->is_internal()) return nullptr;
  *psize = map->initial.size();
  return map->initial.data();
}

int bpf_map__set_inner_map_fd(struct bpf_map* map, int fd) {
  if (map->def.type != BPF_MAP_TYPE_ARRAY_OF_MAPS && map->def.type != BPF_MAP_TYPE_HASH_OF_MAPS) {
    LOG_WARN("error: unsupported map type\n");
    return set_errno(-EINVAL);
  }
  if (map->inner_fd != -1) {
    LOG_WARN("error: inner_map_fd already specified\n");
    return set_errno(-EINVAL);
  }
  map->inner.reset();
  map->inner_fd = fd;
  return 0;
}
struct bpf_map* bpf_map__inner_map(struct bpf_map* map) {
  if (map->def.type != BPF_MAP_TYPE_ARRAY_OF_MAPS && map->def.type != BPF_MAP_TYPE_HASH_OF_MAPS) {
    return null_with(Errno::kENOTSUPP);
  }
  return map->inner.get();
}

int bpf_map__reuse_fd(struct bpf_map* map, int fd) {
  struct bpf_map_info info = {};
  __u32 info_bytes = sizeof(info);
  const int r = bpf_obj_get_info_by_fd(fd, &info, &info_bytes);
  if (r < 0) return r;
  const long own = sys::duplicate(fd);
  if (own < 0) return static_cast<int>(set_errno(own));
  if (map->fd >= 0) sys::close(map->fd);
  map->fd = static_cast<int>(own);
  map->def = {.type = info.type,
              .key_size = info.key_size,
              .value_size = info.value_size,
              .max_entries = info.max_entries,
              .map_flags = info.map_flags,
              .map_extra = info.map_extra};
  map->btf_key_type_id = info.btf_key_type_id;
  map->btf_value_type_id = info.btf_value_type_id;
  map->reused = true;
  return 0;
}

namespace {

bool is_per_cpu(uint32_t type) {
  return type == BPF_MAP_TYPE_PERCPU_ARRAY || type == BPF_MAP_TYPE_PERCPU_HASH ||
         type == BPF_MAP_TYPE_LRU_PERCPU_HASH || type == BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE;
}

// 0 when an operation with these sizes may go to the kernel, or -errno with the reason printed.
int check_sizes(const bpf_map& map, size_t key_bytes, size_t value_bytes, bool has_value) {
  if (map.fd < 0) return -ENOENT;
  if (map.def.key_size != key_bytes) {
    LOG_WARN("map '%s': unexpected key size %zu provided, expected %u\n", map.shown_name(), key_bytes,
             map.def.key_size);
    return -EINVAL;
  }
  if (!has_value) return 0;
  size_t wanted = map.def.value_size;
  if (is_per_cpu(map.def.type)) {
    const int cpus = libbpf_num_possible_cpus();
    if (cpus < 0) return cpus;
    wanted = static_cast<size_t>(cpus) * ((wanted + 7) / 8 * 8);
  }
  if (value_bytes != wanted) {
    LOG_WARN("map '%s': unexpected value size %zu provided, expected %zu\n", map.shown_name(), value_bytes, wanted);
    return -EINVAL;
  }
  return 0;
}

}  // namespace

int bpf_map__lookup_elem(const struct bpf_map* map, const void* key, size_t key_sz, void* value, size_t value_sz,
                         __u64 flags) {
  const int r = check_sizes(*map, key_sz, value_sz, true);
  return r < 0 ? set_errno(r) : bpf_map_lookup_elem_flags(map->fd, key, value, flags);
}
int bpf_map__update_elem(const struct bpf_map* map, const void* key, size_t key_sz, const void* value, size_t value_sz,
                         __u64 flags) {
  const int r = check_sizes(*map, key_sz, value_sz, true);
  return r < 0 ? set_errno(r) : bpf_map_update_elem(map->fd, key, value, flags);
}
int bpf_map__delete_elem(const struct bpf_map* map, const void* key, size_t key_sz, __u64 flags) {
  const int r = check_sizes(*map, key_sz, 0, false);
  return r < 0 ? set_errno(r) : bpf_map_delete_elem_flags(map->fd, key, flags);
}
int bpf_map__lookup_and_delete_elem(const struct bpf_map* map, const void* key, size_t key_sz, void* value,
                                    size_t value_sz, __u64 flags) {
  const int r = check_sizes(*map, key_sz, value_sz, true);
  return r < 0 ? set_errno(r) : bpf_map_lookup_and_delete_elem_flags(map->fd, key, value, flags);
}
int bpf_map__get_next_key(const struct bpf_map* map, const void* cur_key, void* next_key, size_t key_sz) {
  const int r = check_sizes(*map, key_sz, 0, false);
  return r < 0 ? set_errno(r) : bpf_map_get_next_key(map->fd, cur_key, next_key);
}
