#include <string.h>

#include "arch/riscv/csr.h"
#include "arch/riscv/thread.h"
#include "task/process.h"
#include "task/scheduler.h"
#include "task/stats.h"

// Linux's function of this name; its prototype is in the kernel's BTF. Takes over the caller's reference.
extern "C" [[gnu::noinline]] void wake_up_new_task(task_struct* task) {
  skep::start_task(skep::Ref<skep::Task>::adopt(static_cast<skep::Task*>(task)));
}

namespace skep {

namespace {

// What the child gets as copies. Everything that can fail comes before the child is visible to run.
Result<void> copy_process(Process& parent, Process& child) {
  TRY(child.cwd.append(parent.cwd.span()));
  TRY(child.exe.append(parent.exe.span()));
  TRY(child.arguments.append(parent.arguments.span()));
  child.credentials = parent.credentials;
  child.umask = parent.umask;
  child.files = TRY(parent.files->clone());
  (void)child.replace_memory(TRY(parent.memory()->fork()));
  return {};
}

void copy_user_registers(const Task& parent, Task& child, const ForkOptions& options) {
  pt_regs& regs = child.user_regs();
  regs = parent.user_regs();
  regs.a0 = 0;
  if (options.stack != 0) regs.sp = options.stack;
  if (options.has_tls) regs.tp = options.tls;
  // The parent's floating-point registers may be ahead of their copy in memory.
  const uintptr_t saved = arch::disable_interrupts();
  arch::save_fp_state(&child.fp);
  arch::restore_interrupts(saved);
}

Result<Ref<Task>> build_child(Process& parent, Process& child, const ForkOptions& options) {
  TRY(copy_process(parent, child));
  Ref<Task> task = TRY(Task::create(child.pid, &child, nullptr, nullptr));
  const Task& self = current_task();
  memcpy(task->comm, self.comm, kCommBytes);
  task->blocked_signals = self.blocked_signals;
  task->clear_child_tid = options.clear_tid;
  copy_user_registers(self, *task, options);
  if (options.set_tid != 0) {
    const uint32_t tid = child.pid;
    // As Linux: a bad address is the child's problem.
    (void)child.memory()->write(options.set_tid, &tid, sizeof(tid), /*respect_protection=*/true);
  }
  return task;
}

}  // namespace

Result<uint32_t> fork_process(const ForkOptions& options) {
  Process& parent = current_process();
  Ref<Process> child = TRY(create_process(allocate_pid(), &parent));
  auto task = build_child(parent, *child, options);
  if (!task) {
    discard_process(*child);
    return fail(task.error());
  }
  const uint32_t pid = child->pid;
  bool interrupted;
  {
    SpinGuard guard(g_process_lock);
    // A signal for the group that came meanwhile has reached the parent, but not the child, which had no task: the
    // parent takes it first. (Linux: ERESTARTNOINTR of copy_process().)
    interrupted = current_task().has_deliverable_signal();
    if (!interrupted) {
      child->task = task->get();
      (*task)->set_parent(&current_task());
    }
  }
  if (interrupted) {
    discard_process(*child);
    return fail(Errno::kEINTR);
  }
  count_fork();
  wake_up_new_task(task->release());
  return pid;
}

}  // namespace skep
