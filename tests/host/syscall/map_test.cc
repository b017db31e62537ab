// MAP_* commands from user space's side.
#include "tests/host/btf/btf_builder.h"
#include "tests/host/syscall/syscall_util.h"

using namespace skep;
using namespace skep::test;

namespace {

// One element operation with key and value in user memory.
struct Elements {
  uint32_t fd;
  uint64_t key = 0;
  uint64_t value[16] = {};
  uint64_t next = 0;
  host::UserWindow windows[3] = {{&key, sizeof(key)}, {value, sizeof(value)}, {&next, sizeof(next)}};

  long run(uint32_t command, uint64_t k, uint64_t flags = 0) {
    key = k;
    bpf_attr a = zero_attr();
    a.map_fd = fd;
    a.key = address_of(&key);
    if (command != BPF_MAP_DELETE_ELEM) a.value = address_of(value);
    a.flags = flags;
    return sys(command, a);
  }
  long update(uint64_t k, uint64_t v, uint64_t flags = 0) {
    value[0] = v;
    return run(BPF_MAP_UPDATE_ELEM, k, flags);
  }
  long lookup(uint64_t k, uint64_t flags = 0) { return run(BPF_MAP_LOOKUP_ELEM, k, flags); }
  long erase(uint64_t k) { return run(BPF_MAP_DELETE_ELEM, k); }
  long take(uint64_t k) { return run(BPF_MAP_LOOKUP_AND_DELETE_ELEM, k); }
  long next_of(const uint64_t* k) {
    if (k) key = *k;
    bpf_attr a = zero_attr();
    a.map_fd = fd;
    a.key = k ? address_of(&key) : 0;
    a.next_key = address_of(&next);
    return sys(BPF_MAP_GET_NEXT_KEY, a);
  }
};

long create(const Change& change) {
  bpf_attr a = map_attr(BPF_MAP_TYPE_HASH, 4, 8, 4);
  change(a);
  const long fd = sys(BPF_MAP_CREATE, a);
  if (fd >= 0) CHECK(host::descriptor_name(static_cast<int>(fd)) == "bpf-map");
  return fd;
}

}  // namespace

TEST_CASE("MAP_CREATE: attributes", "[syscall][maps]") {
  Session session;
  const auto error = [](auto change) {
    const long fd = create(change);
    return fd >= 0 ? 0 : fd;
  };
  CHECK(error([](bpf_attr&) {}) == 0);
  CHECK(error([](bpf_attr& a) { strcpy(a.map_name, "my_map.v2"); }) == 0);
  CHECK(error([](bpf_attr& a) { strcpy(a.map_name, "my-map"); }) == -EINVAL);
  CHECK(error([](bpf_attr& a) { memcpy(a.map_name, "fifteen_chars15", 16); }) == 0);
  CHECK(error([](bpf_attr& a) { memcpy(a.map_name, "sixteen_chars_16", 16); }) == -EINVAL);
  CHECK(error([](bpf_attr& a) { a.map_extra = 1; }) == -EINVAL);
  CHECK(error([](bpf_attr& a) { a.map_ifindex = 1; }) == -EINVAL);
  CHECK(error([](bpf_attr& a) { a.btf_vmlinux_value_type_id = 1; }) == -EINVAL);
  CHECK(error([](bpf_attr& a) { a.btf_key_type_id = 1; }) == -EINVAL);
  CHECK(error([](bpf_attr& a) { a.btf_value_type_id = 1, a.btf_fd = 99; }) == -EBADF);
  CHECK(error([](bpf_attr& a) { a.map_flags = BPF_F_RDONLY | BPF_F_WRONLY; }) == -EINVAL);
  CHECK(error([](bpf_attr& a) { a.map_flags = BPF_F_NUMA_NODE; }) == 0);
  CHECK(error([](bpf_attr& a) { a.map_flags = BPF_F_NUMA_NODE, a.numa_node = 1; }) == -EINVAL);
  CHECK(error([](bpf_attr& a) { a.numa_node = 1; }) == 0);  // without the flag nobody looks
  CHECK(error([](bpf_attr& a) { a.map_type = 77; }) == -EINVAL);
  CHECK(error([](bpf_attr& a) { a.key_size = 0; }) == -EINVAL);
  host::set_descriptor_limit(3);
  CHECK(error([](bpf_attr&) {}) == -EMFILE);
  host::set_descriptor_limit(1 << 20);
}

TEST_CASE("MAP_CREATE: key and value types from BTF", "[syscall][maps][btf]") {
  Session session;
  BtfBuilder b;
  const auto i32 = b.integer();
  const auto u64 = b.integer("u64", 8, 0);
  const auto variable = b.type(BtfKind::kVar, "v", u64, {1});
  const auto section = b.type(BtfKind::kDatasec, ".bss", 8, {variable, 0, 8}, 1);
  const auto key_struct = b.structure("k", 4, {{"x", i32, 0}});
  const auto blob = host::UserMemory::of(std::span<const uint8_t>(b.bytes()));
  bpf_attr a = zero_attr();
  a.btf = blob.address();
  a.btf_size = static_cast<uint32_t>(blob.size());
  const long btf = sys(BPF_BTF_LOAD, a);
  REQUIRE(btf >= 0);
  CHECK(host::descriptor_name(static_cast<int>(btf)) == "btf");
  const auto error = [&](uint32_t type, uint32_t key_type, uint32_t value_type, uint32_t entries = 4,
                         uint32_t key_size = 4) {
    const long fd = create([&](bpf_attr& m) {
      m = map_attr(type, key_size, 8, entries);
      m.btf_fd = static_cast<uint32_t>(btf);
      m.btf_key_type_id = key_type;
      m.btf_value_type_id = value_type;
    });
    return fd >= 0 ? 0 : fd;
  };
  CHECK(error(BPF_MAP_TYPE_HASH, i32, u64) == 0);
  CHECK(error(BPF_MAP_TYPE_HASH, key_struct, u64) == 0);
  CHECK(error(BPF_MAP_TYPE_HASH, u64, u64) == -EINVAL);
  CHECK(error(BPF_MAP_TYPE_HASH, i32, i32) == -EINVAL);
  CHECK(error(BPF_MAP_TYPE_HASH, i32, 999) == -EINVAL);
  CHECK(error(BPF_MAP_TYPE_HASH, 0, u64) == -EINVAL);
  CHECK(error(BPF_MAP_TYPE_ARRAY, i32, u64) == 0);
  CHECK(error(BPF_MAP_TYPE_ARRAY, key_struct, u64) == -EINVAL);
  CHECK(error(BPF_MAP_TYPE_ARRAY, 0, section, 1) == 0);
  CHECK(error(BPF_MAP_TYPE_ARRAY, 0, section, 2) == -EINVAL);
  CHECK(error(BPF_MAP_TYPE_ARRAY, 0, u64, 1) == -EINVAL);
  CHECK(error(BPF_MAP_TYPE_PERCPU_ARRAY, 0, section, 1) == -EINVAL);
}

TEST_CASE("elements of a hash and an array", "[syscall][maps]") {
  Session session;
  Elements h{static_cast<uint32_t>(make_map_fd(BPF_MAP_TYPE_HASH, 8, 8, 2))};
  CHECK(h.lookup(1) == -ENOENT);
  CHECK(h.update(1, 10) == 0);
  CHECK(h.lookup(1) == 0);
  CHECK(h.value[0] == 10);
  CHECK(h.update(1, 11, BPF_NOEXIST) == -EEXIST);
  CHECK(h.update(2, 11, BPF_EXIST) == -ENOENT);
  CHECK(h.update(2, 20, 3) == -EINVAL);
  CHECK(h.update(2, 20, BPF_F_LOCK) == -EINVAL);
  CHECK(h.lookup(1, 1) == -EINVAL);
  CHECK(h.lookup(1, BPF_F_LOCK) == -EINVAL);
  CHECK(h.update(2, 20) == 0);
  CHECK(h.update(3, 30) == -E2BIG);
  CHECK(h.next_of(nullptr) == 0);
  CHECK((h.next == 1 || h.next == 2));
  const uint64_t first = h.next;
  CHECK(h.next_of(&first) == 0);
  CHECK(h.next == 3 - first);
  const uint64_t second = h.next;
  CHECK(h.next_of(&second) == -ENOENT);
  CHECK(h.take(1) == 0);
  CHECK(h.value[0] == 10);
  CHECK(h.take(1) == -ENOENT);
  CHECK(h.erase(2) == 0);
  CHECK(h.erase(2) == -ENOENT);

  Elements a{static_cast<uint32_t>(make_map_fd(BPF_MAP_TYPE_ARRAY, 4, 8, 2))};
  CHECK(a.lookup(1) == 0);
  CHECK(a.value[0] == 0);
  CHECK(a.lookup(2) == -ENOENT);
  CHECK(a.update(2, 1) == -E2BIG);
  CHECK(a.update(1, 1, BPF_NOEXIST) == -EEXIST);
  CHECK(a.erase(1) == -EINVAL);
  CHECK(a.take(1) == -ENOTSUPP);

  Elements p{static_cast<uint32_t>(make_map_fd(BPF_MAP_TYPE_PERCPU_HASH, 8, 4, 2))};
  for (uint32_t cpu = 0; cpu < platform_cpus(); cpu++) p.value[cpu] = 7 + cpu;
  CHECK(p.run(BPF_MAP_UPDATE_ELEM, 5) == 0);
  memset(p.value, 0xff, sizeof(p.value));
  CHECK(p.lookup(5) == 0);
  for (uint32_t cpu = 0; cpu < platform_cpus(); cpu++) CHECK(static_cast<uint32_t>(p.value[cpu]) == 7 + cpu);
  CHECK(p.value[platform_cpus()] == UINT64_MAX);  // not a byte more than value_size × CPUs, rounded up
}

TEST_CASE("element commands: bad descriptors and pointers", "[syscall][maps]") {
  Session session;
  const int map = make_map_fd(BPF_MAP_TYPE_HASH, 8, 8, 2);
  const int program = load_fd(kReturnZero);
  const int plain = host::add_plain_descriptor();
  uint64_t key = 1, value = 2;
  host::UserWindow k(&key, 8), v(&value, 8);
  const auto run = [&](uint32_t command, int fd, uint64_t key_at, uint64_t value_at) {
    bpf_attr a = zero_attr();
    a.map_fd = static_cast<uint32_t>(fd);
    a.key = key_at;
    if (command != BPF_MAP_DELETE_ELEM) a.value = value_at;
    return sys(command, a);
  };
  for (const uint32_t command : {BPF_MAP_LOOKUP_ELEM, BPF_MAP_UPDATE_ELEM, BPF_MAP_DELETE_ELEM, BPF_MAP_GET_NEXT_KEY,
                                 BPF_MAP_LOOKUP_AND_DELETE_ELEM}) {
    INFO(command);
    CHECK(run(command, -1, k.address(), v.address()) == -EBADF);
    CHECK(run(command, 999, k.address(), v.address()) == -EBADF);
    CHECK(run(command, program, k.address(), v.address()) == -EINVAL);
    CHECK(run(command, plain, k.address(), v.address()) == -EINVAL);
    CHECK(run(command, map, 8, v.address()) == -EFAULT);
    CHECK(run(command, map, k.address() + 1, v.address()) == -EFAULT);  // its last byte is not there
    if (command == BPF_MAP_GET_NEXT_KEY) continue;
    CHECK(run(command, map, 0, v.address()) == -EFAULT);
  }
  CHECK(run(BPF_MAP_UPDATE_ELEM, map, k.address(), 0) == -EFAULT);
  CHECK(run(BPF_MAP_UPDATE_ELEM, map, k.address(), v.address()) == 0);
  CHECK(run(BPF_MAP_LOOKUP_ELEM, map, k.address(), 0) == -EFAULT);
  CHECK(run(BPF_MAP_GET_NEXT_KEY, map, 0, 0) == -EFAULT);
  host::UserMemory read_only(8, false);
  CHECK(run(BPF_MAP_LOOKUP_ELEM, map, k.address(), read_only.address()) == -EFAULT);
}

TEST_CASE("descriptors that may only read or only write, and frozen maps", "[syscall][maps]") {
  Session session;
  Elements reader{static_cast<uint32_t>(make_map_fd(BPF_MAP_TYPE_HASH, 8, 8, 2, BPF_F_RDONLY))};
  CHECK(reader.update(1, 1) == -EPERM);
  CHECK(reader.erase(1) == -EPERM);
  CHECK(reader.take(1) == -EPERM);
  CHECK(reader.lookup(1) == -ENOENT);
  CHECK(reader.next_of(nullptr) == -ENOENT);
  Elements writer{static_cast<uint32_t>(make_map_fd(BPF_MAP_TYPE_HASH, 8, 8, 2, BPF_F_WRONLY))};
  CHECK(writer.update(1, 1) == 0);
  CHECK(writer.lookup(1) == -EPERM);
  CHECK(writer.next_of(nullptr) == -EPERM);
  CHECK(writer.take(1) == -EPERM);
  CHECK(writer.erase(1) == 0);
  Elements frozen{static_cast<uint32_t>(make_map_fd(BPF_MAP_TYPE_HASH, 8, 8, 2))};
  CHECK(frozen.update(1, 1) == 0);
  bpf_attr a = zero_attr();
  a.map_fd = frozen.fd;
  CHECK(sys(BPF_MAP_FREEZE, a) == 0);
  CHECK(sys(BPF_MAP_FREEZE, a) == -EBUSY);
  CHECK(frozen.update(1, 1) == -EPERM);
  CHECK(frozen.erase(1) == -EPERM);
  CHECK(frozen.lookup(1) == 0);
}
