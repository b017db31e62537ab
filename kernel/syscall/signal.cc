// Signals: sending, actions, masks, and the return from a handler.
#include "task/signal.h"

#include "arch/riscv/csr.h"
#include "arch/riscv/thread.h"
#include "syscall/support.h"
#include "syscall/table.h"
#include "task/process.h"

namespace skep {

namespace {

constexpr size_t kSetBytes = sizeof(SignalSet);

bool is_signal(int n) { return n >= 1 && n <= static_cast<int>(kSignals); }

}  // namespace

long sys_kill(int pid, int signal) { return to_syscall_return(kill_processes(pid, signal)); }

long sys_tkill(int tid, int signal) {
  if (tid <= 0) return error_return(Errno::kEINVAL);
  return to_syscall_return(kill_processes(tid, signal));
}

long sys_tgkill(int tgid, int tid, int signal) {
  if (tgid <= 0 || tid <= 0) return error_return(Errno::kEINVAL);
  // Every process has one thread, which has the process's id.
  return tgid == tid ? to_syscall_return(kill_processes(tid, signal)) : error_return(Errno::kESRCH);
}

long sys_rt_sigaction(int signal, UserAddr action, UserAddr old_action, size_t set_bytes) {
  if (set_bytes != kSetBytes || !is_signal(signal)) return error_return(Errno::kEINVAL);
  SignalAction fresh{};
  if (action != 0) {
    if (kUnblockable & signal_bit(signal)) return error_return(Errno::kEINVAL);
    if (auto r = copy_from_user(&fresh, action, sizeof(fresh)); !r) return to_syscall_return(r);
    fresh.mask &= ~kUnblockable;
  }
  SignalAction old;
  {
    SpinGuard guard(g_process_lock);
    SignalAction& place = current_process().actions[signal];
    old = place;
    if (action != 0) place = fresh;
  }
  return old_action != 0 ? to_syscall_return(write_user(old_action, old)) : 0;
}

long sys_rt_sigprocmask(int how, UserAddr set, UserAddr old_set, size_t set_bytes) {
  if (set_bytes != kSetBytes) return error_return(Errno::kEINVAL);
  Task& task = current_task();
  const SignalSet old = task.blocked_signals;
  if (set != 0) {
    const auto given = read_user<SignalSet>(set);
    if (!given) return error_return(given.error());
    SignalSet next = old;
    switch (how) {
      case SKEP_SIG_BLOCK:
        next |= *given;
        break;
      case SKEP_SIG_UNBLOCK:
        next &= ~*given;
        break;
      case SKEP_SIG_SETMASK:
        next = *given;
        break;
      default:
        return error_return(Errno::kEINVAL);
    }
    task.blocked_signals = next & ~kUnblockable;
  }
  return old_set != 0 ? to_syscall_return(write_user(old_set, old)) : 0;
}

long sys_rt_sigpending(UserAddr set, size_t set_bytes) {
  if (set_bytes > kSetBytes) return error_return(Errno::kEINVAL);
  const Task& task = current_task();
  const SignalSet pending = task.pending_signals.load() & task.blocked_signals;
  return to_syscall_return(copy_to_user(set, &pending, set_bytes));
}

long sys_rt_sigsuspend(UserAddr set, size_t set_bytes) {
  if (set_bytes != kSetBytes) return error_return(Errno::kEINVAL);
  const auto mask = read_user<SignalSet>(set);
  if (!mask) return error_return(mask.error());
  Task& task = current_task();
  // The old mask comes back when the handler returns, or on the way out when no handler runs.
  task.saved_blocked_signals = task.blocked_signals;
  task.restore_blocked_signals = true;
  task.blocked_signals = *mask & ~kUnblockable;
  WaitQueue nobody_wakes;
  (void)nobody_wakes.wait_until([] { return false; });
  return error_return(Errno::kEINTR);
}

long sys_rt_sigreturn() {
  Task& task = current_task();
  pt_regs& regs = task.user_regs();
  skep_sigframe frame;
  if (!copy_from_user(&frame, regs.sp, sizeof(frame))) {
    force_signal(SKEP_SIGSEGV, {.code = 1, .pid = 0, .uid = 0, .status = 0, .address = regs.sp});
    return 0;
  }
  __builtin_memcpy(&regs, frame.uc.uc_mcontext.registers, sizeof(frame.uc.uc_mcontext.registers));
  regs.cause = ~uint64_t{0};  // not a system call any more: nothing to restart
  task.blocked_signals = frame.uc.uc_sigmask & ~kUnblockable;
  const uintptr_t saved = arch::disable_interrupts();
  __builtin_memcpy(task.fp.f, frame.uc.uc_mcontext.fp, sizeof(task.fp.f));
  task.fp.fcsr = static_cast<uint32_t>(frame.uc.uc_mcontext.fp[32]) & 0xff;
  arch::load_fp_state(&task.fp);
  arch::restore_interrupts(saved);
  return static_cast<long>(regs.a0);  // the dispatcher stores the result there
}

long sys_sigaltstack(UserAddr stack, UserAddr old_stack) {
  constexpr int32_t kOnStack = 1, kDisable = 2;
  constexpr uint64_t kMinimumBytes = 2048;  // MINSIGSTKSZ
  Task& task = current_task();
  const bool on_it = task.user_regs().sp - task.signal_stack < task.signal_stack_bytes;
  const skep_stack old{task.signal_stack,
                       task.signal_stack_bytes == 0 ? kDisable
                       : on_it                      ? kOnStack
                                                    : 0,
                       0, task.signal_stack_bytes};
  if (stack != 0) {
    const auto fresh = read_user<skep_stack>(stack);
    if (!fresh) return error_return(fresh.error());
    if (on_it) return error_return(Errno::kEPERM);
    if ((fresh->ss_flags & ~kDisable) != 0) return error_return(Errno::kEINVAL);
    const bool off = (fresh->ss_flags & kDisable) != 0;
    if (!off && fresh->ss_size < kMinimumBytes) return error_return(Errno::kENOMEM);
    task.signal_stack = off ? 0 : fresh->ss_sp;
    task.signal_stack_bytes = off ? 0 : fresh->ss_size;
  }
  return old_stack != 0 ? to_syscall_return(write_user(old_stack, old)) : 0;
}

}  // namespace skep
