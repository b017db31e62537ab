#ifndef _SIGNAL_H
#define _SIGNAL_H
#include <features.h>
#include <sys/types.h>
#include <time.h>
__BEGIN_DECLS
#define SIGHUP 1
#define SIGINT 2
#define SIGQUIT 3
#define SIGILL 4
#define SIGTRAP 5
#define SIGABRT 6
#define SIGIOT SIGABRT
#define SIGBUS 7
#define SIGFPE 8
#define SIGKILL 9
#define SIGUSR1 10
#define SIGSEGV 11
#define SIGUSR2 12
#define SIGPIPE 13
#define SIGALRM 14
#define SIGTERM 15
#define SIGSTKFLT 16
#define SIGCHLD 17
#define SIGCONT 18
#define SIGSTOP 19
#define SIGTSTP 20
#define SIGTTIN 21
#define SIGTTOU 22
#define SIGURG 23
#define SIGXCPU 24
#define SIGXFSZ 25
#define SIGVTALRM 26
#define SIGPROF 27
#define SIGWINCH 28
#define SIGIO 29
#define SIGPOLL SIGIO
#define SIGPWR 30
#define SIGSYS 31
#define _NSIG 65
#define NSIG _NSIG

typedef int sig_atomic_t;
typedef void (*sighandler_t)(int);
#define SIG_DFL ((sighandler_t)0)
#define SIG_IGN ((sighandler_t)1)
#define SIG_ERR ((sighandler_t) - 1)

typedef struct {
  unsigned long bits;
} sigset_t;

union sigval {
  int sival_int;
  void* sival_ptr;
};
// The kernel's siginfo: the fields that are common to the senders in use, padded to 128 bytes.
typedef struct {
  int si_signo, si_errno, si_code, __pad;
  union {
    struct {
      pid_t si_pid;
      uid_t si_uid;
      union {
        int si_status;
        union sigval si_value;
      };
    };
    void* si_addr;
    char __size[112];
  };
} siginfo_t;

typedef struct {
  void* ss_sp;
  int ss_flags;
  size_t ss_size;
} stack_t;

#define SA_NOCLDSTOP 1
#define SA_NOCLDWAIT 2
#define SA_SIGINFO 4
#define SA_ONSTACK 0x08000000
#define SA_RESTART 0x10000000
#define SA_NODEFER 0x40000000
#define SA_RESETHAND 0x80000000
struct sigaction {
  union {
    sighandler_t sa_handler;
    void (*sa_sigaction)(int, siginfo_t*, void*);
  };
  sigset_t sa_mask;
  int sa_flags;
};

#define SIG_BLOCK 0
#define SIG_UNBLOCK 1
#define SIG_SETMASK 2

sighandler_t signal(int sig, sighandler_t handler);
int sigaction(int sig, const struct sigaction* __restrict action, struct sigaction* __restrict old);
int sigprocmask(int how, const sigset_t* __restrict set, sigset_t* __restrict old);
int sigpending(sigset_t* set);
int sigsuspend(const sigset_t* mask);
int sigtimedwait(const sigset_t* __restrict set, siginfo_t* __restrict info, const struct timespec* __restrict timeout);
int sigwaitinfo(const sigset_t* __restrict set, siginfo_t* __restrict info);
int sigwait(const sigset_t* __restrict set, int* __restrict sig);
int sigaltstack(const stack_t* __restrict stack, stack_t* __restrict old);
int sigemptyset(sigset_t* set);
int sigfillset(sigset_t* set);
int sigaddset(sigset_t* set, int sig);
int sigdelset(sigset_t* set, int sig);
int sigismember(const sigset_t* set, int sig);
int siginterrupt(int sig, int interrupts);
int kill(pid_t pid, int sig);
int killpg(pid_t group, int sig);
int raise(int sig);
void psignal(int sig, const char* prefix);
char* strsignal(int sig);
__END_DECLS
#endif
