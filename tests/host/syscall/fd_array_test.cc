// Maps whose elements user space hands in as descriptors.
#include "tests/host/syscall/syscall_util.h"

using namespace skep;
using namespace skep::test;

namespace {

long element(uint32_t command, int fd, const void* key, void* value, uint64_t flags = 0) {
  host::UserWindow k(key, 8);
  host::UserWindow v(value, 4);
  bpf_attr a = zero_attr();
  a.map_fd = static_cast<uint32_t>(fd);
  a.key = k.address();
  if (command != BPF_MAP_DELETE_ELEM) a.value = v.address();
  a.flags = flags;
  return sys(command, a);
}
long put(int map, uint64_t key, int fd, uint64_t flags = 0) {
  return element(BPF_MAP_UPDATE_ELEM, map, &key, &fd, flags);
}
long get(int map, uint64_t key, uint32_t& id) { return element(BPF_MAP_LOOKUP_ELEM, map, &key, &id); }
long drop(int map, uint64_t key) {
  uint32_t none = 0;
  return element(BPF_MAP_DELETE_ELEM, map, &key, &none);
}
uint32_t program_id(int fd) {
  bpf_prog_info info{};
  REQUIRE(get_info(fd, info) == 0);
  return info.id;
}
uint32_t map_id(int fd) {
  bpf_map_info info{};
  REQUIRE(get_info(fd, info) == 0);
  return info.id;
}
int make_outer_fd(uint32_t type, uint32_t key, int inner) {
  bpf_attr a = map_attr(type, key, 4, 4);
  a.inner_map_fd = static_cast<uint32_t>(inner);
  const long fd = sys(BPF_MAP_CREATE, a);
  REQUIRE(fd >= 0);
  return static_cast<int>(fd);
}

}  // namespace

TEST_CASE("prog_array: elements are programs of one type", "[syscall]") {
  Session session;
  const int map = make_map_fd(BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 4);
  const int program = load_fd(kReturnZero);
  uint32_t id = 0;
  CHECK(get(map, 0, id) == -ENOENT);
  CHECK(put(map, 0, program) == 0);
  REQUIRE(get(map, 0, id) == 0);
  CHECK(id == program_id(program));
  CHECK(put(map, 4, program) == -E2BIG);
  CHECK(put(map, 0, program, BPF_NOEXIST) == -EINVAL);
  CHECK(put(map, 0, 999) == -EBADF);
  CHECK(put(map, 0, map) == -EINVAL);
  CHECK(put(map, 0, load_fd(kReturnZero, BPF_PROG_TYPE_KPROBE)) == -EINVAL);
  CHECK(drop(map, 0) == 0);
  CHECK(drop(map, 0) == -ENOENT);
  CHECK(drop(map, 4) == -E2BIG);
}

TEST_CASE("prog_array: a program that uses it must be of its type", "[syscall]") {
  Session session;
  const int map = make_map_fd(BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 4);
  const Code uses = join({map_fd(1, map), kReturnZero});
  CHECK(put(map, 0, load_fd(kReturnZero, BPF_PROG_TYPE_KPROBE)) == 0);
  CHECK(load_program(uses, BPF_PROG_TYPE_SOCKET_FILTER).result == -EINVAL);
  CHECK(load_program(uses, BPF_PROG_TYPE_KPROBE).result >= 0);
}

// The leak check of the session is what this is about.
TEST_CASE("prog_array: a program inside that holds the array goes with the last descriptor", "[syscall]") {
  Session session;
  const int map = make_map_fd(BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 4);
  const int program = load_fd(join({map_fd(1, map), kReturnZero}));
  CHECK(put(map, 1, program) == 0);
}

TEST_CASE("prog_array: a second descriptor keeps its elements", "[syscall]") {
  Session session;
  const int map = make_map_fd(BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 4);
  CHECK(put(map, 1, load_fd(kReturnZero)) == 0);
  const uint32_t id_of_map = map_id(map);
  const long second = sys(BPF_MAP_GET_FD_BY_ID, [&](bpf_attr& a) { a.map_id = id_of_map; });
  REQUIRE(second >= 0);
  host::close_descriptor(map);
  uint32_t id = 0;
  CHECK(get(static_cast<int>(second), 1, id) == 0);
}

TEST_CASE("maps of maps: elements are maps like the example", "[syscall]") {
  Session session;
  const int inner = make_map_fd(BPF_MAP_TYPE_ARRAY, 4, 8, 2);
  bpf_attr bad = map_attr(BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4, 4);
  bad.inner_map_fd = 999;
  CHECK(sys(BPF_MAP_CREATE, bad) == -EBADF);
  for (const uint32_t type : {BPF_MAP_TYPE_ARRAY_OF_MAPS, BPF_MAP_TYPE_HASH_OF_MAPS}) {
    const int outer = make_outer_fd(type, type == BPF_MAP_TYPE_ARRAY_OF_MAPS ? 4 : 8, inner);
    uint32_t id = 0;
    CHECK(get(outer, 1, id) == -ENOENT);
    CHECK(put(outer, 1, inner) == 0);
    REQUIRE(get(outer, 1, id) == 0);
    CHECK(id == map_id(inner));
    const int other = make_map_fd(BPF_MAP_TYPE_ARRAY, 4, 8, 2);
    CHECK(put(outer, 1, other) == 0);
    REQUIRE(get(outer, 1, id) == 0);
    CHECK(id == map_id(other));
    CHECK(put(outer, 1, make_map_fd(BPF_MAP_TYPE_ARRAY, 4, 16, 2)) == -EINVAL);
    CHECK(put(outer, 1, make_map_fd(BPF_MAP_TYPE_ARRAY, 4, 8, 3)) == -EINVAL);
    CHECK(put(outer, 1, make_map_fd(BPF_MAP_TYPE_HASH, 4, 8, 2)) == -EINVAL);
    CHECK(put(outer, 1, load_fd(kReturnZero)) == -EINVAL);
    CHECK(put(outer, 1, 999) == -EBADF);
    CHECK(drop(outer, 1) == 0);
    CHECK(drop(outer, 1) == -ENOENT);
    CHECK(put(outer, 2, inner) == 0);  // goes with the map
  }
}

TEST_CASE("perf_event_array: nothing can be put in yet", "[syscall]") {
  Session session;
  const int map = make_map_fd(BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 4);
  uint32_t id = 0;
  CHECK(get(map, 0, id) == -ENOTSUPP);
  CHECK(put(map, 0, map) == -EINVAL);
  CHECK(put(map, 0, 999) == -EBADF);
  CHECK(drop(map, 0) == -ENOENT);
}
