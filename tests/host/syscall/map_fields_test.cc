// Structures of the kernel's in map values: what bpf(2) makes of them, and locks at run time.
#include "bpf/maps/fields.h"
#include "tests/host/btf/btf_builder.h"
#include "tests/host/syscall/syscall_util.h"

using namespace skep;
using namespace skep::test;

namespace {

struct Types {
  int btf = -1;
  uint32_t key = 0, timed = 0, locked = 0, two_locks = 0;
};

Types load_types() {
  Types t;
  BtfBuilder b;
  t.key = b.integer();
  const auto u64 = b.integer("unsigned long long", 8, 0);
  const auto timer = b.structure("bpf_timer", 16, {{"a", u64, 0}, {"b", u64, 64}});
  const auto lock = b.structure("bpf_spin_lock", 4, {{"val", t.key, 0}});
  t.timed = b.structure("timed", 24, {{"n", u64, 0}, {"t", timer, 64}});
  t.locked = b.structure("locked", 16, {{"n", t.key, 0}, {"l", lock, 32}, {"sum", u64, 64}});
  t.two_locks = b.structure("two_locks", 8, {{"k", lock, 0}, {"l", lock, 32}});
  const auto blob = b.bytes();
  host::UserWindow window(blob.data(), blob.size());
  t.btf = static_cast<int>(sys(BPF_BTF_LOAD, [&](bpf_attr& a) {
    a.btf = window.address();
    a.btf_size = static_cast<uint32_t>(blob.size());
  }));
  REQUIRE(t.btf >= 0);
  return t;
}

long make(const Types& t, uint32_t type, uint32_t value, uint32_t bytes, uint32_t flags = 0) {
  bpf_attr a = map_attr(type, 4, bytes, 4, flags);
  a.btf_fd = static_cast<uint32_t>(t.btf);
  a.btf_key_type_id = t.key;
  a.btf_value_type_id = value;
  return sys(BPF_MAP_CREATE, a);
}

struct Locked {
  uint32_t n = 0;
  uint32_t lock = 0;
  uint64_t sum = 0;
};

long element(uint32_t command, long map, uint32_t key, Locked& value, uint64_t flags) {
  host::UserWindow at_key(&key, sizeof(key));
  host::UserWindow at_value(&value, sizeof(value));
  return sys(command, [&](bpf_attr& a) {
    a.map_fd = static_cast<uint32_t>(map);
    a.key = at_key.address();
    a.value = at_value.address();
    a.flags = flags;
  });
}

// The element in the map itself.
Locked* inside(long map, uint32_t key) {
  auto object = bpf::platform::object_from_descriptor(static_cast<int>(map));
  REQUIRE(object.has_value());
  return static_cast<Locked*>(static_cast<bpf::Map&>(*object->object).lookup(&key));
}

}  // namespace

TEST_CASE("map fields: maps that cannot have them", "[syscall][maps]") {
  Session session;
  const Types t = load_types();
  CHECK(make(t, BPF_MAP_TYPE_ARRAY, t.timed, 24) >= 0);
  CHECK(make(t, BPF_MAP_TYPE_HASH, t.locked, 16) >= 0);
  CHECK(make(t, BPF_MAP_TYPE_ARRAY, t.timed, 24, BPF_F_RDONLY_PROG) == -EACCES);
  CHECK(make(t, BPF_MAP_TYPE_PERCPU_ARRAY, t.locked, 16) == -ENOTSUPP);
  CHECK(make(t, BPF_MAP_TYPE_PERCPU_HASH, t.timed, 24) == -EOPNOTSUPP);
  bpf_attr outer = map_attr(BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4, 1);
  outer.inner_map_fd = static_cast<uint32_t>(make(t, BPF_MAP_TYPE_ARRAY, t.locked, 16));
  CHECK(sys(BPF_MAP_CREATE, outer) == -ENOTSUPP);
}

TEST_CASE("map fields: user space copies around a lock", "[syscall][maps]") {
  Session session;
  const Types t = load_types();
  for (const uint32_t type : {BPF_MAP_TYPE_ARRAY, BPF_MAP_TYPE_HASH}) {
    const long map = make(t, type, t.locked, 16);
    Locked value{.n = 1, .lock = 99, .sum = 2};
    CHECK(element(BPF_MAP_UPDATE_ELEM, map, 0, value, BPF_F_LOCK | BPF_ANY) == 0);
    Locked* at = inside(map, 0);
    CHECK(at->lock == 0);
    CHECK(at->sum == 2);
    at->lock = 7;  // as if somebody held it
    Locked read{.n = 9, .lock = 9, .sum = 9};
    CHECK(element(BPF_MAP_LOOKUP_ELEM, map, 0, read, 0) == 0);
    CHECK(read.n == 1);
    CHECK(read.lock == 0);
    CHECK(read.sum == 2);
    at->lock = 0;
    read.lock = 9;
    CHECK(element(BPF_MAP_LOOKUP_ELEM, map, 0, read, BPF_F_LOCK) == 0);
    CHECK(read.lock == 0);
    // With BPF_F_LOCK a hash's element stays where it is.
    value.sum = 3;
    CHECK(element(BPF_MAP_UPDATE_ELEM, map, 0, value, BPF_F_LOCK | BPF_EXIST) == 0);
    CHECK(inside(map, 0) == at);
    CHECK(at->sum == 3);
    CHECK(at->lock == 0);
    CHECK(element(BPF_MAP_UPDATE_ELEM, map, 0, value, BPF_F_LOCK | BPF_NOEXIST) == -EEXIST);
    CHECK(element(BPF_MAP_UPDATE_ELEM, map, 0, value, BPF_F_LOCK | 8) == -EINVAL);
    if (type == BPF_MAP_TYPE_HASH) {
      CHECK(element(BPF_MAP_UPDATE_ELEM, map, 1, value, BPF_F_LOCK | BPF_EXIST) == -ENOENT);
      CHECK(element(BPF_MAP_LOOKUP_AND_DELETE_ELEM, map, 0, read, BPF_F_LOCK) == 0);
      CHECK(read.sum == 3);
    }
  }
}

TEST_CASE("map fields: a program's lock is held while it says so", "[syscall][maps]") {
  Session session;
  const Types t = load_types();
  const long map = make(t, BPF_MAP_TYPE_ARRAY, t.locked, 16);
  // Element 0's sum is what its lock held meanwhile; r0 = the same as a program sees it, 1 for an update that failed.
  const Code code = join({{store_imm(BPF_W, 10, -4, 0), mov_reg(2, 10), add_imm(2, -4)},
                          map_fd(1, static_cast<int>(map)),
                          {call(BPF_FUNC_map_lookup_elem),
                           insn(BPF_JMP | BPF_JNE | BPF_K, 0, 0, 2, 0),
                           mov_imm(0, 1),
                           exit_insn(),
                           mov_reg(6, 0),
                           mov_reg(1, 6),
                           add_imm(1, 4),
                           call(BPF_FUNC_spin_lock),
                           load(BPF_W, 7, 6, 0),
                           add_imm(7, 1),
                           insn(BPF_STX | BPF_MEM | BPF_W, 6, 7, 0, 0),
                           mov_reg(1, 6),
                           add_imm(1, 4),
                           call(BPF_FUNC_spin_unlock),
                           store_imm(BPF_DW, 10, -24, 5),
                           store_imm(BPF_DW, 10, -16, 6),
                           mov_reg(2, 10),
                           add_imm(2, -4),
                           mov_reg(3, 10),
                           add_imm(3, -24),
                           mov_imm(4, BPF_F_LOCK)},
                          map_fd(1, static_cast<int>(map)),
                          {call(BPF_FUNC_map_update_elem), exit_insn()}});
  const Load l = load_program(code, BPF_PROG_TYPE_SYSCALL, [](bpf_attr& a) { a.prog_flags = BPF_F_SLEEPABLE; });
  INFO(l.log);
  REQUIRE(l.result >= 0);
  bpf_attr run = zero_attr();
  run.test.prog_fd = static_cast<uint32_t>(l.result);
  CHECK(sys(BPF_PROG_TEST_RUN, run) == 0);
  CHECK(run.test.retval == 0);
  CHECK(inside(map, 0)->n == 5);
  CHECK(inside(map, 0)->lock == 0);
  CHECK(inside(map, 0)->sum == 6);
}

TEST_CASE("map fields: timers are judged, and cannot run here", "[syscall]") {
  Session session;
  const Types t = load_types();
  const int map = static_cast<int>(make(t, BPF_MAP_TYPE_ARRAY, t.timed, 24));
  const Load l = load_program(join({{store_imm(BPF_W, 10, -4, 0), mov_reg(2, 10), add_imm(2, -4)},
                                    map_fd(1, map),
                                    {call(BPF_FUNC_map_lookup_elem), insn(BPF_JMP | BPF_JNE | BPF_K, 0, 0, 1, 0),
                                     exit_insn(), mov_reg(1, 0), add_imm(1, 8)},
                                    map_fd(2, map),
                                    {mov_imm(3, 0), call(BPF_FUNC_timer_init), mov_imm(0, 0), exit_insn()}}));
  CHECK(l.result < 0);
  CHECK(l.log.find("func bpf_timer_init#169 is not available in this kernel") != std::string::npos);
}
