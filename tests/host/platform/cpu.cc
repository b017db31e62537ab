// Simulated CPUs, preemption, locks and grace periods.
#include <sched.h>

#include <atomic>
#include <mutex>
#include <thread>
#include <utility>

#include "bpf/platform.h"
#include "tests/host/platform/host_platform.h"
#include "tests/host/platform/internal.h"

namespace skep::host {
namespace {

std::atomic<uint32_t> g_cpu_count{4};
thread_local uint32_t t_cpu = 0;
thread_local int t_depth = 0;
thread_local int t_probe_depth = 0;

// Odd while that CPU is inside a reader; changes at every outermost edge.
std::atomic<uint64_t> g_reader_sequence[kMaxCpus];

std::mutex g_grace_mutex;
bpf::platform::GraceCallback* g_pending = nullptr;  // newest first
std::mutex g_grace_runner;                          // one grace period at a time
std::atomic<size_t> g_pending_count{0};
thread_local void (*t_grace_hook)(void*) = nullptr;
thread_local void* t_grace_hook_argument = nullptr;

constexpr int kBoundedSpins = 2000;

bpf::platform::InlineReads g_inline_reads;

}  // namespace

void set_inline_reads(const bpf::platform::InlineReads& reads) { g_inline_reads = reads; }

void set_cpu_count(uint32_t count) {
  if (count == 0 || count > kMaxCpus) contract_broken("set_cpu_count out of range");
  g_cpu_count = count;
}
void set_cpu(uint32_t id) {
  if (id >= g_cpu_count || t_depth != 0) contract_broken("set_cpu out of range or inside a reader");
  t_cpu = id;
}
int preemption_depth() { return t_depth; }

bool in_probe() { return t_probe_depth > 0; }
void require_not_in_probe(const char* function) {
  if (t_probe_depth > 0) contract_broken(function);
}
void require_may_sleep(const char* function) {
  if (t_probe_depth > 0 || t_depth > 0) contract_broken(function);
}

ProbeContext::ProbeContext() {
  bpf::platform::preempt_disable();
  t_probe_depth++;
}
ProbeContext::~ProbeContext() {
  t_probe_depth--;
  bpf::platform::preempt_enable();
}

void set_grace_hook(void (*hook)(void*), void* argument) {
  t_grace_hook = hook;
  t_grace_hook_argument = argument;
}
size_t pending_grace_callbacks() { return g_pending_count; }

void run_grace_period() {
  std::lock_guard runner(g_grace_runner);
  bpf::platform::GraceCallback* list = nullptr;
  {
    std::lock_guard lock(g_grace_mutex);
    list = g_pending;
    g_pending = nullptr;
  }
  for (uint32_t cpu = 0; cpu < g_cpu_count; cpu++) {
    const uint64_t seen = g_reader_sequence[cpu].load();
    if ((seen & 1) == 0) continue;
    while (g_reader_sequence[cpu].load() == seen) sched_yield();
  }
  bpf::platform::GraceCallback* oldest_first = nullptr;
  while (list) {
    auto* next = list->next;
    list->next = oldest_first;
    oldest_first = list;
    list = next;
  }
  while (oldest_first) {
    auto* callback = oldest_first;
    oldest_first = callback->next;
    callback->next = nullptr;
    g_pending_count--;
    callback->function(callback);
  }
}

namespace {
struct GraceRunner {
  std::atomic<bool> stop{false};
  std::thread thread{[this] {
    while (!stop) {
      run_grace_period();
      std::this_thread::yield();
    }
  }};
};
}  // namespace

GraceThread::GraceThread() : thread_(new GraceRunner) {}
GraceThread::~GraceThread() {
  auto* runner = static_cast<GraceRunner*>(thread_);
  runner->stop = true;
  runner->thread.join();
  delete runner;
}

}  // namespace skep::host

namespace skep::bpf::platform {

using namespace skep::host;

uint32_t cpu_id() { return t_cpu; }
uint32_t cpu_count() { return g_cpu_count; }

void preempt_disable() {
  if (t_depth++ == 0) g_reader_sequence[t_cpu].fetch_add(1);
}
void preempt_enable() {
  if (t_depth <= 0) contract_broken("preempt_enable without preempt_disable");
  if (--t_depth == 0) g_reader_sequence[t_cpu].fetch_add(1);
}

// No other thread need exist for that CPU: this one takes its place for a moment.
Result<void> run_on_cpu(uint32_t cpu, void (*function)(void*), void* argument) {
  require_may_sleep("run_on_cpu");
  if (cpu >= g_cpu_count) return fail(Errno::kENXIO);
  const uint32_t home = t_cpu;
  set_cpu(cpu);
  preempt_disable();
  function(argument);
  preempt_enable();
  set_cpu(home);
  return {};
}

void Lock::lock(uintptr_t* saved) SKEP_NO_THREAD_SAFETY_ANALYSIS {
  require_not_in_probe("Lock::lock in a probe");
  preempt_disable();
  const uint32_t self = cpu_id() + 1;
  if (__atomic_load_n(&word_, __ATOMIC_RELAXED) == self) contract_broken("lock taken twice by one CPU");
  uint32_t free = 0;
  while (!__atomic_compare_exchange_n(&word_, &free, self, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
    free = 0;
    sched_yield();
  }
  *saved = 0x5afe;
}

bool Lock::try_lock_bounded(uintptr_t* saved) SKEP_NO_THREAD_SAFETY_ANALYSIS {
  preempt_disable();
  const uint32_t self = cpu_id() + 1;
  for (int i = 0; i < kBoundedSpins; i++) {
    uint32_t seen = 0;
    if (__atomic_compare_exchange_n(&word_, &seen, self, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
      *saved = 0x5afe;
      return true;
    }
    if (seen == self) break;
    sched_yield();
  }
  preempt_enable();
  return false;
}

void Lock::unlock(uintptr_t saved) SKEP_NO_THREAD_SAFETY_ANALYSIS {
  if (saved != 0x5afe || __atomic_load_n(&word_, __ATOMIC_RELAXED) != cpu_id() + 1) {
    contract_broken("unlock of a lock that this CPU does not hold");
  }
  __atomic_store_n(&word_, 0, __ATOMIC_RELEASE);
  preempt_enable();
}

void call_after_grace_period(GraceCallback* callback, void (*function)(GraceCallback*)) {
  if (auto* hook = std::exchange(t_grace_hook, nullptr)) hook(t_grace_hook_argument);
  callback->function = function;
  std::lock_guard lock(g_grace_mutex);
  callback->next = g_pending;
  g_pending = callback;
  g_pending_count++;
}

void wait_for_grace_period() {
  require_may_sleep("wait_for_grace_period");
  run_grace_period();
}

const InlineReads& inline_reads() { return g_inline_reads; }

}  // namespace skep::bpf::platform
