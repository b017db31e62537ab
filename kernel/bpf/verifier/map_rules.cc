// Which programs may use a map, and which helpers.
#include "bpf/maps/registry.h"
#include "bpf/verifier/analysis.h"
#include "uapi/bpf_helper_ids.h"

namespace skep::bpf::verifier {
namespace {

// Linux: check_map_prog_compatibility. Maps whose operations a program that may sleep can use.
bool fits_sleepable(uint32_t type) {
  switch (type) {
    case BPF_MAP_TYPE_HASH:
    case BPF_MAP_TYPE_LRU_HASH:
    case BPF_MAP_TYPE_ARRAY:
    case BPF_MAP_TYPE_PERCPU_HASH:
    case BPF_MAP_TYPE_PERCPU_ARRAY:
    case BPF_MAP_TYPE_LRU_PERCPU_HASH:
    case BPF_MAP_TYPE_ARRAY_OF_MAPS:
    case BPF_MAP_TYPE_HASH_OF_MAPS:
    case BPF_MAP_TYPE_RINGBUF:
    case BPF_MAP_TYPE_USER_RINGBUF:
    case BPF_MAP_TYPE_INODE_STORAGE:
    case BPF_MAP_TYPE_SK_STORAGE:
    case BPF_MAP_TYPE_TASK_STORAGE:
      return true;
    default:
      return false;
  }
}

bool changes_map(int32_t id) {
  return id == BPF_FUNC_map_update_elem || id == BPF_FUNC_map_delete_elem || id == BPF_FUNC_map_push_elem ||
         id == BPF_FUNC_map_pop_elem;
}

}  // namespace

bool Analysis::check_map_use(const Map& m) {
  if ((request_.prog_flags & BPF_F_SLEEPABLE) != 0 && !fits_sleepable(m.attributes().type)) {
    return refuse(Rule::kMapSleepable, {m.attributes().type});
  }
  return true;
}

// Linux: check_map_func_compatibility and record_func_map.
bool Analysis::check_map_pair(const CallFacts& call) {
  const MapAttributes& m = map(call.map).attributes();
  const int32_t id = call.helper->id;
  if (!map_type_allows_helper(m.type, id)) return refuse(Rule::kMapHelperPair, {m.type, id}, call.map_register);
  if ((m.flags & BPF_F_RDONLY_PROG) != 0 && changes_map(id)) {
    return refuse(Rule::kMapHelperWrite, {}, call.map_register);
  }
  return true;
}

}  // namespace skep::bpf::verifier
