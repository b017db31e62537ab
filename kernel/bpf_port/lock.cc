// bpf/platform.h's lock. Unlike SpinLock it can be refused: a probe may fire while its own hart holds it.
#include "arch/riscv/csr.h"
#include "bpf/platform.h"
#include "lib/log.h"
#include "task/task.h"

namespace skep::bpf::platform {
namespace {

// How long a program waits for another hart: sections under these locks take some hundred instructions, so whoever has
// not let go by then was itself probed, perhaps by a program that wants our lock.
constexpr int kMaxSpins = 10'000;

bool try_take(uint32_t& word, uint32_t me) {
  uint32_t expected = 0;
  return __atomic_compare_exchange_n(&word, &expected, me, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

}  // namespace

void Lock::lock(uintptr_t* saved) SKEP_NO_THREAD_SAFETY_ANALYSIS {
  const uintptr_t interrupts = arch::disable_interrupts();
  skep::preempt_disable();
  const uint32_t me = hart_index() + 1;
  while (!try_take(word_, me)) {
    if (__atomic_load_n(&word_, __ATOMIC_RELAXED) == me) panic("a lock of the BPF core was taken twice by one hart");
    arch::pause();
  }
  *saved = interrupts;
}

bool Lock::try_lock_bounded(uintptr_t* saved) SKEP_NO_THREAD_SAFETY_ANALYSIS {
  const uintptr_t interrupts = arch::disable_interrupts();
  skep::preempt_disable();
  const uint32_t me = hart_index() + 1;
  for (int spins = 0; spins < kMaxSpins && __atomic_load_n(&word_, __ATOMIC_RELAXED) != me; spins++) {
    if (try_take(word_, me)) {
      *saved = interrupts;
      return true;
    }
    arch::pause();
  }
  arch::restore_interrupts(interrupts);
  skep::preempt_enable();
  return false;
}

void Lock::unlock(uintptr_t saved) SKEP_NO_THREAD_SAFETY_ANALYSIS {
  __atomic_store_n(&word_, 0, __ATOMIC_RELEASE);
  arch::restore_interrupts(saved);
  skep::preempt_enable();
}

}  // namespace skep::bpf::platform
