// runner.h and platform.h on the build machine: compiled code runs in the simulator.
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <vector>

#include "bpf/interp/interp.h"
#include "bpf/platform.h"
#include "lib/log.h"
#include "tests/runner/fake_maps.h"
#include "tests/runner/runner.h"
#include "tests/runner/sim/rv64.h"

extern "C" const char etext[];

namespace skep::runner {
namespace {

constexpr size_t kStackBytes = size_t{64} << 10;
constexpr uint64_t kReturn = 0x1002;  // in ra at the start; no address of this process
constexpr uint64_t kKept = 0x5a5a5a5a12345678;

// What register tp points to, as far as compiled programs look.
struct Task {
  uint64_t unused = 0;
  uint64_t pid_tgid = kFakePidTgid;
};
constexpr Task g_task;
struct Thread {
  uint64_t unused = 0;
  const Task* task = &g_task;
  uint32_t cpu = kFakeCpu;
  uint32_t dirty = ~0u;
};
constexpr Thread g_thread;
constexpr uint64_t kNsPerTick = 5, kClockBase = 0xffff'ffff'0000'0000;
static_assert(kFakeTime % kNsPerTick == 0);

// Code memory is a ring for each distance: nothing is unmapped or protected, as nothing of it is executed by this
// processor.
constexpr size_t kRingBytes = size_t{32} << 20;
constexpr uintptr_t kAheadOfText = size_t{128} << 20, kFarFromText = size_t{1} << 40;
struct Ring {
  uintptr_t base = 0;
  size_t used = 0;
} g_rings[2];
bool g_far = false;
size_t g_live = 0;

alignas(16) uint8_t g_stack[kStackBytes];
std::vector<sim::Region> g_regions;
std::vector<uint32_t> g_counts;
sim::Region g_code;     // all that was compiled, where the called code lies
sim::Region g_counted;  // the called code
sim::Extensions g_extensions;
std::span<const bpf::JitCode> g_faulting;
uint64_t g_sp = 0;  // of the machine that is calling a C function

const char* name_of(sim::Stop stop) {
  switch (stop) {
    case sim::Stop::kReturned:
      return "returned";
    case sim::Stop::kIllegal:
      return "illegal instruction for this target";
    case sim::Stop::kBadFetch:
      return "jump to nowhere";
    case sim::Stop::kBadAccess:
      return "access to memory that is not the program's, or misaligned atomic operation";
    case sim::Stop::kTooLong:
      return "no end";
  }
  return "";
}

// Calls simulated code as a C function. False, with a message, when it did not return; `changed` has the bits of
// checked_call() in start.S.
bool simulate(uint64_t entry, std::span<const uint64_t> arguments, uint64_t sp, uint64_t& result, uint64_t& changed) {
  sim::Machine machine;
  for (uint64_t& x : machine.x) x = kKept;
  machine.x[0] = 0;
  machine.x[2] = sp;
  machine.x[4] = reinterpret_cast<uintptr_t>(&g_thread);
  machine.time = kClockBase + kFakeTime / kNsPerTick;
  constexpr uint8_t kSaved[] = {8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27};
  for (uint32_t n = 0; n < sizeof(kSaved); n++) machine.x[kSaved[n]] = kKept + n + 1;
  for (size_t n = 0; n < arguments.size(); n++) machine.x[10 + n] = arguments[n];
  machine.pc = entry;
  machine.extensions = g_extensions;
  machine.code = g_code;
  machine.stack = {reinterpret_cast<uintptr_t>(g_stack), reinterpret_cast<uintptr_t>(g_stack) + kStackBytes};
  machine.regions = g_regions;
  machine.fixup = [](uint64_t pc) {
    uint64_t fixup = 0;
    for (const bpf::JitCode& code : g_faulting) fixup |= find_jit_fixup(code, pc);
    return fixup;
  };
  machine.counts = g_counts.data();
  machine.counted = g_counted;
  machine.current_sp = &g_sp;
  const sim::Stop stop = machine.run(kReturn);
  changed = machine.x[2] != sp ? 1u << 12 : 0;
  changed |= machine.x[3] != kKept ? 1u << 13 : 0;
  changed |= machine.x[4] != reinterpret_cast<uintptr_t>(&g_thread) ? 1u << 14 : 0;
  for (uint32_t n = 0; n < sizeof(kSaved); n++) changed |= machine.x[kSaved[n]] != kKept + n + 1 ? 1u << n : 0;
  result = machine.x[10];
  if (stop == sim::Stop::kReturned) return true;
  format_to(out(), "simulator: {} at code+{#x}, address {#x}\n", name_of(stop), machine.pc - g_counted.begin,
            machine.bad_address);
  return false;
}

}  // namespace

void place_code_far(bool far) { g_far = far; }
void place_code_in_ring(bool) {}
size_t live_allocations() { return g_live; }
void handle_faults() {}
void set_faulting_code(std::span<const bpf::JitCode> code) { g_faulting = code; }
void set_processor(const JitTarget& target) { g_extensions = {.zba = target.zba, .zbb = target.zbb}; }
std::span<const uint32_t> executions() { return {g_counts.data(), g_counted.end - g_counted.begin}; }

void allow_memory(std::initializer_list<std::span<const uint8_t>> ranges) {
  g_regions.clear();
  const auto add = [](const auto& object) {
    const auto begin = reinterpret_cast<uintptr_t>(&object);
    g_regions.push_back({begin, begin + sizeof(object)});
  };
  add(g_thread);
  add(g_task);
  for (const auto& r : ranges) {
    const auto begin = reinterpret_cast<uintptr_t>(r.data());
    g_regions.push_back({begin, begin + r.size()});
  }
}

uint64_t checked_call(const bpf::JitCode& code, uint64_t r1, uint64_t r2, uint64_t* differences) {
  for (const Ring& ring : g_rings) {
    if (code.memory.address - ring.base < kRingBytes) g_code = {ring.base, ring.base + kRingBytes};
  }
  g_counted = {code.memory.address, code.memory.address + code.memory.bytes};
  if (g_counts.size() < code.memory.bytes) g_counts.resize(code.memory.bytes);
  memset(g_counts.data(), 0, code.memory.bytes * sizeof(uint32_t));
  const uint64_t arguments[] = {r1, r2};
  uint64_t result = 0;
  if (!simulate(code.entry, arguments, reinterpret_cast<uintptr_t>(g_stack) + kStackBytes, result, *differences)) {
    *differences |= uint64_t{1} << 63;
  }
  return result;
}

uint64_t callback_from_helper(uint64_t callback, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5) {
  if (callback < g_code.begin || callback >= g_code.end) return bpf::call_callback(callback, r1, r2, r3, r4, r5);
  const uint64_t arguments[] = {r1, r2, r3, r4, r5};
  uint64_t result = 0, changed = 0;
  const uint64_t sp = g_sp;
  const bool returned = simulate(callback, arguments, sp - 64, result, changed);
  g_sp = sp;
  if (!returned || changed != 0) {
    format_to(out(), "simulator: a callback changed {#x}\n", changed);
    exit_process(1);
  }
  return result;
}

Output& out() {
  static constinit Output output(1);
  return output;
}
Output& err() {
  static constinit Output output(2);
  return output;
}

void Output::flush() {
  for (size_t at = 0; at < used_;) {
    const ssize_t n = ::write(fd_, buffer_ + at, used_ - at);
    if (n <= 0) break;
    at += static_cast<size_t>(n);
  }
  used_ = 0;
}

void Output::write(std::string_view text) {
  for (const char c : text) {
    if (used_ == sizeof(buffer_)) flush();
    buffer_[used_++] = c;
  }
}

void exit_process(int status) {
  out().flush();
  err().flush();
  _exit(status);
}

}  // namespace skep::runner

namespace skep {

void panic_line(std::string_view cause) {
  format_to(runner::err(), "jit_fuzz: {}; seed {}\n", cause, runner::current_seed);
  runner::exit_process(134);
}

}  // namespace skep

namespace skep::bpf::platform {

using namespace skep::runner;

// Nothing may depend on what is in there.
constexpr int kGarbage = 0xa5;

void* allocate_uncleared(size_t bytes) {
  const size_t alignment = bytes >= 64 ? 64 : 16;
  void* p = aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment + (bytes == 0 ? alignment : 0));
  if (p == nullptr) return nullptr;
  memset(p, kGarbage, bytes);
  g_live++;
  return p;
}

void* allocate(size_t bytes) {
  void* p = allocate_uncleared(bytes);
  if (p != nullptr) memset(p, 0, bytes);
  return p;
}

void release(void* p) {
  if (p != nullptr) g_live--;
  free(p);
}

size_t allocation_limit_bytes() { return size_t{1} << 30; }

Result<CodeMemory> allocate_code(size_t bytes) {
  Ring& ring = g_rings[g_far ? 1 : 0];
  if (ring.base == 0) {
    const uintptr_t text = reinterpret_cast<uintptr_t>(etext) & ~uintptr_t{0xffff};
    void* p = mmap(reinterpret_cast<void*>(text + (g_far ? kFarFromText : kAheadOfText)), kRingBytes,
                   PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) return fail(Errno::kENOMEM);
    ring.base = reinterpret_cast<uintptr_t>(p);
  }
  const size_t whole = (bytes + 63) & ~size_t{63};
  if (bytes == 0 || whole > kRingBytes) return fail(Errno::kENOMEM);
  if (ring.used + whole > kRingBytes) ring.used = 0;
  const uintptr_t address = ring.base + ring.used;
  ring.used += whole;
  g_live++;
  return CodeMemory{.write = {reinterpret_cast<uint8_t*>(address), bytes}, .address = address, .bytes = bytes};
}

Result<void> seal_code(CodeMemory& code) {
  code.write = {};
  return {};
}

void release_code(CodeMemory& code) {
  if (code.address != 0) g_live--;
  code = {};
}

// What the program may touch can be read, everything else faults.
Result<void> read_kernel_nofault(void* dst, uint64_t src, size_t bytes) {
  for (const sim::Region& r : g_regions) {
    if (src < r.begin || src >= r.end || bytes > r.end - src) continue;
    memcpy(dst, reinterpret_cast<const void*>(src), bytes);
    return {};
  }
  return fail(Errno::kEFAULT);
}

const InlineReads& inline_reads() {
  static constexpr InlineReads kReads = {
      .cpu_id = {.loads = 1, .bytes = 4, .offsets = {offsetof(Thread, cpu)}},
      .pid_tgid = {.loads = 2, .bytes = 8, .offsets = {offsetof(Thread, task), offsetof(Task, pid_tgid)}},
      .has_clock = true,
      .clock_base = kClockBase,
      .clock_ns_per_tick = kNsPerTick};
  return kReads;
}

}  // namespace skep::bpf::platform

int main(int argc, char** argv) {
  const int status = skep::runner::fuzz(argc - 1, argv + 1);
  if (status == 2) fprintf(stderr, "usage: jit_fuzz SEED COUNT [--rows] [--least N] [--all-targets] [--dump]\n");
  skep::runner::exit_process(status);
}
