// The one table of map types: what MAP_CREATE may ask of each, how it is made, which helpers may be called on it. To
// add a map type, write its file, then its row here.
#pragma once

#include <stdint.h>

#include <string_view>

#include "bpf/maps/map.h"

namespace skep::bpf {

// A type's lookup by itself, called as the helper is, with a map and a key: for compiled programs, which know the map
// and need not ask it. Any context, preemption off.
using MapLookup = uint64_t (*)(uint64_t map, uint64_t key);

struct MapType {
  uint32_t type;          // enum bpf_map_type
  std::string_view name;  // as bpftool prints it
  uint32_t allowed_flags;
  // Linux's map_alloc_check: the sizes and flags that this type refuses. EINVAL, E2BIG, ENOTSUPP.
  Result<void> (*check)(const MapAttributes& attributes);
  Result<Ref<Map>> (*create)(const MapAttributes& attributes);  // after check(); ENOMEM, E2BIG
  // Instead of it, for maps of maps: `inner` shows what every map in it is like. EINVAL, ENOTSUPP, too.
  Result<Ref<Map>> (*create_outer)(const MapAttributes& attributes, const Map& inner) = nullptr;
  MapLookup lookup = nullptr;  // where that is worth it
};

// nullptr for a type that does not exist here.
const MapType* find_map_type(uint32_t type);

// nullptr: programs call the helper.
MapLookup find_map_lookup(uint32_t type);

// Checks attributes as far as the type decides, then makes the map. EINVAL for an unknown type. Task.
// `inner` is for maps of maps, which need one (EINVAL); others ignore it.
Result<Ref<Map>> create_map(const MapAttributes& attributes, const Map* inner = nullptr);
// For judging programs that never run (skep verify): as create_map(), and for types that do not exist here a map that
// holds nothing.
Result<Ref<Map>> create_judged_map(const MapAttributes& attributes, const Map* inner = nullptr);

// Whether programs may call helper `id` on maps of this type (Linux: check_map_func_compatibility).
bool map_type_allows_helper(uint32_t map_type, int32_t id);

}  // namespace skep::bpf
