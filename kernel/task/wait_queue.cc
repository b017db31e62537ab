#include "task/wait_queue.h"

#include <utility>

#include "task/scheduler.h"
#include "task/task.h"
#include "task/timer.h"

namespace skep {

void WaitQueue::prepare(Waiter& w, bool interruptible) {
  w.task = &current_task();
  SpinGuard guard(lock_);
  waiters_.push_back(w);
  w.task->state.store(interruptible ? TaskState::kSleeping : TaskState::kSleepingDeaf);
}

void WaitQueue::finish(Waiter& w) {
  SpinGuard guard(lock_);
  w.task->state.store(TaskState::kRunning);
  if (w.node.is_linked()) waiters_.remove(w);
}

void WaitQueue::sleep(Waiter& w, uint64_t deadline_ns) {
  if (deadline_ns == kNoDeadline) {
    schedule();
  } else {
    TaskTimer timer(*w.task, deadline_ns);
    schedule();
  }
  finish(w);
}

void WaitQueue::wake_all() {
  SpinGuard guard(lock_);
  wake_all_locked();
}

void WaitQueue::wake_all_locked() {
  // The waiter lives on its task's stack, and stays there: finish() needs the lock that is held here.
  while (Waiter* w = waiters_.pop_front()) wake_task(*w->task);
}

bool WaitQueue::signal_pending() { return current_task().has_deliverable_signal(); }

bool WaitQueue::deadline_passed(uint64_t deadline_ns) {
  return deadline_ns != kNoDeadline && monotonic_ns() >= deadline_ns;
}

uint64_t resume_deadline(uint64_t fresh_ns) {
  const uint64_t kept = std::exchange(current_task().resumed_deadline, 0);
  return kept != 0 ? kept : fresh_ns;
}

void keep_deadline(uint64_t deadline_ns) { current_task().interrupted_deadline = deadline_ns; }

Result<void> sleep_until(uint64_t deadline_ns) {
  WaitQueue nobody_wakes;
  if (auto r = nobody_wakes.wait_until_deadline(deadline_ns, [] { return false; }); r.error() != Errno::kETIMEDOUT)
    return r;
  return {};
}

}  // namespace skep
