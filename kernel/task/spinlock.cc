#include "task/spinlock.h"

#include "arch/riscv/csr.h"
#include "arch/riscv/thread.h"
#include "lib/log.h"
#include "task/task.h"

namespace skep {

namespace {
// The unit of a rank's counter in Hart::locks_held.
constexpr uint64_t one_lock(LockRank rank) { return uint64_t{1} << (4 * static_cast<uint32_t>(rank)); }
static_assert(static_cast<uint32_t>(LockRank::kConsole) < 16);
}  // namespace

uintptr_t SpinLock::acquire() {
  const uintptr_t saved = arch::disable_interrupts();
  preempt_disable();
  acquire_masked();
  return saved;
}

uintptr_t SpinLock::acquire_unshared() {
  const uintptr_t saved = arch::disable_interrupts();
  preempt_disable();
  if (!try_acquire_masked()) panic("spin lock {} of an unshared object is taken", name_);
  return saved;
}

void SpinLock::release(uintptr_t saved_interrupts) {
  release_masked();
  arch::restore_interrupts(saved_interrupts);
  preempt_enable();
}

void SpinLock::acquire_masked() {
  if constexpr (kCheckLockOrder) check_order();
  while (!try_acquire_masked()) {
    if (held_by_this_hart()) panic("spin lock {} taken twice by one hart", name_);
    while (holder_.load(std::memory_order_relaxed) != 0) arch::pause();
  }
}

bool SpinLock::try_acquire_masked() {
  uint32_t expected = 0;
  const uint32_t me = arch::this_hart().index + 1;
  if (!holder_.compare_exchange_strong(expected, me, std::memory_order_acquire, std::memory_order_relaxed))
    return false;
  if constexpr (kCheckLockOrder) arch::this_hart().locks_held += one_lock(rank_);
  return true;
}

void SpinLock::release_masked() {
  if constexpr (kCheckLockOrder) arch::this_hart().locks_held -= one_lock(rank_);
  holder_.store(0, std::memory_order_release);
}

// What a hart holds can be kept per hart: whoever holds a spin lock is not moved, and no interrupt handler runs
// meanwhile. Locks that are only tried (the scheduler's stealing) cannot deadlock and need no order.
void SpinLock::check_order() const {
  const uint64_t same_or_inner = arch::this_hart().locks_held / one_lock(rank_);
  if (same_or_inner != 0 && !held_by_this_hart()) {
    panic("lock order: {} (rank {}) taken while holding ranks {#x}", name_, rank_, arch::this_hart().locks_held);
  }
}

bool SpinLock::held_by_this_hart() const {
  return holder_.load(std::memory_order_relaxed) == arch::this_hart().index + 1;
}

}  // namespace skep
