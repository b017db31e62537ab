#include "task/futex.h"

#include "lib/list.h"
#include "task/process.h"
#include "task/spinlock.h"
#include "task/wait_queue.h"

namespace skep {

namespace {

struct Sleeper {
  ListNode node;
  const mm::AddressSpace* space = nullptr;
  UserAddr address = 0;
};

struct Futexes {
  SpinLock lock{"futexes", LockRank::kFutexes};
  List<Sleeper, &Sleeper::node> sleepers SKEP_GUARDED_BY(lock);
  WaitQueue queue;
};
Futexes g_futexes;

void enter(Sleeper& s) {
  SpinGuard guard(g_futexes.lock);
  g_futexes.sleepers.push_back(s);
}

bool still_sleeps(const Sleeper& s) {
  SpinGuard guard(g_futexes.lock);
  return s.node.is_linked();
}

void leave(Sleeper& s) {
  SpinGuard guard(g_futexes.lock);
  if (s.node.is_linked()) g_futexes.sleepers.remove(s);
}

}  // namespace

Result<void> futex_wait(UserAddr address, uint32_t expected, uint64_t deadline_ns) {
  Sleeper s;
  s.space = current_process().memory();
  s.address = address;
  // Listed before the value is read: a wake after the read finds the sleeper.
  enter(s);
  const Result<uint32_t> value = read_user<uint32_t>(address);
  Result<void> result;
  if (!value) {
    result = fail(value.error());
  } else if (*value != expected) {
    result = fail(Errno::kEAGAIN);
  } else {
    result = g_futexes.queue.wait_until_deadline(deadline_ns, [&] { return !still_sleeps(s); });
  }
  leave(s);
  return result;
}

uint32_t futex_wake(UserAddr address, uint32_t count) {
  uint32_t woken = 0;
  {
    SpinGuard guard(g_futexes.lock);
    for (Sleeper& s : g_futexes.sleepers) {
      if (woken == count) break;
      if (s.space != current_process().memory() || s.address != address) continue;
      g_futexes.sleepers.remove(s);
      woken++;
    }
  }
  if (woken != 0) g_futexes.queue.wake_all();
  return woken;
}

}  // namespace skep
