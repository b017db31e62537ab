// Spin locks. Every lock here masks this hart's interrupts while held (so that any handler may take any lock of its
// rank), disables preemption, and is taken only through a guard. Order: docs/locking.md, checked in debug builds.
#pragma once

#include <stdint.h>

#include <atomic>

#include "lib/annotations.h"
#include "task/lock_order.h"

namespace skep {

class SKEP_CAPABILITY("spinlock") SpinLock {
 public:
  explicit constexpr SpinLock(const char* name, LockRank rank = LockRank::kLeaf) : name_(name), rank_(rank) {}
  SpinLock(const SpinLock&) = delete;
  SpinLock& operator=(const SpinLock&) = delete;

  // Returns the saved interrupt state, which release() wants back. Panics when this hart holds the lock already.
  uintptr_t acquire() SKEP_ACQUIRE();
  void release(uintptr_t saved_interrupts) SKEP_RELEASE();
  // The lock of an object that no other hart can reach yet: free, so that the order of locks does not matter.
  uintptr_t acquire_unshared() SKEP_ACQUIRE();
  // For the scheduler, which masks interrupts and disables preemption itself, and releases on another task's stack.
  void acquire_masked() SKEP_ACQUIRE();
  [[nodiscard]] bool try_acquire_masked() SKEP_TRY_ACQUIRE(true);
  void release_masked() SKEP_RELEASE();
  bool held_by_this_hart() const;
  const char* name() const { return name_; }

 private:
  std::atomic<uint32_t> holder_{0};  // hart index + 1, 0 when free
  void check_order() const;

  const char* name_;
  LockRank rank_;
};

class SKEP_SCOPED_CAPABILITY SpinGuard {
 public:
  struct Unshared {};
  explicit SpinGuard(SpinLock& lock) SKEP_ACQUIRE(lock) : lock_(lock), saved_(lock.acquire()) {}
  SpinGuard(SpinLock& lock, Unshared) SKEP_ACQUIRE(lock) : lock_(lock), saved_(lock.acquire_unshared()) {}
  ~SpinGuard() SKEP_RELEASE() { lock_.release(saved_); }
  SpinGuard(const SpinGuard&) = delete;
  SpinGuard& operator=(const SpinGuard&) = delete;

 private:
  SpinLock& lock_;
  uintptr_t saved_;
};

}  // namespace skep
