#include "task/spinlock.h"

#include "arch/riscv/csr.h"
#include "arch/riscv/thread.h"
#include "lib/log.h"
#include "task/task.h"

namespace skep {

uintptr_t SpinLock::acquire() {
  const uintptr_t saved = arch::disable_interrupts();
  preempt_disable();
  const uint32_t me = arch::this_hart().index + 1;
  if (holder_.load(std::memory_order_relaxed) == me) panic("spin lock {} taken twice by one hart", name_);
  uint32_t expected = 0;
  while (!holder_.compare_exchange_weak(expected, me, std::memory_order_acquire, std::memory_order_relaxed)) {
    expected = 0;
    while (holder_.load(std::memory_order_relaxed) != 0) arch::pause();
  }
  return saved;
}

void SpinLock::release(uintptr_t saved_interrupts) {
  holder_.store(0, std::memory_order_release);
  arch::restore_interrupts(saved_interrupts);
  preempt_enable();
}

bool SpinLock::held_by_this_hart() const {
  return holder_.load(std::memory_order_relaxed) == arch::this_hart().index + 1;
}

}  // namespace skep
