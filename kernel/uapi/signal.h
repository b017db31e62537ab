/* Signals: Linux's riscv64 user ABI (asm-generic/signal.h, asm/sigcontext.h, asm/ucontext.h). For C and C++. */
#ifndef SKEP_UAPI_SIGNAL_H
#define SKEP_UAPI_SIGNAL_H

#include "uapi/ptrace.h"
#include "uapi/types.h"

#define SKEP_SIGHUP 1
#define SKEP_SIGINT 2
#define SKEP_SIGQUIT 3
#define SKEP_SIGILL 4
#define SKEP_SIGTRAP 5
#define SKEP_SIGABRT 6
#define SKEP_SIGBUS 7
#define SKEP_SIGFPE 8
#define SKEP_SIGKILL 9
#define SKEP_SIGUSR1 10
#define SKEP_SIGSEGV 11
#define SKEP_SIGUSR2 12
#define SKEP_SIGPIPE 13
#define SKEP_SIGALRM 14
#define SKEP_SIGTERM 15
#define SKEP_SIGCHLD 17
#define SKEP_SIGCONT 18
#define SKEP_SIGSTOP 19
#define SKEP_SIGTSTP 20
#define SKEP_SIGTTIN 21
#define SKEP_SIGTTOU 22
#define SKEP_SIGURG 23
#define SKEP_SIGWINCH 28
#define SKEP_SIGNAL_COUNT 64

#define SKEP_SIG_DFL 0
#define SKEP_SIG_IGN 1

#define SKEP_SA_NOCLDSTOP 0x00000001
#define SKEP_SA_NOCLDWAIT 0x00000002
#define SKEP_SA_SIGINFO 0x00000004
#define SKEP_SA_ONSTACK 0x08000000
#define SKEP_SA_RESTART 0x10000000
#define SKEP_SA_NODEFER 0x40000000
#define SKEP_SA_RESETHAND 0x80000000

#define SKEP_SIG_BLOCK 0
#define SKEP_SIG_UNBLOCK 1
#define SKEP_SIG_SETMASK 2

/* si_code */
#define SKEP_SI_USER 0
#define SKEP_SI_KERNEL 0x80
#define SKEP_SI_TKILL (-6)
#define SKEP_CLD_EXITED 1
#define SKEP_CLD_KILLED 2
#define SKEP_CLD_STOPPED 5
#define SKEP_CLD_CONTINUED 6

struct skep_sigaction {
  __u64 handler;
  __u64 flags;
  __u64 mask; /* riscv has no sa_restorer */
};

/* siginfo_t: 128 bytes, of which these are used. */
struct skep_siginfo {
  __s32 si_signo;
  __s32 si_errno;
  __s32 si_code;
  __s32 pad;
  union {
    struct {
      __s32 pid;
      __u32 uid;
      __s32 status;
    } sender;      /* kill, SIGCHLD */
    __u64 address; /* SIGSEGV, SIGBUS, SIGILL, SIGTRAP */
    __u8 rest[112];
  };
};

struct skep_sigcontext {
  __u64 registers[32]; /* pc, then x1 ... x31: the first 32 words of struct pt_regs */
  __u64 fp[64];        /* the union of the F, D and Q states: f0 ... f31, fcsr, reserved */
  __u32 fp_tail[4];
};

struct skep_stack {
  __u64 ss_sp;
  __s32 ss_flags;
  __u32 pad;
  __u64 ss_size;
};

struct skep_ucontext {
  __u64 uc_flags;
  __u64 uc_link;
  struct skep_stack uc_stack;
  __u64 uc_sigmask;
  __u8 unused[120];
  __u64 align_context; /* the context is aligned to 16 */
  struct skep_sigcontext uc_mcontext;
};

struct skep_sigframe {
  struct skep_siginfo info;
  struct skep_ucontext uc;
};

#endif
