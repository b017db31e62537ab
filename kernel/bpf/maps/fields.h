// Structures of the kernel's that lie in a map's values, found by the map's BTF. Programs hand them to helpers and
// touch none of their bytes.
#pragma once

#include <stdint.h>

#include <array>

#include "bpf/platform.h"

namespace skep::bpf {

class Map;

inline constexpr uint32_t kSpinLockBytes = 4;  // struct bpf_spin_lock
inline constexpr uint32_t kTimerBytes = 16;    // struct bpf_timer

struct FieldSpan {
  uint32_t offset = 0;  // in the value
  uint32_t bytes = 0;   // 0: there is no such field
};

struct MapFields {
  int32_t spin_lock = -1;  // offsets in the value; -1: the value has none, or more than one, which nobody can use
  int32_t timer = -1;
  int32_t kptr = -1;  // none yet: no function hands out pointers to keep

  bool any() const { return (spin_lock & timer) >= 0; }  // negative only when both are
  // By offset.
  std::array<FieldSpan, 2> in_order() const {
    const FieldSpan lock = spin_lock < 0 ? FieldSpan{} : FieldSpan{static_cast<uint32_t>(spin_lock), kSpinLockBytes};
    const FieldSpan clock = timer < 0 ? FieldSpan{} : FieldSpan{static_cast<uint32_t>(timer), kTimerBytes};
    if (lock.offset < clock.offset) return {lock, clock};
    return {clock, lock};
  }
};

// None for a map without BTF. Linux: btf_find_spin_lock, btf_find_timer. Any context that may read the map.
MapFields find_map_fields(const Map& map);

// A struct bpf_spin_lock is one of the platform's locks: 0 is free in both.
inline platform::Lock& lock_at(void* address) { return *static_cast<platform::Lock*>(address); }
inline platform::Lock& lock_in_value(void* value, const MapFields& fields) {
  return lock_at(static_cast<uint8_t*>(value) + fields.spin_lock);
}
static_assert(sizeof(platform::Lock) == kSpinLockBytes);

}  // namespace skep::bpf
