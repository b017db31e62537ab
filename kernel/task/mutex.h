// A lock that sleeps. Task context only, and only with preemption on when it may be contended; the holder may sleep,
// copy to and from user memory, and take spin locks. Taken only through a guard. Not recursive.
#pragma once

#include <atomic>

#include "lib/annotations.h"
#include "task/wait_queue.h"

namespace skep {

class SKEP_CAPABILITY("mutex") Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void acquire() SKEP_ACQUIRE() {
    if (!try_take()) queue_.wait_uninterruptible([this] { return try_take(); });
  }
  void release() SKEP_RELEASE() {
    // Sequentially consistent on both sides: either the waiter sees `held_` false, or we see the waiter.
    held_.store(false, std::memory_order_seq_cst);
    if (waiters_possible_.load(std::memory_order_seq_cst)) queue_.wake_all();
  }

 private:
  bool try_take() {
    bool expected = false;
    if (held_.compare_exchange_strong(expected, true, std::memory_order_acquire)) return true;
    waiters_possible_.store(true, std::memory_order_seq_cst);
    expected = false;
    return held_.compare_exchange_strong(expected, true, std::memory_order_seq_cst);
  }

  std::atomic<bool> held_{false};
  std::atomic<bool> waiters_possible_{false};  // set for good by the first contention: most mutexes never see any
  WaitQueue queue_;
};

class SKEP_SCOPED_CAPABILITY MutexGuard {
 public:
  explicit MutexGuard(Mutex& mutex) SKEP_ACQUIRE(mutex) : mutex_(mutex) { mutex_.acquire(); }
  ~MutexGuard() SKEP_RELEASE() { mutex_.release(); }
  MutexGuard(const MutexGuard&) = delete;
  MutexGuard& operator=(const MutexGuard&) = delete;

 private:
  Mutex& mutex_;
};

}  // namespace skep
