// Sleeping until something happens. Pattern:
//   Result<void> r = queue.wait_until([&] { return condition(); });   // EINTR when a signal came first
// The condition is re-evaluated after every wake; it takes whatever lock it needs itself. wake_all() may be called from
// any context but a probe.
#pragma once

#include "lib/list.h"
#include "lib/result.h"
#include "task/spinlock.h"

namespace skep {

class Task;

class WaitQueue {
 public:
  template <typename Condition>
  Result<void> wait_until(Condition&& condition) {
    for (;;) {
      Waiter w;
      prepare(w);  // queued and marked sleeping before the condition is looked at: no wake can be lost
      if (condition()) {
        cancel(w);
        return {};
      }
      if (signal_pending()) {
        cancel(w);
        return fail(Errno::kEINTR);
      }
      sleep(w);
    }
  }
  // Same, with a deadline on the monotonic clock: ETIMEDOUT once it has passed and the condition does not hold.
  template <typename Condition>
  Result<void> wait_until_deadline(uint64_t deadline_ns, Condition&& condition) {
    for (;;) {
      Waiter w;
      prepare(w);
      if (condition()) {
        cancel(w);
        return {};
      }
      if (signal_pending()) {
        cancel(w);
        return fail(Errno::kEINTR);
      }
      if (!sleep_until(w, deadline_ns)) return condition() ? Result<void>{} : fail(Errno::kETIMEDOUT);
    }
  }
  // Same, without regard to signals other than SIGKILL’s effect on exit; for short waits.
  template <typename Condition>
  void wait_uninterruptible(Condition&& condition) {
    for (;;) {
      Waiter w;
      prepare(w);
      if (condition()) {
        cancel(w);
        return;
      }
      sleep(w);
    }
  }
  void wake_all();

 private:
  struct Waiter {
    ListNode node;
    Task* task = nullptr;
  };
  void prepare(Waiter& w);
  void cancel(Waiter& w);
  void sleep(Waiter& w);                              // returns with the waiter off the queue
  bool sleep_until(Waiter& w, uint64_t deadline_ns);  // the same; false when the deadline ended the sleep
  static bool signal_pending();

  SpinLock lock_{"wait_queue"};
  List<Waiter, &Waiter::node> waiters_ SKEP_GUARDED_BY(lock_);
};

}  // namespace skep
