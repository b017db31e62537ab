// Sleeping until something happens. Pattern:
//   Result<void> r = queue.wait_until([&] { return condition(); });   // EINTR when a signal came first
// The condition is re-evaluated after every wake; it takes whatever lock it needs itself, but must not sleep.
// wake_all() may be called from any context but a probe; the waits are for task context with preemption on.
#pragma once

#include <stdint.h>

#include "lib/list.h"
#include "lib/result.h"
#include "task/spinlock.h"

namespace skep {

class Task;

class WaitQueue {
 public:
  static constexpr uint64_t kNoDeadline = ~uint64_t{0};

  template <typename Condition>
  Result<void> wait_until(Condition&& condition) {
    return wait_until_deadline(kNoDeadline, condition);
  }
  // Same, with a deadline on the monotonic clock: ETIMEDOUT once it has passed and the condition does not hold.
  template <typename Condition>
  Result<void> wait_until_deadline(uint64_t deadline_ns, Condition&& condition) {
    for (;;) {
      Waiter w;
      prepare(w, true);  // queued and marked sleeping before the condition is looked at: no wake can be lost
      if (condition()) {
        finish(w);
        return {};
      }
      if (signal_pending()) {
        finish(w);
        return fail(Errno::kEINTR);
      }
      if (deadline_passed(deadline_ns)) {
        finish(w);
        return fail(Errno::kETIMEDOUT);
      }
      sleep(w, deadline_ns);
    }
  }
  // Same, without regard to signals; for short waits.
  template <typename Condition>
  void wait_uninterruptible(Condition&& condition) {
    for (;;) {
      Waiter w;
      prepare(w, false);
      if (condition()) {
        finish(w);
        return;
      }
      sleep(w, kNoDeadline);
    }
  }
  void wake_all();
  // Makes a condition come true and wakes whoever waits for it, in one: for a queue that its only waiter owns and may
  // destroy as soon as it has seen the condition. The queue is not touched after the waiter can have left it.
  template <typename Change>
  void change_and_wake_all(Change&& change) {
    SpinGuard guard(lock_);
    change();
    wake_all_locked();
  }

 private:
  struct Waiter {
    ListNode node;
    Task* task = nullptr;
  };
  void prepare(Waiter& w, bool interruptible);
  void wake_all_locked() SKEP_REQUIRES(lock_);
  void finish(Waiter& w);                       // awake and off the queue
  void sleep(Waiter& w, uint64_t deadline_ns);  // returns with the waiter off the queue
  static bool signal_pending();
  static bool deadline_passed(uint64_t deadline_ns);

  SpinLock lock_{"wait_queue", LockRank::kWaitQueue};
  List<Waiter, &Waiter::node> waiters_ SKEP_GUARDED_BY(lock_);
};

// Sleeps until monotonic_ns() reaches the deadline; EINTR when a signal came first. Task.
Result<void> sleep_until(uint64_t deadline_ns);

// For system calls with a time limit that start again when signals came and none of them ran a handler. `fresh_ns` is
// the deadline of a first start; a second one gets the deadline that the first passed to keep_deadline() with its
// EINTR.
uint64_t resume_deadline(uint64_t fresh_ns);
void keep_deadline(uint64_t deadline_ns);

}  // namespace skep
