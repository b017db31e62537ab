#include "task/signal.h"

#include <bit>

#include "arch/riscv/csr.h"
#include "arch/riscv/smp.h"
#include "arch/riscv/thread.h"
#include "task/process.h"
#include "task/scheduler.h"

namespace skep {

namespace {

enum class DefaultAction : uint8_t { kTerminate, kIgnore, kStop, kContinue };

DefaultAction default_action(int signal) {
  switch (signal) {
    case SKEP_SIGCHLD:
    case SKEP_SIGURG:
    case SKEP_SIGWINCH:
      return DefaultAction::kIgnore;
    case SKEP_SIGSTOP:
    case SKEP_SIGTSTP:
    case SKEP_SIGTTIN:
    case SKEP_SIGTTOU:
      return DefaultAction::kStop;
    case SKEP_SIGCONT:
      return DefaultAction::kContinue;
    default:
      return DefaultAction::kTerminate;
  }
}

constexpr SignalSet kStopSignals =
    signal_bit(SKEP_SIGSTOP) | signal_bit(SKEP_SIGTSTP) | signal_bit(SKEP_SIGTTIN) | signal_bit(SKEP_SIGTTOU);

// Whether the signal would do nothing if it were delivered now.
bool is_ignored_locked(const Process& p, int signal) SKEP_REQUIRES(g_process_lock) {
  const uint64_t handler = p.actions[signal].handler;
  if (handler == SKEP_SIG_IGN) return true;
  if (handler != SKEP_SIG_DFL) return false;
  const DefaultAction action = default_action(signal);
  // pid 1 dies of nothing that it has not asked for: the system would go with it.
  if (p.pid == 1) return true;
  return action == DefaultAction::kIgnore;
}

void continue_locked(Process& p) SKEP_REQUIRES(g_process_lock) {
  if (p.state != ProcessState::kStopped) return;
  p.state = ProcessState::kAlive;
  p.report_stop = false;
  p.continued.wake_all();
}

// Gets the task to look at its signals soon, wherever it is.
void notify(Task& task) {
  wake_task_for_signal(task);
  arch::Hart* hart = __atomic_load_n(&task.hart, __ATOMIC_ACQUIRE);
  if (&task != &current_task()) arch::send_ipi(hart->index);
}

void send_locked(Process& p, int signal, const SignalInfo& info) SKEP_REQUIRES(g_process_lock) {
  Task* task = p.task;
  if (!task || p.state == ProcessState::kZombie) return;
  if (signal == SKEP_SIGCONT || signal == SKEP_SIGKILL) {
    if (signal == SKEP_SIGCONT) {
      task->pending_signals.fetch_and(~kStopSignals);
      if (p.state == ProcessState::kStopped) {
        p.report_continue = true;
        if (p.parent) p.parent->child_event.wake_all();
      }
    }
    continue_locked(p);
  }
  if (kStopSignals & signal_bit(signal)) task->pending_signals.fetch_and(~signal_bit(SKEP_SIGCONT));
  const bool blocked = (task->blocked_signals & signal_bit(signal)) != 0;
  if (!blocked && is_ignored_locked(p, signal)) return;
  if ((task->pending_signals.load() & signal_bit(signal)) == 0) task->signal_info[signal] = info;
  task->pending_signals.fetch_or(signal_bit(signal));
  if (!blocked) notify(*task);
}

bool may_signal(const Credentials& sender, const Process& target) {
  const Credentials& t = target.credentials;
  return sender.euid == 0 || sender.euid == t.uid || sender.euid == t.suid || sender.uid == t.uid ||
         sender.uid == t.suid;
}

}  // namespace

void send_signal(Process& process, int signal, const SignalInfo& info) {
  SpinGuard guard(g_process_lock);
  send_locked(process, signal, info);
}

void signal_current(int signal) {
  send_signal(current_process(), signal, {.code = SKEP_SI_KERNEL, .pid = 0, .uid = 0, .status = 0, .address = 0});
}

Result<void> signal_group(uint32_t pgrp, int signal) {
  SpinGuard guard(g_process_lock);
  bool any = false;
  for_each_process_locked([&](Process& p) SKEP_REQUIRES(g_process_lock) {
    if (p.group != pgrp) return;
    any = true;
    send_locked(p, signal, {.code = SKEP_SI_KERNEL, .pid = 0, .uid = 0, .status = 0, .address = 0});
  });
  if (!any) return fail(Errno::kESRCH);
  return {};
}

Result<void> kill_processes(int64_t pid, int signal) {
  if (signal < 0 || signal > static_cast<int>(kSignals)) return fail(Errno::kEINVAL);
  Process& self = current_process();
  const SignalInfo info{.code = SKEP_SI_USER, .pid = self.pid, .uid = self.credentials.uid, .status = 0, .address = 0};
  SpinGuard guard(g_process_lock);
  const auto chosen = [&](const Process& p) SKEP_REQUIRES(g_process_lock) {
    if (pid > 0) return p.pid == static_cast<uint64_t>(pid);
    if (pid == 0) return p.group == self.group;
    if (pid == -1) return p.pid != 1 && &p != &self;
    return p.group == static_cast<uint64_t>(-pid);
  };
  bool any = false, allowed = false;
  for_each_process_locked([&](Process& p) SKEP_REQUIRES(g_process_lock) {
    if (!chosen(p)) return;
    any = true;
    if (!may_signal(self.credentials, p)) return;
    allowed = true;
    if (signal != 0) send_locked(p, signal, info);
  });
  if (!any) return fail(Errno::kESRCH);
  if (!allowed) return fail(Errno::kEPERM);
  return {};
}

void force_signal(int signal, const SignalInfo& info) {
  Task& task = current_task();
  SpinGuard guard(g_process_lock);
  SignalAction& action = task.process->actions[signal];
  // A program that blocks or ignores its own fault would fault forever.
  if (action.handler == SKEP_SIG_IGN || (task.blocked_signals & signal_bit(signal))) action = {};
  task.blocked_signals &= ~signal_bit(signal);
  task.signal_info[signal] = info;
  task.pending_signals.fetch_or(signal_bit(signal));
}

// ---- Delivery
// ----------------------------------------------------------------------------------------------------------

namespace {

struct Delivery {
  int signal = 0;
  SignalInfo info;
  SignalAction action;
};

// Takes the lowest deliverable signal; synchronous faults have low numbers. signal 0: none.
Delivery take_signal(Task& task) {
  SpinGuard guard(g_process_lock);
  Delivery d;
  const SignalSet ready = task.pending_signals.load() & ~task.blocked_signals;
  if (ready == 0) return d;
  d.signal = std::countr_zero(ready) + 1;
  if (ready & signal_bit(SKEP_SIGKILL)) d.signal = SKEP_SIGKILL;
  task.pending_signals.fetch_and(~signal_bit(d.signal));
  d.info = task.signal_info[d.signal];
  SignalAction& action = task.process->actions[d.signal];
  d.action = action;
  if (action.handler > SKEP_SIG_IGN && (action.flags & SKEP_SA_RESETHAND)) action = {};
  return d;
}

void stop_process(Process& p, int signal) {
  {
    SpinGuard guard(g_process_lock);
    // A SIGCONT or SIGKILL that came since the signal was taken wins.
    if (p.task->pending_signals.load() & (signal_bit(SKEP_SIGKILL) | signal_bit(SKEP_SIGCONT))) return;
    p.state = ProcessState::kStopped;
    p.stop_signal = signal;
    p.report_stop = true;
    const SignalInfo info{
        .code = SKEP_CLD_STOPPED, .pid = p.pid, .uid = p.credentials.uid, .status = signal, .address = 0};
    if (p.parent) {
      if (!(p.parent->actions[SKEP_SIGCHLD].flags & SKEP_SA_NOCLDSTOP)) send_locked(*p.parent, SKEP_SIGCHLD, info);
      p.parent->child_event.wake_all();
    }
  }
  p.continued.wait_uninterruptible([&] {
    SpinGuard guard(g_process_lock);
    return p.state != ProcessState::kStopped;
  });
}

// Builds the handler's frame on the user stack. EFAULT when there is no room for it.
Result<void> enter_handler(pt_regs& regs, const Delivery& d) {
  Task& task = current_task();
  skep_sigframe frame{};
  frame.info.si_signo = d.signal;
  frame.info.si_code = d.info.code;
  if (d.info.address != 0) {
    frame.info.address = d.info.address;
  } else {
    frame.info.sender = {static_cast<int32_t>(d.info.pid), d.info.uid, d.info.status};
  }
  frame.uc.uc_sigmask = task.restore_blocked_signals ? task.saved_blocked_signals : task.blocked_signals;
  frame.uc.uc_stack = {task.signal_stack, task.signal_stack_bytes == 0 ? 2 : 0, 0, task.signal_stack_bytes};
  __builtin_memcpy(frame.uc.uc_mcontext.registers, &regs, sizeof(frame.uc.uc_mcontext.registers));
  const uintptr_t saved = arch::disable_interrupts();
  arch::save_fp_state(&task.fp);
  arch::restore_interrupts(saved);
  __builtin_memcpy(frame.uc.uc_mcontext.fp, task.fp.f, sizeof(task.fp.f));
  frame.uc.uc_mcontext.fp[32] = task.fp.fcsr;

  const bool on_signal_stack = regs.sp - task.signal_stack < task.signal_stack_bytes;
  uint64_t top = regs.sp;
  if ((d.action.flags & SKEP_SA_ONSTACK) && task.signal_stack_bytes != 0 && !on_signal_stack) {
    top = task.signal_stack + task.signal_stack_bytes;
  }
  const uint64_t at = (top - sizeof(frame)) & ~uint64_t{15};
  TRY(copy_to_user(at, &frame, sizeof(frame)));

  task.restore_blocked_signals = false;
  task.blocked_signals |= d.action.mask;
  if (!(d.action.flags & SKEP_SA_NODEFER)) task.blocked_signals |= signal_bit(d.signal);
  task.blocked_signals &= ~kUnblockable;
  regs.epc = d.action.handler;
  regs.ra = mm::kTrampolineAddress;
  regs.sp = at;
  regs.a0 = static_cast<uint64_t>(d.signal);
  regs.a1 = at + offsetof(skep_sigframe, info);
  regs.a2 = at + offsetof(skep_sigframe, uc);
  return {};
}

// System calls that report EINTR even when no handler ran (signal(7), "Interruption of system calls and library
// functions by stop signals"; futex because its time limit is not kept).
bool reports_every_signal(uint64_t number) {
  switch (number) {
    case 98:   // futex
    case 137:  // rt_sigtimedwait
    case 22:   // epoll_pwait
      return true;
    default:
      return false;
  }
}

// System calls that report EINTR even to a handler that asked for restarting (signal(7)).
bool never_restarts(uint64_t number) {
  switch (number) {
    case 72:   // pselect6
    case 73:   // ppoll
    case 101:  // nanosleep
    case 115:  // clock_nanosleep
    case 133:  // rt_sigsuspend
      return true;
    default:
      return reports_every_signal(number);
  }
}

// fork(2) does not know EINTR.
bool always_restarts(uint64_t number) { return number == 220; }  // clone

constexpr uint64_t kCauseUserEcall = 8;
constexpr uint64_t kInterrupted = -static_cast<uint64_t>(Errno::kEINTR);

void restart_system_call(pt_regs& regs) {
  regs.a0 = regs.orig_a0;
  regs.epc -= 4;
  regs.cause = ~uint64_t{0};  // once
}

}  // namespace

void deliver_signals(pt_regs& regs) {
  Task& task = current_task();
  for (;;) {
    const Delivery d = take_signal(task);
    if (d.signal == 0) break;
    const bool interrupted = regs.cause == kCauseUserEcall && regs.a0 == kInterrupted;
    const bool fault = d.info.address != 0 || d.info.code > 0;
    if (d.action.handler == SKEP_SIG_IGN) continue;
    if (d.action.handler != SKEP_SIG_DFL) {
      const bool wants_restart = (d.action.flags & SKEP_SA_RESTART) && !never_restarts(regs.a7);
      if (interrupted && (wants_restart || always_restarts(regs.a7))) restart_system_call(regs);
      task.interrupted_deadline = task.resumed_deadline = 0;
      if (!enter_handler(regs, d)) exit_process(SKEP_SIGSEGV);
      regs.cause = ~uint64_t{0};  // the next handler's frame returns into this handler, not into the system call
      continue;
    }
    switch (default_action(d.signal)) {
      case DefaultAction::kIgnore:
      case DefaultAction::kContinue:
        break;
      case DefaultAction::kStop:
        stop_process(*task.process, d.signal);
        break;
      case DefaultAction::kTerminate:
        if (task.process->pid != 1 || fault) exit_process(d.signal);
        break;
    }
  }
  // Signals were looked at and no handler ran: the program must not notice.
  if (regs.cause == kCauseUserEcall && regs.a0 == kInterrupted && !reports_every_signal(regs.a7)) {
    task.resumed_deadline = task.interrupted_deadline;
    restart_system_call(regs);
  }
  task.interrupted_deadline = 0;
  if (task.restore_blocked_signals) {
    task.restore_blocked_signals = false;
    task.blocked_signals = task.saved_blocked_signals;
  }
}

}  // namespace skep
