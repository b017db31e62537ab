#include "task/scheduler.h"

#include "arch/hooks.h"
#include "arch/machine.h"
#include "arch/riscv/csr.h"
#include "arch/riscv/kernel_map.h"
#include "arch/riscv/panic.h"
#include "arch/riscv/smp.h"
#include "arch/riscv/thread.h"
#include "lib/log.h"
#include "task/grace.h"
#include "task/process.h"
#include "task/scheduler_internal.h"
#include "task/spinlock.h"
#include "task/stats.h"
#include "task/task.h"
#include "task/timer.h"

namespace skep {

namespace {

// 20 ms: long enough that switching costs nothing, short enough that a shell answers while eight loops run.
constexpr uint32_t kSliceTicks = 2;

struct alignas(64) RunQueue {
  SpinLock lock{"run_queue", LockRank::kRunQueue};
  List<Task, &Task::run_node> waiting;
  std::atomic<uint32_t> length{0};  // of `waiting`; read without the lock as a hint
  Task* current = nullptr;
  Task* idle = nullptr;
  Task* previous = nullptr;  // who gave up this hart in the switch under way
  uint64_t switches = 0;
};
RunQueue g_queues[arch::kMaxHarts];
std::atomic<uint32_t> g_next_hart{0};

RunQueue& this_queue() { return g_queues[arch::this_hart().index]; }

void push(RunQueue& q, Task& task) {
  q.waiting.push_back(task);
  q.length.fetch_add(1, std::memory_order_relaxed);
}

Task* pop(RunQueue& q) {
  Task* t = q.waiting.pop_front();
  if (t) q.length.fetch_sub(1, std::memory_order_relaxed);
  return t;
}

// Locks the queue of the task's hart; the task may be moved while we wait for the lock.
RunQueue& lock_queue_of(const Task& task) SKEP_NO_THREAD_SAFETY_ANALYSIS {
  for (;;) {
    const arch::Hart* hart = __atomic_load_n(&task.hart, __ATOMIC_ACQUIRE);
    RunQueue& q = g_queues[hart->index];
    q.lock.acquire_masked();
    if (task.hart == hart) return q;
    q.lock.release_masked();
  }
}

void set_hart(Task& task, uint32_t index) { __atomic_store_n(&task.hart, &arch::g_harts[index], __ATOMIC_RELEASE); }

// Where a woken or new task should run: its last hart when idle, else any idle hart, else `preferred`.
uint32_t choose_hart(uint32_t preferred) {
  if (arch::g_harts[preferred].idle.load()) return preferred;
  const uint32_t count = arch::online_hart_count();
  for (uint32_t i = 0; i < count; i++) {
    if (arch::g_harts[i].idle.load() && g_queues[i].length.load(std::memory_order_relaxed) == 0) return i;
  }
  return preferred;
}

// Interrupts masked, no queue locked. The task is runnable, on no queue, and `on_queue` says it belongs to this call.
void enqueue(Task& task, uint32_t index) SKEP_NO_THREAD_SAFETY_ANALYSIS {
  RunQueue& q = g_queues[index];
  q.lock.acquire_masked();
  set_hart(task, index);
  push(q, task);
  q.lock.release_masked();
  // The idle hart looks at its queue after it has set `idle`, and we look at `idle` after filling the queue: one of the
  // two sees the other.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (arch::g_harts[index].idle.load() && index != arch::this_hart().index) arch::send_ipi(index);
}

// Work for an idle hart: the first waiting task of another queue that is not locked just now.
Task* steal(uint32_t thief) SKEP_NO_THREAD_SAFETY_ANALYSIS {
  const uint32_t count = arch::online_hart_count();
  for (uint32_t i = 1; i < count; i++) {
    RunQueue& victim = g_queues[(thief + i) % count];
    if (victim.length.load(std::memory_order_relaxed) == 0 || !victim.lock.try_acquire_masked()) continue;
    Task* t = pop(victim);
    if (t) set_hart(*t, thief);
    victim.lock.release_masked();
    if (t) return t;
  }
  return nullptr;
}

// What the hardware holds for a user task beyond the registers of the context switch.
void leave_user_state(Task& task) {
  if (!task.process) return;
  pt_regs& regs = task.user_regs();
  if ((regs.status & SKEP_SSTATUS_FS) == arch::kFsDirty) {
    arch::save_fp_state(&task.fp);
    regs.status = (regs.status & ~uint64_t{SKEP_SSTATUS_FS}) | arch::kFsClean;
  }
}

void enter_user_state(Task& task) {
  if (!task.process || !task.process->memory()) {
    arch::switch_address_space(arch::kernel_satp());
    return;
  }
  arch::switch_address_space(task.process->memory()->satp());
  arch::load_fp_state(&task.fp);
}

// After a switch, on the new task's stack, still under the queue's lock that the previous task took.
void finish_switch() SKEP_NO_THREAD_SAFETY_ANALYSIS {
  RunQueue& q = this_queue();
  Task* previous = q.previous;
  q.previous = nullptr;
  const bool dead = previous->state.load(std::memory_order_relaxed) == TaskState::kDead;
  q.lock.release_masked();
  if (dead) previous->unref();
}

// The switch itself. Interrupts masked, preemption off. `preempted`: the task goes on wanting to run, whatever its
// state says: it may be on its way to sleep, with its condition not looked at yet.
void switch_tasks(bool preempted) SKEP_NO_THREAD_SAFETY_ANALYSIS {
  arch::Hart& hart = arch::this_hart();
  RunQueue& q = g_queues[hart.index];
  report_quiescent(hart.index);
  q.lock.acquire_masked();
  hart.attention.fetch_and(~arch::kAttentionReschedule, std::memory_order_relaxed);
  Task& from = current_task();
  if (!from.is_idle) {
    if (preempted || from.state.load(std::memory_order_relaxed) == TaskState::kRunning) {
      push(q, from);
    } else {
      from.on_queue = false;
    }
  }
  Task* to = pop(q);
  if (!to) to = steal(hart.index);
  if (!to) to = q.idle;
  to->slice_ticks = kSliceTicks;
  if (to == &from) {
    q.lock.release_masked();
    return;
  }
  q.current = to;
  q.previous = &from;
  q.switches++;
  leave_user_state(from);
  enter_user_state(*to);
  arch::switch_context(&from, to);
  finish_switch();
}

void reschedule(bool preempted) {
  if (current_task().preempt_count != 0) panic("rescheduling with preemption off");
  const uintptr_t saved = arch::disable_interrupts();
  preempt_disable();
  switch_tasks(preempted);
  preempt_enable_no_reschedule();
  arch::restore_interrupts(saved);
}

bool reschedule_wanted() {
  return (arch::this_hart().attention.load(std::memory_order_relaxed) & arch::kAttentionReschedule) != 0;
}

}  // namespace

extern "C" void finish_first_switch() {
  finish_switch();
  preempt_enable_no_reschedule();
  arch::enable_interrupts();
}

void schedule() { reschedule(false); }
void yield() { reschedule(true); }

void preemption_enabled() {
  arch::Hart& hart = arch::this_hart();
  if (hart.attention.load(std::memory_order_relaxed) & arch::kAttentionQuiescent) {
    // Even should this task be moved to another hart here: at this moment it is no reader, on either.
    const uintptr_t saved = arch::disable_interrupts();
    report_quiescent(arch::this_hart().index);
    arch::restore_interrupts(saved);
  }
  while (reschedule_wanted() && arch::interrupts_enabled()) reschedule(true);
}

// ---- Waking
// ------------------------------------------------------------------------------------------------------------

namespace {
void wake_from(Task& task, bool deaf_too) SKEP_NO_THREAD_SAFETY_ANALYSIS {
  const uintptr_t saved = arch::disable_interrupts();
  preempt_disable();
  RunQueue& q = lock_queue_of(task);
  const TaskState state = task.state.load(std::memory_order_relaxed);
  bool queue_it = false;
  if (state == TaskState::kSleeping || (deaf_too && state == TaskState::kSleepingDeaf)) {
    task.state.store(TaskState::kRunning, std::memory_order_relaxed);
    queue_it = !task.on_queue;
    task.on_queue = true;
  }
  q.lock.release_masked();
  if (queue_it) enqueue(task, choose_hart(task.hart->index));
  preempt_enable_no_reschedule();
  arch::restore_interrupts(saved);
}
}  // namespace

void wake_task(Task& task) { wake_from(task, true); }
void wake_task_for_signal(Task& task) { wake_from(task, false); }

void start_task(Ref<Task> task) {
  Task* t = task.release();  // dropped in finish_switch() when it is dead
  const uintptr_t saved = arch::disable_interrupts();
  preempt_disable();
  t->on_queue = true;
  const uint32_t index = choose_hart(g_next_hart.fetch_add(1, std::memory_order_relaxed) % arch::online_hart_count());
  set_hart(*t, index);
  enqueue(*t, index);
  preempt_enable_no_reschedule();
  arch::restore_interrupts(saved);
}

void exit_task() {
  Task& task = current_task();
  arch::disable_interrupts();
  preempt_disable();
  task.state.store(TaskState::kDead, std::memory_order_relaxed);
  switch_tasks(false);
  panic("a dead task ran");
}

Result<void> start_kernel_thread(const char* name, void (*function)(void*), void* argument) {
  Ref<Task> task = TRY(Task::create(allocate_pid(), nullptr, function, argument));
  task->set_comm(name);
  start_task(std::move(task));
  return {};
}

// ---- Idle
// --------------------------------------------------------------------------------------------------------------

void adopt_idle_task(uint32_t index, Task& task) {
  task.is_idle = true;
  task.on_queue = true;
  task.set_comm("idle");
  set_hart(task, index);
  g_queues[index].idle = g_queues[index].current = &task;
}

Result<Ref<Task>> create_idle_task(uint32_t index) {
  // Its function is never used: the hart's start code calls run_idle() on the task's stack.
  Ref<Task> task = TRY(Task::create(0, nullptr, [](void*) {}, nullptr));
  task->preempt_count = 0;
  adopt_idle_task(index, *task);
  return task;
}

void run_idle() {
  arch::enable_interrupts();
  for (;;) {
    arch::Hart& hart = arch::this_hart();  // an idle task never moves
    arch::disable_interrupts();
    hart.idle.store(true);
    if (g_queues[hart.index].length.load() == 0 && hart.attention.load() == 0) arch::wait_for_interrupt();
    hart.idle.store(false);
    arch::enable_interrupts();  // what woke the hart is served here
    schedule();
  }
}

uint64_t context_switch_count() {
  uint64_t n = 0;
  for (const RunQueue& q : g_queues) n += q.switches;
  return n;
}

// ---- Called by the trap code
// -------------------------------------------------------------------------------------------

namespace arch {

void on_timer_interrupt(bool preemptible, bool tick, bool from_user) {
  const uint32_t index = this_hart().index;
  if (preemptible) report_quiescent(index);
  run_timers();
  Task& task = current_task();
  if (!tick) return;
  count_tick(index, task.is_idle ? TickUse::kIdle : from_user ? TickUse::kUser : TickUse::kSystem);
  if (task.process) (from_user ? task.process->user_ticks : task.process->system_ticks).fetch_add(1);
  if (task.is_idle) return;
  if (task.slice_ticks > 0) task.slice_ticks--;
  if (task.slice_ticks == 0) this_hart().attention.fetch_or(kAttentionReschedule, std::memory_order_relaxed);
}

void on_ipi(bool preemptible) {
  if (panic_in_progress()) stop_this_hart();
  if (preemptible) report_quiescent(this_hart().index);
  wake_grace_thread();
}

void on_kernel_preemption() {
  while (reschedule_wanted()) reschedule(true);
}

void on_secondary_hart() { run_idle(); }

}  // namespace arch

}  // namespace skep
