// Preemptive round-robin scheduling: one run queue per hart, idle harts take work from others.
#pragma once

#include <stdint.h>

#include "task/thread.h"

namespace skep {

// Gives the processor to another task. A task whose state is not kRunning is left out until wake_task(). Task context,
// preemption on; returns when the task runs again.
void schedule();
// The same for a task that wants to go on: others first.
void yield();

// Makes a sleeping task runnable; no effect on others. `only_from`: kSleeping for signals, which must not wake the
// deaf. Any context but a probe.
void wake_task(Task& task);
void wake_task_for_signal(Task& task);

// Puts a new task on a run queue. The scheduler holds a reference until the task is dead.
void start_task(Ref<Task> task);
// Ends the running task; its stack and the scheduler's reference go once it is off it. Preemption on.
[[noreturn]] void exit_task();

// Starts a kernel thread. ENOMEM, EAGAIN.
Result<void> start_kernel_thread(const char* name, void (*function)(void*), void* argument);

// The outermost preemption-off section ended and this hart's attention word is not zero. Any interrupt state.
void preemption_enabled();

// Makes the running boot code of hart `index` its idle task. `run_idle` is that task's whole life.
void adopt_idle_task(uint32_t index, Task& task);
[[noreturn]] void run_idle();
// An idle task for a hart yet to be started, with a stack. ENOMEM.
Result<Ref<Task>> create_idle_task(uint32_t index);

uint64_t context_switch_count();

}  // namespace skep
