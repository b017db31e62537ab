#include "task/thread.h"

#include <string.h>

#include <algorithm>

#include "arch/riscv/csr.h"
#include "mm/kernel_stack.h"
#include "task/process.h"
#include "task/scheduler_internal.h"

namespace skep {

Result<Ref<Task>> Task::create(uint32_t id, Process* process, void (*function)(void*), void* argument) {
  Ref<Task> task = TRY(kcreate<Task>());
  task->stack_ = TRY(mm::allocate_kernel_stack());
  // Until start_task() chooses one: others may signal the task, or show it in /proc, before it runs for the first time.
  task->hart = &arch::g_harts[0];
  if (process) {
    process->ref();
    task->process = process;
  }
  task->pid = static_cast<int>(id);
  task->tgid = static_cast<int>(process ? process->pid : id);
  task->flags = process ? 0 : SKEP_PF_KTHREAD;
  task->start_time = monotonic_ns();
  task->kernel_sp = task->stack_;
  task->preempt_count = 1;  // it begins inside the switch, which finish_first_switch() ends
  // thread_start (entry.S) finds what to do in s1, s2, s3. A user task's pt_regs stand at the top of its stack, a frame
  // record below.
  task->context.ra = reinterpret_cast<uint64_t>(arch::thread_start);
  task->context.sp = task->kernel_sp - (function ? 0 : sizeof(pt_regs) + 16);
  task->context.s[1] = reinterpret_cast<uint64_t>(function);
  task->context.s[2] = reinterpret_cast<uint64_t>(argument);
  task->context.s[3] = reinterpret_cast<uint64_t>(finish_first_switch);
  return task;
}

Task::~Task() {
  if (process) process->unref();
  if (stack_) mm::free_kernel_stack(stack_);
}

void Task::set_comm(std::string_view name) {
  const size_t n = std::min(name.size(), kCommBytes - 1);
  // Readers may look meanwhile: the terminator at the end is never overwritten.
  memset(comm, 0, kCommBytes);
  memcpy(comm, name.data(), n);
}

}  // namespace skep
