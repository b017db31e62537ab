// The preemption counter and the two functions that mark the edges of its outermost sections.
#include "arch/hooks.h"
#include "arch/riscv/csr.h"
#include "arch/riscv/thread.h"
#include "task/scheduler.h"
#include "task/task.h"

// Meant to be probed (lathist): real functions with code of their own, which nothing may inline, clone or drop.
extern "C" {
[[gnu::noinline]] void trace_preempt_off(unsigned long ip, unsigned long parent_ip) {
  asm volatile("" ::"r"(ip), "r"(parent_ip) : "memory");
}
[[gnu::noinline]] void trace_preempt_on(unsigned long ip, unsigned long parent_ip) {
  asm volatile("" ::"r"(ip), "r"(parent_ip) : "memory");
}
}

namespace skep {

namespace {
// The caller's caller, as far as the frame record tells.
[[gnu::always_inline]] inline unsigned long parent_address() {
  const auto* record = static_cast<const unsigned long*>(__builtin_frame_address(0));
  const auto* parent = reinterpret_cast<const unsigned long*>(record[-2]);
  return parent ? parent[-1] : 0;
}
}  // namespace

void preempt_disable() {
  arch::Thread& thread = arch::current_thread();
  const bool outermost = thread.preempt_count++ == 0;
  asm volatile("" ::: "memory");
  if (outermost) trace_preempt_off(reinterpret_cast<unsigned long>(__builtin_return_address(0)), parent_address());
}

void preempt_enable() {
  preempt_enable_no_reschedule();
  arch::Thread& thread = arch::current_thread();
  if (thread.preempt_count == 0 && thread.hart->attention.load(std::memory_order_relaxed) != 0) preemption_enabled();
}

void preempt_enable_no_reschedule() {
  arch::Thread& thread = arch::current_thread();
  asm volatile("" ::: "memory");
  if (thread.preempt_count == 1) {
    trace_preempt_on(reinterpret_cast<unsigned long>(__builtin_return_address(0)), parent_address());
  }
  thread.preempt_count--;
  asm volatile("" ::: "memory");
}

uint32_t hart_index() { return arch::this_hart().index; }

}  // namespace skep
