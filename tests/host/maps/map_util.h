// Maps for tests, with typed keys and values.
#pragma once

#include <string.h>

#include <catch2/catch.hpp>
#include <vector>

#include "bpf/maps/registry.h"
#include "tests/host/platform/leak_check.h"

// A number of the kernel only; C libraries do not know it.
#ifndef ENOTSUPP
#define ENOTSUPP 524
#endif

namespace skep::test {

using bpf::Map;
using bpf::MapAttributes;

inline MapAttributes attributes(uint32_t type, uint32_t key, uint32_t value, uint32_t entries, uint32_t flags = 0) {
  return {.type = type, .key_size = key, .value_size = value, .max_entries = entries, .flags = flags};
}

inline Ref<Map> make_map(const MapAttributes& a) {
  auto map = bpf::create_map(a);
  REQUIRE(map.has_value());
  return std::move(*map);
}

// 0 for success, else the error number.
template <typename T>
int code_of(const Result<T>& r) {
  return r ? 0 : static_cast<int>(r.error());
}

template <typename V>
int user_update(Map& map, const void* key, const V& value, uint64_t flags = BPF_ANY) {
  std::vector<uint8_t> bytes(map.user_value_size());
  memcpy(bytes.data(), &value, std::min(sizeof(value), bytes.size()));
  return code_of(map.update_from_user(key, bytes, flags));
}

}  // namespace skep::test
