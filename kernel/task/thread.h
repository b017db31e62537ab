// A thread of execution: a user program's or the kernel's own.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <atomic>
#include <string_view>

#include "arch/riscv/thread.h"
#include "lib/list.h"
#include "lib/ref.h"
#include "lib/result.h"
#include "mm/heap.h"
#include "task/signal.h"
#include "task/task_struct.h"

namespace skep {

class Process;

enum class TaskState : uint8_t {
  kRunning,       // runs or wants to
  kSleeping,      // waits; signals wake it
  kSleepingDeaf,  // waits; only what it waits for wakes it
  kDead,          // has run for the last time
};

inline constexpr size_t kCommBytes = SKEP_TASK_COMM_BYTES;

// What clone(2) asks of a fork beyond the plain one.
struct ForkOptions {
  uint64_t stack = 0;      // the child's stack pointer; 0: a copy of the parent's
  uint64_t set_tid = 0;    // where the child's id is written in its memory; 0: nowhere
  uint64_t clear_tid = 0;  // what is cleared and woken as a futex when the child exits
  uint64_t tls = 0;
  bool has_tls = false;
};

class Task : public arch::Thread, public task_struct, public RefCounted<Task> {
 public:
  // A user task of `process`, or a kernel thread when `process` is null and `function` is not. Not yet runnable:
  // start_task() (task/scheduler.h) takes it over. ENOMEM, EAGAIN.
  static Result<Ref<Task>> create(uint32_t id, Process* process, void (*function)(void*), void* argument);
  Task() : task_struct{} { group_leader = this; }
  ~Task();
  void last_reference_dropped() { kdelete(this); }

  Process* process = nullptr;  // null for kernel threads; a counted reference
  bool is_idle = false;

  std::atomic<TaskState> state{TaskState::kRunning};
  // Guarded by the lock of the run queue of `hart` (scheduler.cc).
  ListNode run_node;
  bool on_queue = false;  // runs or stands in a queue
  uint32_t slice_ticks = 0;

  // Signals that wait for this task, and those it blocks; bit n - 1 is signal n. Set by any hart; blocked by itself
  // only.
  std::atomic<uint64_t> pending_signals{0};
  SignalInfo signal_info[kSignals + 1];  // of the pending ones; guarded by g_process_lock
  uint64_t blocked_signals = 0;
  uint64_t saved_blocked_signals = 0;  // of rt_sigsuspend, to be restored when the handler returns
  bool restore_blocked_signals = false;

  // A timed wait that a signal ended goes on to its own deadline when no handler ran: from the wait to the delivery of
  // signals, and from there to the call's second start. 0: none.
  uint64_t interrupted_deadline = 0;
  uint64_t resumed_deadline = 0;

  uint64_t signal_stack = 0;  // sigaltstack; no bytes: none
  uint64_t signal_stack_bytes = 0;

  ForkOptions fork_options;       // of the fork under way (sys_clone, sys_fork)
  uintptr_t clear_child_tid = 0;  // set_tid_address

  uint32_t id() const { return static_cast<uint32_t>(pid); }
  void set_comm(std::string_view name);
  // Null for pid 1 and for kernel threads.
  void set_parent(Task* task) { real_parent = parent = task; }
  bool has_deliverable_signal() const {
    return (pending_signals.load(std::memory_order_acquire) & ~blocked_signals) != 0;
  }

 private:
  uintptr_t stack_ = 0;
};

inline Task& current_task() { return static_cast<Task&>(arch::current_thread()); }

}  // namespace skep
