// Signals. Linux's riscv kernel returns from handlers through a trampoline of its own: no restorer here.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#include "../internal/syscall.h"

namespace {

constexpr size_t kSetSize = sizeof(sigset_t);

// The kernel's struct sigaction, whose fields stand in another order. qemu-riscv64 takes the mask from the fourth word
// (as if a restorer stood before it), and writes four: the mask is given twice, and the kernel reads the first.
struct KernelAction {
  void* handler;
  unsigned long flags;
  sigset_t mask;
  sigset_t mask_for_qemu;
};

bool valid(int sig) {
  if (sig > 0 && sig < _NSIG) return true;
  errno = EINVAL;
  return false;
}
unsigned long bit(int sig) { return 1UL << (sig - 1); }

}  // namespace

extern "C" {

int sigaction(int sig, const struct sigaction* __restrict action, struct sigaction* __restrict old) {
  KernelAction in = {}, out = {};
  if (action != nullptr) {
    in.handler = reinterpret_cast<void*>(action->sa_handler);
    in.flags = static_cast<unsigned>(action->sa_flags);
    in.mask = in.mask_for_qemu = action->sa_mask;
  }
  const long r =
      libc::call(__NR_rt_sigaction, sig, action != nullptr ? &in : nullptr, old != nullptr ? &out : nullptr, kSetSize);
  if (r == 0 && old != nullptr) {
    old->sa_handler = reinterpret_cast<sighandler_t>(out.handler);
    old->sa_flags = static_cast<int>(out.flags);
    old->sa_mask = out.mask;
  }
  return static_cast<int>(r);
}

// BSD's meaning: the handler stays, and interrupted system calls go on.
sighandler_t signal(int sig, sighandler_t handler) {
  struct sigaction action = {}, old = {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  return sigaction(sig, &action, &old) < 0 ? SIG_ERR : old.sa_handler;
}

int siginterrupt(int sig, int interrupts) {
  struct sigaction action;
  if (sigaction(sig, nullptr, &action) < 0) return -1;
  action.sa_flags = interrupts ? action.sa_flags & ~SA_RESTART : action.sa_flags | SA_RESTART;
  return sigaction(sig, &action, nullptr);
}

int sigprocmask(int how, const sigset_t* __restrict set, sigset_t* __restrict old) {
  return static_cast<int>(libc::call(__NR_rt_sigprocmask, how, set, old, kSetSize));
}
int sigpending(sigset_t* set) { return static_cast<int>(libc::call(__NR_rt_sigpending, set, kSetSize)); }
int sigsuspend(const sigset_t* mask) { return static_cast<int>(libc::call(__NR_rt_sigsuspend, mask, kSetSize)); }
int sigtimedwait(const sigset_t* __restrict set, siginfo_t* __restrict info, const timespec* __restrict timeout) {
  return static_cast<int>(libc::call(__NR_rt_sigtimedwait, set, info, timeout, kSetSize));
}
int sigwaitinfo(const sigset_t* __restrict set, siginfo_t* __restrict info) { return sigtimedwait(set, info, nullptr); }
int sigwait(const sigset_t* __restrict set, int* __restrict sig) {
  const int r = sigwaitinfo(set, nullptr);
  if (r < 0) return errno;
  *sig = r;
  return 0;
}
int sigaltstack(const stack_t* __restrict stack, stack_t* __restrict old) {
  return static_cast<int>(libc::call(__NR_sigaltstack, stack, old));
}

int sigemptyset(sigset_t* set) {
  set->bits = 0;
  return 0;
}
int sigfillset(sigset_t* set) {
  set->bits = ~0UL;
  return 0;
}
int sigaddset(sigset_t* set, int sig) {
  if (!valid(sig)) return -1;
  set->bits |= bit(sig);
  return 0;
}
int sigdelset(sigset_t* set, int sig) {
  if (!valid(sig)) return -1;
  set->bits &= ~bit(sig);
  return 0;
}
int sigismember(const sigset_t* set, int sig) {
  if (!valid(sig)) return -1;
  return (set->bits & bit(sig)) != 0;
}

int kill(pid_t pid, int sig) { return static_cast<int>(libc::call(__NR_kill, pid, sig)); }
int killpg(pid_t group, int sig) {
  if (group < 0) {
    errno = EINVAL;
    return -1;
  }
  return kill(-group, sig);
}
int raise(int sig) { return static_cast<int>(libc::call(__NR_tgkill, getpid(), gettid(), sig)); }

int pause() {
  sigset_t mask;
  sigprocmask(SIG_SETMASK, nullptr, &mask);
  return sigsuspend(&mask);
}

int setitimer(int which, const itimerval* __restrict value, itimerval* __restrict old) {
  return static_cast<int>(libc::call(__NR_setitimer, which, value, old));
}
int getitimer(int which, itimerval* value) { return static_cast<int>(libc::call(__NR_getitimer, which, value)); }
unsigned alarm(unsigned seconds) {
  itimerval value = {}, old = {};
  value.it_value.tv_sec = seconds;
  if (setitimer(ITIMER_REAL, &value, &old) < 0) return 0;
  return static_cast<unsigned>(old.it_value.tv_sec) + (old.it_value.tv_usec > 0 ? 1 : 0);
}

void abort() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGABRT);
  sigprocmask(SIG_UNBLOCK, &set, nullptr);
  raise(SIGABRT);
  // A handler returned, or the signal is ignored: the default action ends the program.
  signal(SIGABRT, SIG_DFL);
  raise(SIGABRT);
  _exit(127);
}

void __assert_fail(const char* condition, const char* file, int line, const char* function);
void __assert_fail(const char* condition, const char* file, int line, const char* function) {
  fprintf(stderr, "%s:%d: %s: Assertion `%s' failed.\n", file, line, function, condition);
  abort();
}
}
