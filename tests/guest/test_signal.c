/* Signals: handlers, masks, restarting, stopping, faults, and hostile frames. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "tap.h"

static volatile sig_atomic_t seen, seen_code;
static volatile unsigned long seen_address;

static void handler(int signal) { seen = signal; }
static void info_handler(int signal, siginfo_t *info, void *context) {
  (void)context;
  seen = signal;
  seen_code = info->si_code;
  seen_address = (unsigned long)info->si_addr;
}

static void install(int signal, void (*function)(int), int flags) {
  struct sigaction action;

  memset(&action, 0, sizeof(action));
  action.sa_handler = function;
  action.sa_flags = flags;
  sigaction(signal, &action, NULL);
}

static int status_of(pid_t pid) {
  int status = -1;

  waitpid(pid, &status, 0);
  return status;
}

static void test_handlers(void) {
  sigset_t set, old;

  install(SIGUSR1, handler, 0);
  raise(SIGUSR1);
  check_equal(seen, SIGUSR1, "a handler runs");
  seen = 0;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigprocmask(SIG_BLOCK, &set, &old);
  raise(SIGUSR1);
  check_equal(seen, 0, "a blocked signal waits");
  sigpending(&set);
  check(sigismember(&set, SIGUSR1) == 1, "and is pending");
  sigprocmask(SIG_SETMASK, &old, NULL);
  check_equal(seen, SIGUSR1, "until it is unblocked");
  install(SIGUSR1, handler, SA_RESETHAND);
  raise(SIGUSR1);
  check(signal(SIGUSR1, SIG_DFL) == SIG_DFL, "SA_RESETHAND restores the default");
  check(signal(SIGKILL, handler) == SIG_ERR && errno == EINVAL, "SIGKILL cannot be caught");
  check(kill(getpid(), 65) == -1 && errno == EINVAL, "signal 65 is EINVAL");
  check(kill(getpid(), -1) == -1 && errno == EINVAL, "signal -1 is EINVAL");
}

static void test_floating_point_in_handler(void) {
  register double kept asm("fs3") = 1.25;

  install(SIGUSR2, handler, 0);
  asm volatile("" : "+f"(kept));
  for (int i = 0; i < 100; i++) raise(SIGUSR2);
  asm volatile("" : "+f"(kept));
  check(kept == 1.25, "floating-point registers survive handlers");
}

/* A child that is cut short in a read of an empty pipe by a signal after 50 ms; its exit code tells how the read ended.
 */
static int interrupted_read(int flags, int write_later) {
  int fds[2];
  pid_t pid;

  pipe(fds);
  pid = fork();
  if (pid == 0) {
    char c;
    ssize_t n;

    install(SIGUSR1, handler, flags);
    n = read(fds[0], &c, 1);
    _exit(n == 1 ? 1 : errno == EINTR ? 2 : 3);
  }
  usleep(50000);
  kill(pid, SIGUSR1);
  usleep(50000);
  if (write_later) write(fds[1], "x", 1);
  close(fds[0]);
  close(fds[1]);
  return WEXITSTATUS(status_of(pid));
}

static void test_restart(void) {
  struct timespec t = {5, 0}, left = {0, 0};
  pid_t pid;

  check_equal(interrupted_read(0, 0), 2, "a handler without SA_RESTART ends a read with EINTR");
  check_equal(interrupted_read(SA_RESTART, 1), 1, "with SA_RESTART the read goes on");
  install(SIGUSR1, handler, SA_RESTART);
  pid = fork();
  if (pid == 0) {
    usleep(50000);
    kill(getppid(), SIGUSR1);
    _exit(0);
  }
  errno = 0;
  check(nanosleep(&t, &left) == -1 && errno == EINTR && left.tv_sec >= 3,
        "a sleep is never restarted and tells what is left");
  status_of(pid);
}

static void test_default_actions(void) {
  int status;
  pid_t pid = fork();

  if (pid == 0) {
    for (;;) continue;
  }
  kill(pid, SIGTERM);
  status = status_of(pid);
  check(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM, "SIGTERM ends a loop in user mode");

  pid = fork();
  if (pid == 0) {
    for (;;) continue;
  }
  kill(pid, SIGSTOP);
  waitpid(pid, &status, WUNTRACED);
  check(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP, "SIGSTOP stops, and the parent learns of it");
  kill(pid, SIGCONT);
  waitpid(pid, &status, WCONTINUED);
  check(WIFCONTINUED(status), "SIGCONT continues");
  kill(pid, SIGSTOP);
  kill(pid, SIGKILL);
  status = status_of(pid);
  check(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "SIGKILL ends a stopped process");

  signal(SIGCHLD, SIG_IGN);
  pid = fork();
  if (pid == 0) _exit(0);
  check(waitpid(pid, &status, 0) == -1 && errno == ECHILD, "with SIGCHLD ignored children vanish by themselves");
  signal(SIGCHLD, SIG_DFL);
}

static int fault_signal(void (*fault)(void)) {
  pid_t pid = fork();
  int status;

  if (pid == 0) {
    fault();
    _exit(0);
  }
  status = status_of(pid);
  return WIFSIGNALED(status) ? WTERMSIG(status) : -1;
}

static void write_null(void) { *(volatile int *)8 = 1; }
static void read_kernel(void) { (void)*(volatile int *)0xffffffc080200000UL; }
static void jump_to_data(void) {
  static unsigned nop[2] = {0x00008067, 0};

  ((void (*)(void))nop)();
}
static void illegal(void) { asm volatile(".4byte 0"); }
static void privileged(void) { asm volatile("csrr t0, sstatus" ::: "t0"); }
static void breakpoint(void) { asm volatile("ebreak"); }
static void bad_stack(void) { asm volatile("li sp, 16; sd zero, 0(sp)"); }
static int overflow_by(long depth) {
  volatile char frame[4096];

  frame[0] = (char)depth;
  return depth == 0 ? 0 : overflow_by(depth - 1) + frame[0];
}
static void overflow(void) { (void)*(volatile int *)(long)overflow_by(1L << 30); }

static void test_faults(void) {
  struct sigaction action;
  pid_t pid;
  int status;

  check_equal(fault_signal(write_null), SIGSEGV, "a write near null");
  check_equal(fault_signal(read_kernel), SIGSEGV, "a read of kernel memory");
  check_equal(fault_signal(jump_to_data), SIGSEGV, "a jump into data");
  check_equal(fault_signal(illegal), SIGILL, "an illegal instruction");
  check_equal(fault_signal(privileged), SIGILL, "a privileged instruction");
  check_equal(fault_signal(breakpoint), SIGTRAP, "a breakpoint");
  check_equal(fault_signal(bad_stack), SIGSEGV, "a stack pointer that points nowhere");
  check_equal(fault_signal(overflow), SIGSEGV, "a stack overflow");

  pid = fork();
  if (pid == 0) {
    memset(&action, 0, sizeof(action));
    action.sa_sigaction = info_handler;
    action.sa_flags = SA_SIGINFO | SA_RESETHAND;
    sigaction(SIGSEGV, &action, NULL);
    write_null(); /* first the handler, then, retried, the default */
    _exit(0);
  }
  status = status_of(pid);
  check(WIFSIGNALED(status), "a fault that its handler does not cure ends the program");
  pid = fork();
  if (pid == 0) {
    signal(SIGSEGV, SIG_IGN);
    write_null();
    _exit(0);
  }
  status = status_of(pid);
  check(WIFSIGNALED(status), "an ignored fault ends the program");
}

static void sigreturn_anywhere(void) { syscall(SYS_rt_sigreturn); }
static void sigreturn_bad_stack(void) { asm volatile("li sp, 64; li a7, 139; ecall"); }
static void handler_without_stack(void) {
  install(SIGUSR1, handler, 0);
  asm volatile("li sp, 4096; mv a0, %0; li a1, 10; li a7, 129; ecall" ::"r"((long)getpid()) : "a0", "a1", "a7");
}
/* A frame that asks for supervisor mode and a kernel pc must not give either. */
static void forged_frame(void) {
  static unsigned long frame[256] __attribute__((aligned(16)));

  memset(frame, 0xff, sizeof(frame));
  asm volatile("mv sp, %0; li a7, 139; ecall" ::"r"(frame));
}

static void test_hostile_frames(void) {
  check(fault_signal(sigreturn_anywhere) > 0, "rt_sigreturn without a frame ends in a fault");
  check_equal(fault_signal(sigreturn_bad_stack), SIGSEGV, "rt_sigreturn from an unmapped stack");
  check_equal(fault_signal(handler_without_stack), SIGSEGV, "a handler without room for its frame");
  check(fault_signal(forged_frame) > 0, "a forged frame ends in a fault");
}

static void test_signal_stack(void) {
  static char stack[16384];
  stack_t ss = {.ss_sp = stack, .ss_size = sizeof(stack)};
  pid_t pid = fork();

  if (pid == 0) {
    struct sigaction action;

    memset(&action, 0, sizeof(action));
    action.sa_handler = (void (*)(int))_exit;
    action.sa_flags = SA_ONSTACK;
    syscall(SYS_sigaltstack, &ss, NULL);
    sigaction(SIGSEGV, &action, NULL);
    overflow();
    _exit(0);
  }
  check_equal(WEXITSTATUS(status_of(pid)), SIGSEGV, "a stack overflow can be handled on a stack of its own");
}

/* Stopping and continuing a program that waits is nothing to the program: it waits on, as long as it meant to. */
static void test_stopped_while_waiting(void) {
  static const char *const calls[] = {"nanosleep", "poll", "sigsuspend"};
  unsigned i;

  for (i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
    pid_t child = fork();
    int code;

    if (child == 0) {
      struct timespec second = {1, 0}, start, end;
      sigset_t none;
      long result = -1, ms;

      install(SIGUSR1, handler, 0);
      sigemptyset(&none);
      clock_gettime(CLOCK_MONOTONIC, &start);
      if (i == 0) result = nanosleep(&second, NULL);
      if (i == 1) result = poll(NULL, 0, 1000);
      if (i == 2) result = sigsuspend(&none) == -1 && seen == SIGUSR1 ? 0 : 1;
      clock_gettime(CLOCK_MONOTONIC, &end);
      ms = (end.tv_sec - start.tv_sec) * 1000 + (end.tv_nsec - start.tv_nsec) / 1000000;
      _exit(result != 0 ? 1 : ms < 950 ? 2 : 0);
    }
    usleep(300000);
    kill(child, SIGSTOP);
    usleep(100000);
    kill(child, SIGCONT);
    usleep(700000);
    if (i == 2) kill(child, SIGUSR1);
    code = status_of(child);
    check(code == 0, "%s goes on after a stop (status %#x)", calls[i], code);
  }
}

/* Forks until it is killed; its children wait for the same. */
static void fork_for_ever(void) {
  int children = 0;

  setpgid(0, 0);
  for (;;) {
    pid_t child = children < 50 ? fork() : -1;

    if (child < 0) pause();
    children++;
    if (child == 0) {
      for (;;) pause();
    }
  }
}

static int group_is_gone(pid_t group) {
  int waited;

  for (waited = 0; waited < 200; waited++) {
    if (kill(-group, 0) == -1 && errno == ESRCH) return 1;
    usleep(5000);
  }
  kill(-group, SIGKILL);
  return 0;
}

/* A signal for a group reaches the child that is being forked just then, too. */
static void test_group_while_forking(void) {
  int round, survivors = 0, interrupted = 0, i;

  for (round = 0; round < 60; round++) {
    pid_t leader = fork();

    if (leader == 0) fork_for_ever();
    setpgid(leader, leader);
    for (i = 0; i < round * 2000; i++) __asm__ volatile("nop");
    kill(-leader, SIGKILL);
    status_of(leader);
    if (!group_is_gone(leader)) survivors++;
  }
  check_equal(survivors, 0, "killing a group while it forks leaves none of it");

  install(SIGALRM, handler, 0);
  for (round = 0; round < 100; round++) {
    pid_t parent = getpid(), sender = fork(), child;

    if (sender == 0) {
      for (i = 0; i < 20; i++) kill(parent, SIGALRM);
      _exit(0);
    }
    child = fork();
    if (child == 0) _exit(0);
    if (child < 0) interrupted++;
    if (child > 0) waitpid(child, NULL, 0);
    while (waitpid(sender, NULL, 0) < 0 && errno == EINTR) continue;
    while (waitpid(-1, NULL, WNOHANG) > 0) continue;
  }
  check_equal(interrupted, 0, "and fork is not ended by a handler that asks for no restart");
}

int main(void) {
  test_handlers();
  test_floating_point_in_handler();
  test_restart();
  test_default_actions();
  test_faults();
  test_hostile_frames();
  test_signal_stack();
  test_stopped_while_waiting();
  test_group_while_forking();
  return done();
}
