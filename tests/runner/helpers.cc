// The runner's helper table: few, pure functions with Linux's ids, so that programs can call something and both engines
// agree on what came back.
#include <array>

#include "bpf/helpers/helper.h"
#include "bpf/maps/registry.h"
#include "tests/runner/fake_maps.h"
#include "tests/runner/runner.h"

namespace skep::bpf {
namespace {

// Every argument counts, in its place.
uint64_t mix(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e) {
  uint64_t h = 0x9e3779b97f4a7c15;
  for (const uint64_t v : {a, b, c, d, e}) h = (h ^ v) * 0xff51afd7ed558ccd + (h >> 29);
  return h;
}

uint64_t constant_time(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t) { return runner::kFakeTime; }
uint64_t processor_id(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t) { return runner::kFakeCpu; }
uint64_t pid_tgid(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t) { return runner::kFakePidTgid; }

uint64_t look_up(uint64_t map, uint64_t key) {
  return reinterpret_cast<uintptr_t>(reinterpret_cast<Map*>(map)->lookup(reinterpret_cast<const void*>(key)));
}
uint64_t map_lookup(uint64_t map, uint64_t key, uint64_t, uint64_t, uint64_t) { return look_up(map, key); }

// bpf_loop: calls a callback up to r1 times with the index and r3; stops when it returns non-zero.
uint64_t loop(uint64_t count, uint64_t callback, uint64_t context, uint64_t, uint64_t) {
  uint64_t i = 0;
  while (i < count && i < 1000) {
    i++;
    if (runner::callback_from_helper(callback, i - 1, context, 0, 0, 0) != 0) break;
  }
  return i;
}

// Destroys every register that a C function may destroy, as a real helper might.
uint64_t clobber(uint64_t a, uint64_t, uint64_t, uint64_t, uint64_t) {
#ifdef __riscv
  asm volatile(
      "li a1, -1\n li a2, -1\n li a3, -1\n li a4, -1\n li a5, -1\n li a6, -1\n li a7, -1\n"
      "li t0, -1\n li t1, -1\n li t2, -1\n li t3, -1\n li t4, -1\n li t5, -1\n li t6, -1\n" ::
          : "a1", "a2", "a3", "a4", "a5", "a6", "a7", "t0", "t1", "t2", "t3", "t4", "t5", "t6");
#endif
  return a + 1;
}

constexpr std::array<Helper, 7> kHelpers = {{
    {.id = 1, .name = "map_lookup_elem", .function = map_lookup},
    {.id = 5, .name = "ktime_get_ns", .function = constant_time},
    {.id = 7, .name = "get_prandom_u32", .function = mix},
    {.id = 8, .name = "get_smp_processor_id", .function = processor_id},
    {.id = 14, .name = "get_current_pid_tgid", .function = pid_tgid},
    {.id = 35, .name = "get_current_task", .function = clobber},
    {.id = 181, .name = "loop", .function = loop},
}};

}  // namespace

const Helper* find_helper(int32_t id) {
  for (const Helper& h : kHelpers) {
    if (h.id == id) return &h;
  }
  return nullptr;
}

MapLookup find_map_lookup(uint32_t type) { return type == BPF_MAP_TYPE_HASH ? look_up : nullptr; }

std::span<const Helper> all_helpers() { return kHelpers; }

}  // namespace skep::bpf
