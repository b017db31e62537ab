#include "task/timer.h"

#include <algorithm>
#include <atomic>

#include "arch/clock.h"
#include "task/scheduler.h"
#include "task/spinlock.h"
#include "task/task.h"

namespace skep {

struct TimerList {
  using List = skep::List<TaskTimer, &TaskTimer::node_>;
  SpinLock lock{"timers", LockRank::kTimers};
  List timers SKEP_GUARDED_BY(lock);
  std::atomic<uint64_t> earliest{~uint64_t{0}};  // a lower bound, to be read without the lock
};

namespace {
TimerList g_timers;
}

TaskTimer::TaskTimer(Task& task, uint64_t deadline_ns) : task_(task), deadline_ns_(deadline_ns) {
  SpinGuard guard(g_timers.lock);
  g_timers.timers.push_back(*this);
  if (deadline_ns < g_timers.earliest.load(std::memory_order_relaxed)) g_timers.earliest.store(deadline_ns);
  arch::request_timer_interrupt(deadline_ns);
}

TaskTimer::~TaskTimer() {
  SpinGuard guard(g_timers.lock);
  if (node_.is_linked()) g_timers.timers.remove(*this);
}

void run_timers() {
  const uint64_t now = monotonic_ns();
  const uint64_t due = g_timers.earliest.load(std::memory_order_relaxed);
  if (now < due) {
    if (due != ~uint64_t{0}) arch::request_timer_interrupt(due);
    return;
  }
  SpinGuard guard(g_timers.lock);
  uint64_t earliest = ~uint64_t{0};
  for (TaskTimer& t : g_timers.timers) {
    if (t.deadline_ns_ <= now) {
      g_timers.timers.remove(t);
      wake_task(t.task_);
    } else {
      earliest = std::min(earliest, t.deadline_ns_);
    }
  }
  g_timers.earliest.store(earliest);
  if (earliest != ~uint64_t{0}) arch::request_timer_interrupt(earliest);
}

}  // namespace skep
