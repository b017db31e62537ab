#include "bpf/maps/registry.h"

#include <bit>

#include "bpf/maps/array.h"
#include "bpf/maps/described.h"
#include "bpf/maps/fd_array.h"
#include "bpf/maps/hash.h"
#include "bpf/maps/hash_of_maps.h"
#include "bpf/maps/ringbuf.h"
#include "bpf/maps/stack_trace.h"

namespace skep::bpf {
namespace {

constexpr uint32_t kAccessFlags = BPF_F_RDONLY | BPF_F_WRONLY | BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG;
constexpr uint32_t kProgramAccessFlags = BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG;

// Largest key plus value of a hash element: what one kmalloc gives on Linux, less its own header there. User space
// tests for exactly this E2BIG.
constexpr uint64_t kMaxHashElementBytes = (uint64_t{4} << 20) - 48;
// Largest value of a per-CPU map: one unit of Linux's per-CPU allocator.
constexpr uint32_t kMaxPerCpuValueBytes = 32 << 10;

Result<void> check_access_flags(uint32_t flags) {
  if ((flags & kProgramAccessFlags) == kProgramAccessFlags) return fail(Errno::kEINVAL);
  return {};
}

Result<void> check_array(const MapAttributes& a) {
  const bool per_cpu = a.type == BPF_MAP_TYPE_PERCPU_ARRAY;
  if (a.max_entries == 0 || a.key_size != 4 || a.value_size == 0) return fail(Errno::kEINVAL);
  TRY(check_access_flags(a.flags));
  if (per_cpu && a.flags & BPF_F_NUMA_NODE) return fail(Errno::kEINVAL);
  if (a.value_size > INT32_MAX) return fail(Errno::kE2BIG);
  if (per_cpu && value_stride(a.value_size) > kMaxPerCpuValueBytes) return fail(Errno::kE2BIG);
  return {};
}

Result<void> check_hash(const MapAttributes& a) {
  const bool per_cpu = a.type == BPF_MAP_TYPE_PERCPU_HASH;
  TRY(check_access_flags(a.flags));
  if (per_cpu && a.flags & BPF_F_NUMA_NODE) return fail(Errno::kEINVAL);
  if (a.max_entries == 0 || a.key_size == 0 || a.value_size == 0) return fail(Errno::kEINVAL);
  if (static_cast<uint64_t>(a.key_size) + a.value_size >= kMaxHashElementBytes) return fail(Errno::kE2BIG);
  if (per_cpu && value_stride(a.value_size) > kMaxPerCpuValueBytes) return fail(Errno::kE2BIG);
  if (a.max_entries > uint32_t{1} << 31) return fail(Errno::kE2BIG);  // no power of two of buckets above
  return {};
}

// Linux: fd_array_map_alloc_check. Elements are descriptors.
Result<void> check_fd_array(const MapAttributes& a) {
  if (a.value_size != sizeof(uint32_t)) return fail(Errno::kEINVAL);
  return check_array(a);
}

Result<void> check_hash_of_maps(const MapAttributes& a) {
  if (a.value_size != sizeof(uint32_t)) return fail(Errno::kEINVAL);
  return check_hash(a);
}

// Linux: ringbuf_map_alloc. The buffer is whole pages, a power of two of them.
Result<void> check_ringbuf(const MapAttributes& a) {
  constexpr uint32_t kPageBytes = 4096;
  if (a.key_size != 0 || a.value_size != 0 || !std::has_single_bit(a.max_entries) || a.max_entries % kPageBytes != 0) {
    return fail(Errno::kEINVAL);
  }
  return {};
}

// Linux: stack_map_alloc.
Result<void> check_stack_trace(const MapAttributes& a) {
  constexpr uint32_t kMaxFrames = 127;    // /proc/sys/kernel/perf_event_max_stack
  constexpr uint32_t kBuildIdBytes = 32;  // struct bpf_stack_build_id
  const uint32_t frame_bytes = (a.flags & BPF_F_STACK_BUILD_ID) != 0 ? kBuildIdBytes : sizeof(uint64_t);
  if (a.max_entries == 0 || a.key_size != 4 || a.value_size < 8 || a.value_size % 8 != 0) return fail(Errno::kEINVAL);
  if (a.value_size % frame_bytes != 0 || a.value_size / frame_bytes > kMaxFrames) return fail(Errno::kEINVAL);
  if (a.max_entries > uint32_t{1} << 31) return fail(Errno::kE2BIG);
  return {};
}

constexpr uint32_t kUserAccessFlags = BPF_F_NUMA_NODE | BPF_F_RDONLY | BPF_F_WRONLY;
constexpr uint32_t kArrayFlags = BPF_F_NUMA_NODE | kAccessFlags;
constexpr uint32_t kHashFlags = BPF_F_NO_PREALLOC | BPF_F_NUMA_NODE | BPF_F_ZERO_SEED | kAccessFlags;

constexpr MapType kTypes[] = {
    {BPF_MAP_TYPE_HASH, "hash", kHashFlags, check_hash, HashMap::create, nullptr, HashMap::lookup_element},
    {BPF_MAP_TYPE_ARRAY, "array", kArrayFlags | BPF_F_MMAPABLE | BPF_F_INNER_MAP, check_array, ArrayMap::create},
    {BPF_MAP_TYPE_PROG_ARRAY, "prog_array", kUserAccessFlags, check_fd_array, ProgArrayMap::create},
    {BPF_MAP_TYPE_PERF_EVENT_ARRAY, "perf_event_array", kUserAccessFlags | BPF_F_PRESERVE_ELEMS, check_fd_array,
     PerfEventArrayMap::create},
    {BPF_MAP_TYPE_PERCPU_HASH, "percpu_hash", kHashFlags, check_hash, HashMap::create},
    {BPF_MAP_TYPE_PERCPU_ARRAY, "percpu_array", kArrayFlags, check_array, PerCpuArrayMap::create},
    {BPF_MAP_TYPE_STACK_TRACE, "stack_trace", kUserAccessFlags | BPF_F_STACK_BUILD_ID, check_stack_trace,
     StackTraceMap::create},
    {BPF_MAP_TYPE_ARRAY_OF_MAPS, "array_of_maps", kUserAccessFlags, check_fd_array, nullptr, ArrayOfMaps::create},
    {BPF_MAP_TYPE_HASH_OF_MAPS, "hash_of_maps", kHashFlags, check_hash_of_maps, nullptr, HashOfMaps::create},
    {BPF_MAP_TYPE_RINGBUF, "ringbuf", BPF_F_NUMA_NODE, check_ringbuf, RingbufMap::create},
};

// The map types that a special helper works on; 0 ends the list. A helper without a row works on every type that takes
// it.
struct HelperMaps {
  int32_t id;
  uint8_t types[4];
};
constexpr HelperMaps kHelperMaps[] = {
    {BPF_FUNC_tail_call, {BPF_MAP_TYPE_PROG_ARRAY}},
    {BPF_FUNC_perf_event_read, {BPF_MAP_TYPE_PERF_EVENT_ARRAY}},
    {BPF_FUNC_perf_event_output, {BPF_MAP_TYPE_PERF_EVENT_ARRAY}},
    {BPF_FUNC_perf_event_read_value, {BPF_MAP_TYPE_PERF_EVENT_ARRAY}},
    {BPF_FUNC_skb_output, {BPF_MAP_TYPE_PERF_EVENT_ARRAY}},
    {BPF_FUNC_xdp_output, {BPF_MAP_TYPE_PERF_EVENT_ARRAY}},
    {BPF_FUNC_ringbuf_output, {BPF_MAP_TYPE_RINGBUF}},
    {BPF_FUNC_ringbuf_reserve, {BPF_MAP_TYPE_RINGBUF}},
    {BPF_FUNC_ringbuf_query, {BPF_MAP_TYPE_RINGBUF}},
    {BPF_FUNC_ringbuf_reserve_dynptr, {BPF_MAP_TYPE_RINGBUF}},
    {BPF_FUNC_ringbuf_submit_dynptr, {BPF_MAP_TYPE_RINGBUF}},
    {BPF_FUNC_ringbuf_discard_dynptr, {BPF_MAP_TYPE_RINGBUF}},
    {BPF_FUNC_user_ringbuf_drain, {BPF_MAP_TYPE_USER_RINGBUF}},
    {BPF_FUNC_get_stackid, {BPF_MAP_TYPE_STACK_TRACE}},
    {BPF_FUNC_current_task_under_cgroup, {BPF_MAP_TYPE_CGROUP_ARRAY}},
    {BPF_FUNC_map_pop_elem, {BPF_MAP_TYPE_QUEUE, BPF_MAP_TYPE_STACK}},
    {BPF_FUNC_map_peek_elem, {BPF_MAP_TYPE_QUEUE, BPF_MAP_TYPE_STACK, BPF_MAP_TYPE_BLOOM_FILTER}},
    {BPF_FUNC_map_push_elem, {BPF_MAP_TYPE_QUEUE, BPF_MAP_TYPE_STACK, BPF_MAP_TYPE_BLOOM_FILTER}},
    {BPF_FUNC_map_lookup_percpu_elem,
     {BPF_MAP_TYPE_PERCPU_ARRAY, BPF_MAP_TYPE_PERCPU_HASH, BPF_MAP_TYPE_LRU_PERCPU_HASH}},
    {BPF_FUNC_sk_storage_get, {BPF_MAP_TYPE_SK_STORAGE}},
    {BPF_FUNC_sk_storage_delete, {BPF_MAP_TYPE_SK_STORAGE}},
    {BPF_FUNC_task_storage_get, {BPF_MAP_TYPE_TASK_STORAGE}},
    {BPF_FUNC_task_storage_delete, {BPF_MAP_TYPE_TASK_STORAGE}},
};

// Map types that take nothing but the helpers of kHelperMaps, and those named here.
bool takes_plain_helpers(uint32_t type, int32_t id) {
  switch (type) {
    case BPF_MAP_TYPE_PROG_ARRAY:
    case BPF_MAP_TYPE_PERF_EVENT_ARRAY:
    case BPF_MAP_TYPE_RINGBUF:
    case BPF_MAP_TYPE_USER_RINGBUF:
    case BPF_MAP_TYPE_STACK_TRACE:
    case BPF_MAP_TYPE_CGROUP_ARRAY:
    case BPF_MAP_TYPE_QUEUE:
    case BPF_MAP_TYPE_STACK:
    case BPF_MAP_TYPE_BLOOM_FILTER:
    case BPF_MAP_TYPE_SK_STORAGE:
    case BPF_MAP_TYPE_INODE_STORAGE:
    case BPF_MAP_TYPE_TASK_STORAGE:
    case BPF_MAP_TYPE_CGROUP_STORAGE:
    case BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE:
    case BPF_MAP_TYPE_CPUMAP:
    case BPF_MAP_TYPE_STRUCT_OPS:
    case BPF_MAP_TYPE_REUSEPORT_SOCKARRAY:
      return false;
    case BPF_MAP_TYPE_ARRAY_OF_MAPS:
    case BPF_MAP_TYPE_HASH_OF_MAPS:
    case BPF_MAP_TYPE_DEVMAP:
    case BPF_MAP_TYPE_DEVMAP_HASH:
    case BPF_MAP_TYPE_XSKMAP:
      return id == BPF_FUNC_map_lookup_elem;
    case BPF_MAP_TYPE_SOCKMAP:
    case BPF_MAP_TYPE_SOCKHASH:
      return id == BPF_FUNC_map_lookup_elem || id == BPF_FUNC_map_update_elem || id == BPF_FUNC_map_delete_elem;
    default:
      return true;
  }
}

}  // namespace

const MapType* find_map_type(uint32_t type) {
  for (const MapType& t : kTypes) {
    if (t.type == type) return &t;
  }
  return nullptr;
}

MapLookup find_map_lookup(uint32_t type) {
  const MapType* found = find_map_type(type);
  return found != nullptr ? found->lookup : nullptr;
}

Result<Ref<Map>> create_map(const MapAttributes& attributes, const Map* inner) {
  const MapType* type = find_map_type(attributes.type);
  if (!type || attributes.flags & ~type->allowed_flags) return fail(Errno::kEINVAL);
  TRY(type->check(attributes));
  if (!type->create_outer) return type->create(attributes);
  if (!inner) return fail(Errno::kEINVAL);
  return type->create_outer(attributes, *inner);
}

Result<Ref<Map>> create_judged_map(const MapAttributes& attributes, const Map* inner) {
  if (find_map_type(attributes.type)) return create_map(attributes, inner);
  if (attributes.type == BPF_MAP_TYPE_UNSPEC || attributes.type > BPF_MAP_TYPE_USER_RINGBUF) {
    return fail(Errno::kEINVAL);
  }
  return DescribedMap::create(attributes);
}

bool map_type_allows_helper(uint32_t map_type, int32_t id) {
  for (const HelperMaps& row : kHelperMaps) {
    if (row.id != id) continue;
    for (const uint8_t type : row.types) {
      if (type != 0 && type == map_type) return true;
    }
    return false;
  }
  return takes_plain_helpers(map_type, id);
}

}  // namespace skep::bpf
