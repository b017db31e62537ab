#include "task/spinlock.h"

#include "arch/riscv/csr.h"
#include "arch/riscv/thread.h"
#include "lib/log.h"
#include "task/task.h"

namespace skep {

uintptr_t SpinLock::acquire() {
  const uintptr_t saved = arch::disable_interrupts();
  preempt_disable();
  acquire_masked();
  return saved;
}

void SpinLock::release(uintptr_t saved_interrupts) {
  release_masked();
  arch::restore_interrupts(saved_interrupts);
  preempt_enable();
}

void SpinLock::acquire_masked() {
  while (!try_acquire_masked()) {
    if (held_by_this_hart()) panic("spin lock {} taken twice by one hart", name_);
    while (holder_.load(std::memory_order_relaxed) != 0) arch::pause();
  }
}

bool SpinLock::try_acquire_masked() {
  uint32_t expected = 0;
  const uint32_t me = arch::this_hart().index + 1;
  return holder_.compare_exchange_strong(expected, me, std::memory_order_acquire, std::memory_order_relaxed);
}

void SpinLock::release_masked() { holder_.store(0, std::memory_order_release); }

bool SpinLock::held_by_this_hart() const {
  return holder_.load(std::memory_order_relaxed) == arch::this_hart().index + 1;
}

}  // namespace skep
