// Time, processor, randomness and the current task.
#include <string.h>

#include <algorithm>

#include "bpf/helpers/functions.h"
#include "bpf/helpers/result.h"
#include "bpf/platform.h"

namespace skep::bpf {
namespace {
constexpr uint64_t kJiffyNs = 4'000'000;  // Linux on riscv counts 250 jiffies a second
}  // namespace

uint64_t helper_ktime_get_ns(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t) { return platform::monotonic_ns(); }

// There is no suspend, so time since boot and monotonic time are one.
uint64_t helper_ktime_get_boot_ns(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t) { return platform::monotonic_ns(); }

uint64_t helper_jiffies64(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t) {
  return platform::monotonic_ns() / kJiffyNs;
}

uint64_t helper_get_prandom_u32(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t) { return platform::random_u32(); }

uint64_t helper_get_smp_processor_id(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t) { return platform::cpu_id(); }

// One memory node: number 0.
uint64_t helper_get_numa_node_id(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t) { return 0; }

uint64_t helper_get_current_pid_tgid(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t) {
  platform::TaskFacts task;
  platform::current_task_facts(task);
  return static_cast<uint64_t>(task.tgid) << 32 | task.pid;
}

uint64_t helper_get_current_uid_gid(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t) {
  platform::TaskFacts task;
  platform::current_task_facts(task);
  return static_cast<uint64_t>(task.gid) << 32 | task.uid;
}

uint64_t helper_get_current_task(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t) {
  return platform::current_task_object();
}
uint64_t helper_get_current_task_btf(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t) {
  return platform::current_task_object();
}
// The pointer may be stale: the platform takes a task for one only after a look.
uint64_t helper_task_pt_regs(uint64_t task, uint64_t, uint64_t, uint64_t, uint64_t) {
  return platform::task_user_registers(task);
}

// The name, cut to the buffer with its NUL; the rest of the buffer is zeroed.
uint64_t helper_get_current_comm(uint64_t buffer, uint64_t size, uint64_t, uint64_t, uint64_t) {
  auto* out = reinterpret_cast<char*>(buffer);
  const size_t bytes = static_cast<uint32_t>(size);
  platform::TaskFacts task;
  platform::current_task_facts(task);
  memset(out, 0, bytes);
  if (bytes > 0) memcpy(out, task.comm, std::min(strnlen(task.comm, sizeof(task.comm)), bytes - 1));
  return 0;
}

}  // namespace skep::bpf
