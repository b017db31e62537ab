#include "bpf/maps/hash.h"

#include <map>
#include <random>
#include <thread>

#include "tests/host/maps/map_util.h"

using namespace skep;
using namespace skep::test;
using namespace skep::bpf;

namespace {
uint64_t* value_at(Map& map, uint64_t key) { return static_cast<uint64_t*>(map.lookup(&key)); }
int program_update(Map& map, uint64_t key, uint64_t value, uint64_t flags = BPF_ANY) {
  return code_of(map.update(&key, &value, flags));
}
int program_erase(Map& map, uint64_t key) { return code_of(map.erase(&key)); }
}  // namespace

TEST_CASE("hash: insert, replace, delete", "[maps][hash]") {
  host::LeakCheck leaks;
  auto map = make_map(attributes(BPF_MAP_TYPE_HASH, 8, 8, 2));
  CHECK(value_at(*map, 1) == nullptr);
  CHECK(program_update(*map, 1, 10, BPF_EXIST) == ENOENT);
  CHECK(program_update(*map, 1, 10, BPF_NOEXIST) == 0);
  CHECK(program_update(*map, 1, 11, BPF_NOEXIST) == EEXIST);
  CHECK(*value_at(*map, 1) == 10);
  CHECK(program_update(*map, 1, 12, BPF_EXIST) == 0);
  CHECK(*value_at(*map, 1) == 12);
  CHECK(program_update(*map, 1, 13, 3) == EINVAL);
  CHECK(program_update(*map, 1, 13, BPF_F_LOCK) == EINVAL);
  CHECK(program_update(*map, 1, 13, uint64_t{1} << 32) == EINVAL);
  CHECK(program_update(*map, 2, 20) == 0);
  CHECK(program_update(*map, 3, 30) == E2BIG);
  CHECK(program_update(*map, 2, 21) == 0);  // full, but the key is there
  CHECK(program_erase(*map, 3) == ENOENT);
  CHECK(program_erase(*map, 1) == 0);
  CHECK(value_at(*map, 1) == nullptr);
  CHECK(program_update(*map, 3, 30) == 0);
  uint64_t out = 0;
  const uint64_t key = 3;
  CHECK(code_of(map->copy_value(&key, {reinterpret_cast<uint8_t*>(&out), 8})) == 0);
  CHECK(out == 30);
  out = 0;
  CHECK(code_of(map->take_value(&key, {reinterpret_cast<uint8_t*>(&out), 8})) == 0);
  CHECK(out == 30);
  CHECK(code_of(map->take_value(&key, {reinterpret_cast<uint8_t*>(&out), 8})) == ENOENT);
  CHECK(code_of(map->copy_value(&key, {reinterpret_cast<uint8_t*>(&out), 8})) == ENOENT);
}

TEST_CASE("hash: the lookup that compiled programs call finds what the map finds", "[maps][hash]") {
  host::LeakCheck leaks;
  auto map = make_map(attributes(BPF_MAP_TYPE_HASH, 8, 24, 100));
  const MapLookup lookup = find_map_lookup(BPF_MAP_TYPE_HASH);
  REQUIRE(lookup != nullptr);
  for (uint64_t key = 0; key < 200; key += 3) {
    const uint64_t value[3] = {key, 1, 2};
    (void)map->update(&key, value, BPF_ANY);
  }
  for (uint64_t key = 0; key < 220; key++) {
    const auto found = lookup(reinterpret_cast<uintptr_t>(map.get()), reinterpret_cast<uintptr_t>(&key));
    CHECK(found == reinterpret_cast<uintptr_t>(map->lookup(&key)));
    CHECK((found != 0) == (key % 3 == 0 && key < 200));
  }
  CHECK(find_map_lookup(BPF_MAP_TYPE_PERCPU_HASH) == nullptr);  // its value depends on the CPU
  CHECK(find_map_lookup(BPF_MAP_TYPE_HASH_OF_MAPS) == nullptr);
  CHECK(find_map_lookup(9999) == nullptr);
}

TEST_CASE("hash: a removed element stays whole until a grace period has passed", "[maps][hash]") {
  host::LeakCheck leaks;
  auto map = make_map(attributes(BPF_MAP_TYPE_HASH, 8, 8, 4));
  platform::preempt_disable();
  CHECK(program_update(*map, 1, 10) == 0);
  const uint64_t* old = value_at(*map, 1);
  CHECK(program_update(*map, 1, 11) == 0);
  CHECK(*old == 10);
  const uint64_t* current = value_at(*map, 1);
  CHECK(program_erase(*map, 1) == 0);
  for (uint64_t k = 100; k < 104; k++) CHECK(program_update(*map, k, k) == 0);
  CHECK(*old == 10);
  CHECK(*current == 11);
  platform::preempt_enable();
}

TEST_CASE("hash: without grace periods programs run out of spare elements, user space waits for them", "[maps][hash]") {
  host::LeakCheck leaks;
  auto map = make_map(attributes(BPF_MAP_TYPE_HASH, 8, 8, 1));
  int inserted = 0;
  int error = 0;
  while (inserted < 100'000) {
    error = program_update(*map, 1, 1, BPF_NOEXIST);
    if (error != 0) break;
    inserted++;
    CHECK(program_erase(*map, 1) == 0);
  }
  CHECK(error == ENOMEM);
  CHECK(inserted >= 64);
  const uint64_t key = 1;
  CHECK(user_update(*map, &key, uint64_t{5}) == 0);
  CHECK(*value_at(*map, 1) == 5);
  // Replacing needs an element, too, and does without when there is none.
  for (int i = 0; i < 1000; i++) CHECK(program_update(*map, 1, static_cast<uint64_t>(i)) == 0);
  CHECK(*value_at(*map, 1) == 999);
  for (int i = 0; i < 1000; i++) {
    CHECK(user_update(*map, &key, uint64_t{6}) == 0);
    CHECK(code_of(map->erase_from_user(&key)) == 0);
  }
}

TEST_CASE("hash: a probe that interrupts its own CPU under a bucket's lock is refused, not stuck", "[maps][hash]") {
  host::LeakCheck leaks;
  // One bucket: every key has the same lock.
  auto map = make_map(attributes(BPF_MAP_TYPE_HASH, 8, 8, 1));
  struct Probe {
    Map& map;
    bool ran = false;
    int update = 0, erase = 0;
    const uint64_t* found = nullptr;
  } probe{*map};
  const auto fire = [](void* p) {
    auto& self = *static_cast<Probe*>(p);
    host::ProbeContext context;
    self.ran = true;
    self.update = program_update(self.map, 1, 99);
    self.erase = program_erase(self.map, 1);
    self.found = value_at(self.map, 1);
  };
  const uint64_t key = 1;
  CHECK(user_update(*map, &key, uint64_t{5}) == 0);
  host::set_grace_hook(fire, &probe);
  CHECK(user_update(*map, &key, uint64_t{6}) == 0);  // replaces: the probe fires while the lock is held
  REQUIRE(probe.ran);
  CHECK(probe.update == EBUSY);
  CHECK(probe.erase == EBUSY);
  REQUIRE(probe.found);  // lookups take no lock
  CHECK(*value_at(*map, 1) == 6);
  probe.ran = false;
  host::set_grace_hook(fire, &probe);
  CHECK(program_erase(*map, 1) == 0);
  CHECK((probe.ran && probe.update == EBUSY && probe.found == nullptr));
  CHECK(program_update(*map, 1, 7) == 0);  // the lock is free again
}

TEST_CASE("hash: iteration visits every element once", "[maps][hash]") {
  host::LeakCheck leaks;
  auto map = make_map(attributes(BPF_MAP_TYPE_HASH, 8, 8, 500));
  uint64_t next = 0;
  CHECK(code_of(map->next_key(nullptr, &next)) == ENOENT);
  for (uint64_t k = 0; k < 500; k++) CHECK(program_update(*map, k * 77, k) == 0);
  std::map<uint64_t, int> seen;
  uint64_t key = 0;
  bool first = true;
  while (map->next_key(first ? nullptr : &key, &next)) {
    first = false;
    key = next;
    seen[key]++;
    REQUIRE(seen.size() <= 500);
  }
  CHECK(seen.size() == 500);
  for (const auto& [k, count] : seen) CHECK((count == 1 && k % 77 == 0));
  key = 1;  // not there: from the beginning
  CHECK(code_of(map->next_key(&key, &next)) == 0);
}

TEST_CASE("hash: user space may delete while it iterates", "[maps][hash]") {
  auto map = make_map(attributes(BPF_MAP_TYPE_HASH, 8, 8, 100));
  for (uint64_t k = 0; k < 100; k++) CHECK(program_update(*map, k, k) == 0);
  uint64_t key = 0;
  int removed = 0;
  while (map->next_key(nullptr, &key)) {
    CHECK(code_of(map->erase_from_user(&key)) == 0);
    removed++;
  }
  CHECK(removed == 100);
}

TEST_CASE("hash: keys and values of odd sizes", "[maps][hash]") {
  host::LeakCheck leaks;
  for (const uint32_t key_size : {1U, 2U, 3U, 7U, 9U, 13U, 64U, 300U}) {
    for (const uint32_t value_size : {1U, 3U, 8U, 17U, 100U}) {
      for (const uint32_t type : {BPF_MAP_TYPE_HASH, BPF_MAP_TYPE_PERCPU_HASH}) {
        auto map = make_map(attributes(type, key_size, value_size, 16));
        std::vector<uint8_t> key(key_size, 0xaa), value(map->user_value_size(), 0x55), out(map->user_value_size());
        for (uint8_t i = 0; i < 16; i++) {
          key.back() = i;
          value[0] = i;
          REQUIRE(map->update_from_user(key.data(), value, BPF_NOEXIST));
        }
        for (uint8_t i = 0; i < 16; i++) {
          key.back() = i;
          value[0] = i;
          REQUIRE(map->copy_value(key.data(), out));
          CHECK(out == value);
        }
      }
    }
  }
}

TEST_CASE("per-CPU hash: programs write their CPU's value, new elements start at zero elsewhere", "[maps][hash]") {
  host::LeakCheck leaks;
  host::set_cpu_count(4);
  auto map = make_map(attributes(BPF_MAP_TYPE_PERCPU_HASH, 8, 8, 4));
  const uint64_t key = 9;
  // Dirty an element on all CPUs, so that a recycled one would show.
  std::vector<uint8_t> dirty(map->user_value_size(), 0xff);
  for (int i = 0; i < 200; i++) {
    CHECK(code_of(map->update_from_user(&key, dirty, BPF_ANY)) == 0);
    CHECK(code_of(map->erase_from_user(&key)) == 0);
  }
  host::settle();
  host::set_cpu(2);
  CHECK(program_update(*map, key, 22, BPF_NOEXIST) == 0);
  host::set_cpu(1);
  CHECK(*value_at(*map, key) == 0);
  CHECK(program_update(*map, key, 11) == 0);
  host::set_cpu(0);
  uint64_t all[4] = {};
  CHECK(code_of(map->copy_value(&key, {reinterpret_cast<uint8_t*>(all), sizeof(all)})) == 0);
  CHECK((all[0] == 0 && all[1] == 11 && all[2] == 22 && all[3] == 0));
  CHECK(*static_cast<uint64_t*>(map->lookup_on_cpu(&key, 2)) == 22);
  uint64_t* held = value_at(*map, key);
  CHECK(program_update(*map, key, 5) == 0);
  CHECK(*held == 5);  // in place
}

TEST_CASE("hash: random operations agree with std::map", "[maps][hash]") {
  host::LeakCheck leaks;
  auto map = make_map(attributes(BPF_MAP_TYPE_HASH, 8, 8, 50));
  std::map<uint64_t, uint64_t> model;
  std::mt19937_64 random(1);
  for (int i = 0; i < 20'000; i++) {
    const uint64_t key = random() % 80;
    const uint64_t value = random();
    switch (random() % 4) {
      case 0: {
        const int expected = model.contains(key) || model.size() < 50 ? 0 : E2BIG;
        CHECK(user_update(*map, &key, value) == expected);
        if (expected == 0) model[key] = value;
        break;
      }
      case 1:
        CHECK(code_of(map->erase_from_user(&key)) == (model.erase(key) ? 0 : ENOENT));
        break;
      default: {
        const uint64_t* found = value_at(*map, key);
        REQUIRE((found != nullptr) == model.contains(key));
        if (found) CHECK(*found == model[key]);
      }
    }
  }
  CHECK(static_cast<HashMap&>(*map).count() == model.size());
}

TEST_CASE("hash: four CPUs at once", "[maps][hash][threads]") {
  host::LeakCheck leaks;
  host::set_cpu_count(5);
  {
    auto map = make_map(attributes(BPF_MAP_TYPE_HASH, 8, 16, 64));
    host::GraceThread grace;
    struct Pair {
      uint64_t a, b;
    };
    std::atomic<int> torn{0};
    std::atomic<int> wrong_errors{0};
    std::vector<std::thread> threads;
    for (uint32_t cpu = 1; cpu <= 4; cpu++) {
      threads.emplace_back([&, cpu] {
        host::set_cpu(cpu);
        std::mt19937_64 random(cpu);
        for (int i = 0; i < 30'000; i++) {
          const uint64_t key = random() % 96;
          host::ProbeContext probe;
          switch (random() % 3) {
            case 0: {
              const uint64_t x = random();
              const Pair value{x, ~x};
              const int e = code_of(map->update(&key, &value, BPF_NOEXIST));
              if (e != 0 && e != EEXIST && e != E2BIG && e != EBUSY && e != ENOMEM) wrong_errors++;
              break;
            }
            case 1: {
              const int e = code_of(map->erase(&key));
              if (e != 0 && e != ENOENT && e != EBUSY) wrong_errors++;
              break;
            }
            default:
              if (const auto* v = static_cast<const Pair*>(map->lookup(&key)); v && v->a != ~v->b) torn++;
          }
        }
      });
    }
    for (auto& t : threads) t.join();
    CHECK(torn == 0);
    CHECK(wrong_errors == 0);
    uint64_t key = 0;
    uint32_t left = 0;
    for (uint64_t k = 0; k < 96; k++) left += map->lookup(&k) ? 1 : 0;
    CHECK(left == static_cast<HashMap&>(*map).count());
    while (map->next_key(nullptr, &key)) CHECK(code_of(map->erase_from_user(&key)) == 0);
    CHECK(static_cast<HashMap&>(*map).count() == 0);
  }
  host::set_cpu_count(4);
}

TEST_CASE("a map that goes while its elements wait for their grace period takes them along", "[maps][hash]") {
  host::LeakCheck leaks;
  auto map = make_map(attributes(BPF_MAP_TYPE_HASH, 8, 8, 8));
  for (uint64_t k = 0; k < 8; k++) {
    CHECK(program_update(*map, k, k) == 0);
    CHECK(program_erase(*map, k) == 0);
  }
  map.reset();
}
