// What MAP_CREATE refuses, by type: Linux's array_map_alloc_check() and htab_map_alloc_check().
#include "tests/host/maps/map_util.h"

using namespace skep;
using namespace skep::test;
using namespace skep::bpf;

namespace {
int create_error(const MapAttributes& a) {
  const int code = code_of(create_map(a));
  return code;
}
constexpr uint32_t kAll[] = {BPF_MAP_TYPE_ARRAY, BPF_MAP_TYPE_PERCPU_ARRAY, BPF_MAP_TYPE_HASH,
                             BPF_MAP_TYPE_PERCPU_HASH};
}  // namespace

TEST_CASE("every map type can be made and leaves nothing behind", "[maps]") {
  for (const uint32_t type : kAll) {
    host::LeakCheck leaks;
    auto map = make_map(attributes(type, 4, 24, 7));
    CHECK(map->attributes().type == type);
    CHECK(map->user_value_size() == (map->is_per_cpu() ? 24 * platform::cpu_count() : 24));
    CHECK(map->memory_bytes() >= 7 * 24);
  }
}

TEST_CASE("map sizes and flags that are refused", "[maps]") {
  host::LeakCheck leaks;
  constexpr auto array = BPF_MAP_TYPE_ARRAY;
  constexpr auto percpu_array = BPF_MAP_TYPE_PERCPU_ARRAY;
  constexpr auto hash = BPF_MAP_TYPE_HASH;
  constexpr auto percpu_hash = BPF_MAP_TYPE_PERCPU_HASH;
  for (const uint32_t type : kAll) {
    CHECK(create_error(attributes(type, 0, 8, 1)) == EINVAL);
    CHECK(create_error(attributes(type, 4, 0, 1)) == EINVAL);
    CHECK(create_error(attributes(type, 4, 8, 0)) == EINVAL);
    CHECK(create_error(attributes(type, 4, 8, 1, 1U << 31)) == EINVAL);
    CHECK(create_error(attributes(type, 4, 8, 1, BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG)) == EINVAL);
    CHECK(create_error(attributes(type, 4, 8, 1, BPF_F_RDONLY_PROG)) == 0);
    CHECK(create_error(attributes(type, 4, 8, 1, BPF_F_STACK_BUILD_ID)) == EINVAL);
    CHECK(create_error(attributes(type, 4, 8, 1, BPF_F_CLONE)) == EINVAL);
    CHECK(create_error(attributes(type, 4, 8, 1, BPF_F_NO_COMMON_LRU)) == EINVAL);
  }
  CHECK(create_error(attributes(array, 8, 8, 1)) == EINVAL);
  CHECK(create_error(attributes(array, 4, 8, 1, BPF_F_NO_PREALLOC)) == EINVAL);
  CHECK(create_error(attributes(array, 4, 8, 1, BPF_F_MMAPABLE)) == 0);
  CHECK(create_error(attributes(percpu_array, 4, 8, 1, BPF_F_MMAPABLE)) == EINVAL);
  CHECK(create_error(attributes(hash, 4, 8, 1, BPF_F_MMAPABLE)) == EINVAL);
  CHECK(create_error(attributes(hash, 4, 8, 1, BPF_F_NO_PREALLOC)) == 0);
  CHECK(create_error(attributes(array, 4, 0x80000000, 1)) == E2BIG);
  CHECK(create_error(attributes(array, 4, 0x7fffffff, 1)) == ENOMEM);
  CHECK(create_error(attributes(array, 4, 8, 0xffffffff)) == ENOMEM);
  CHECK(create_error(attributes(percpu_array, 4, 32768, 1)) == 0);
  CHECK(create_error(attributes(percpu_array, 4, 32769, 1)) == E2BIG);
  CHECK(create_error(attributes(percpu_hash, 4, 32769, 1)) == E2BIG);
  CHECK(create_error(attributes(hash, 1U << 22, 8, 1)) == E2BIG);
  CHECK(create_error(attributes(hash, 0xffffffff, 0xffffffff, 1)) == E2BIG);
  CHECK(create_error(attributes(hash, 4, 8, (1U << 31) + 1)) == E2BIG);
  CHECK(create_error(attributes(hash, 4, 8, 1U << 31)) == ENOMEM);
  CHECK(create_error(attributes(0, 4, 8, 1)) == EINVAL);
  CHECK(create_error(attributes(BPF_MAP_TYPE_LPM_TRIE, 4, 8, 1)) == EINVAL);
  CHECK(create_error(attributes(UINT32_MAX, 4, 8, 1)) == EINVAL);
}

TEST_CASE("a map is made whole or not at all", "[maps]") {
  for (const uint32_t type : kAll) {
    bool failed_once = false;
    for (uint64_t n = 1;; n++) {
      host::LeakCheck leaks;
      host::FailNthAllocation failing(n);
      const int error = create_error(attributes(type, 4, 64, 100));
      if (!failing.has_failed()) {
        CHECK(error == 0);
        break;
      }
      failed_once = true;
      CHECK(error == ENOMEM);
    }
    CHECK(failed_once);
  }
}

TEST_CASE("helpers go with the map types that they are for", "[maps]") {
  CHECK(map_type_allows_helper(BPF_MAP_TYPE_HASH, BPF_FUNC_map_update_elem));
  CHECK(map_type_allows_helper(BPF_MAP_TYPE_PERCPU_ARRAY, BPF_FUNC_map_lookup_percpu_elem));
  CHECK_FALSE(map_type_allows_helper(BPF_MAP_TYPE_ARRAY, BPF_FUNC_map_lookup_percpu_elem));
  CHECK_FALSE(map_type_allows_helper(BPF_MAP_TYPE_ARRAY, BPF_FUNC_tail_call));
  CHECK(map_type_allows_helper(BPF_MAP_TYPE_PROG_ARRAY, BPF_FUNC_tail_call));
  CHECK_FALSE(map_type_allows_helper(BPF_MAP_TYPE_PROG_ARRAY, BPF_FUNC_map_lookup_elem));
  CHECK(map_type_allows_helper(BPF_MAP_TYPE_ARRAY_OF_MAPS, BPF_FUNC_map_lookup_elem));
  CHECK_FALSE(map_type_allows_helper(BPF_MAP_TYPE_ARRAY_OF_MAPS, BPF_FUNC_map_update_elem));
  CHECK_FALSE(map_type_allows_helper(BPF_MAP_TYPE_HASH, BPF_FUNC_ringbuf_reserve));
}
