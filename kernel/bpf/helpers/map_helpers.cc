// Map access from programs. The verifier has matched key and value sizes with the map's.
#include "bpf/helpers/functions.h"
#include "bpf/helpers/result.h"
#include "bpf/maps/map.h"

namespace skep::bpf {
namespace {
Map& map_of(uint64_t r) { return *reinterpret_cast<Map*>(r); }
const void* memory(uint64_t r) { return reinterpret_cast<const void*>(r); }
}  // namespace

uint64_t helper_map_lookup_elem(uint64_t map, uint64_t key, uint64_t, uint64_t, uint64_t) {
  return reinterpret_cast<uint64_t>(map_of(map).lookup(memory(key)));
}

uint64_t helper_map_update_elem(uint64_t map, uint64_t key, uint64_t value, uint64_t flags, uint64_t) {
  return helper_result(map_of(map).update(memory(key), memory(value), flags));
}

uint64_t helper_map_delete_elem(uint64_t map, uint64_t key, uint64_t, uint64_t, uint64_t) {
  return helper_result(map_of(map).erase(memory(key)));
}

uint64_t helper_map_lookup_percpu_elem(uint64_t map, uint64_t key, uint64_t cpu, uint64_t, uint64_t) {
  if (static_cast<uint32_t>(cpu) >= platform::cpu_count()) return 0;
  return reinterpret_cast<uint64_t>(map_of(map).lookup_on_cpu(memory(key), static_cast<uint32_t>(cpu)));
}

}  // namespace skep::bpf
