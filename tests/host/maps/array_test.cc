#include "tests/host/maps/map_util.h"

using namespace skep;
using namespace skep::test;
using namespace skep::bpf;

namespace {
struct Value {
  uint64_t a, b;
};
}  // namespace

TEST_CASE("array: elements exist from the start and cannot go", "[maps][array]") {
  host::LeakCheck leaks;
  auto map = make_map(attributes(BPF_MAP_TYPE_ARRAY, 4, sizeof(Value), 3));
  uint32_t key = 2;
  auto* v = static_cast<Value*>(map->lookup(&key));
  REQUIRE(v);
  CHECK((v->a == 0 && v->b == 0));
  const Value wanted{7, 8};
  CHECK(code_of(map->update(&key, &wanted, BPF_ANY)) == 0);
  CHECK((v->a == 7 && v->b == 8));
  CHECK(code_of(map->update(&key, &wanted, BPF_EXIST)) == 0);
  CHECK(code_of(map->update(&key, &wanted, BPF_NOEXIST)) == EEXIST);
  CHECK(code_of(map->update(&key, &wanted, 3)) == EINVAL);
  CHECK(code_of(map->update(&key, &wanted, BPF_F_LOCK)) == EINVAL);
  CHECK(code_of(map->erase(&key)) == EINVAL);
  Value out{};
  CHECK(code_of(map->take_value(&key, {reinterpret_cast<uint8_t*>(&out), sizeof(out)})) == ENOTSUPP);

  key = 3;
  CHECK(map->lookup(&key) == nullptr);
  CHECK(code_of(map->update(&key, &wanted, BPF_ANY)) == E2BIG);
  CHECK(code_of(map->update(&key, &wanted, BPF_NOEXIST)) == E2BIG);
  CHECK(code_of(map->copy_value(&key, {reinterpret_cast<uint8_t*>(&out), sizeof(out)})) == ENOENT);
  key = UINT32_MAX;
  CHECK(map->lookup(&key) == nullptr);
}

TEST_CASE("array: iteration", "[maps][array]") {
  for (const uint32_t type : {BPF_MAP_TYPE_ARRAY, BPF_MAP_TYPE_PERCPU_ARRAY}) {
    auto map = make_map(attributes(type, 4, 8, 3));
    uint32_t key = 77;
    REQUIRE(map->next_key(nullptr, &key));
    CHECK(key == 0);
    uint32_t next = 0;
    REQUIRE(map->next_key(&key, &next));
    CHECK(next == 1);
    key = 2;
    CHECK(code_of(map->next_key(&key, &next)) == ENOENT);
    key = 3;  // no index: from the beginning
    REQUIRE(map->next_key(&key, &next));
    CHECK(next == 0);
  }
}

TEST_CASE("array: values lie 8-aligned and direct addresses stay inside", "[maps][array]") {
  auto map = make_map(attributes(BPF_MAP_TYPE_ARRAY, 4, 5, 2));
  uint32_t first = 0;
  uint32_t second = 1;
  CHECK(static_cast<char*>(map->lookup(&second)) - static_cast<char*>(map->lookup(&first)) == 8);
  CHECK(map->array_base() == map->lookup(&first));
  CHECK(code_of(map->direct_value_address(0)) == ENOTSUPP);
  auto single = make_map(attributes(BPF_MAP_TYPE_ARRAY, 4, 5, 1));
  CHECK(*single->direct_value_address(4) == reinterpret_cast<uint64_t>(single->lookup(&first)) + 4);
  CHECK(code_of(single->direct_value_address(5)) == EINVAL);
}

TEST_CASE("per-CPU array: a program sees its own CPU's value, user space all", "[maps][array]") {
  host::LeakCheck leaks;
  host::set_cpu_count(4);
  auto map = make_map(attributes(BPF_MAP_TYPE_PERCPU_ARRAY, 4, 12, 2));
  const uint32_t key = 1;
  for (uint32_t cpu = 0; cpu < 4; cpu++) {
    host::set_cpu(cpu);
    const uint32_t value[3] = {cpu, cpu, cpu};
    CHECK(code_of(map->update(&key, value, BPF_ANY)) == 0);
    CHECK(map->lookup(&key) == map->lookup_on_cpu(&key, cpu));
    CHECK(map->array_base_per_cpu()[cpu] == static_cast<char*>(map->lookup(&key)) - 16);
  }
  host::set_cpu(0);
  uint32_t all[4][4] = {};  // a stride of 16 bytes
  REQUIRE(map->user_value_size() == sizeof(all));
  CHECK(code_of(map->copy_value(&key, {reinterpret_cast<uint8_t*>(all), sizeof(all)})) == 0);
  for (uint32_t cpu = 0; cpu < 4; cpu++) CHECK(all[cpu][2] == cpu);
  for (uint32_t cpu = 0; cpu < 4; cpu++) all[cpu][0] = 100 + cpu;
  CHECK(code_of(map->update_from_user(&key, {reinterpret_cast<uint8_t*>(all), sizeof(all)}, BPF_ANY)) == 0);
  CHECK(*static_cast<uint32_t*>(map->lookup_on_cpu(&key, 3)) == 103);
  CHECK(user_update(*map, &key, 0, BPF_NOEXIST) == EEXIST);
  const uint32_t outside = 2;
  CHECK(user_update(*map, &outside, 0) == E2BIG);
  CHECK(map->lookup_on_cpu(&outside, 0) == nullptr);
}
