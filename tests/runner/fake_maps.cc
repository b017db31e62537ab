#include "tests/runner/fake_maps.h"

#include <string.h>

#include <new>

namespace skep::runner {

// In the hash, every third key has no element.
void* FakeMap::lookup(const void* key) {
  uint32_t index = 0;
  memcpy(&index, key, sizeof(index));
  if (index >= attributes().max_entries) return nullptr;
  if (attributes().type == BPF_MAP_TYPE_HASH && index % 3 == 2) return nullptr;
  return values_ + size_t{index} * bpf::value_stride(attributes().value_size);
}

std::span<FakeMap* const> fake_maps(uint8_t* memory) {
  alignas(FakeMap) static uint8_t storage[kFakeMapCount][sizeof(FakeMap)];
  static FakeMap* maps[kFakeMapCount];
  for (uint32_t n = 0; n < kFakeMapCount && maps[n] == nullptr; n++) {
    const FakeMapShape& s = kFakeMaps[n];
    maps[n] = new (storage[n])
        FakeMap({.type = s.type, .key_size = 4, .value_size = s.value_size, .max_entries = s.entries}, memory + s.at);
  }
  return maps;
}

}  // namespace skep::runner
