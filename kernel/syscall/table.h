// The one list of system calls: name and parameter types. The number is __NR_<name> of uapi/syscall.h, the function
// extern "C" sys_<name>. To add a call, add a row here and define the function.
//
// Parameters have the width the function needs: the dispatcher truncates the 64-bit registers to them, so that upper
// halves of ints are never trusted.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "mm/user_copy.h"
#include "uapi/syscall.h"

namespace skep {

// clang-format off
#define SKEP_SYSCALLS(X)                                                                                        \
  /* Processes: syscall/process.cc */                                                                           \
  X(clone, uint64_t flags, uint64_t stack, UserAddr parent_tid, uint64_t tls, UserAddr child_tid)               \
  X(execve, UserAddr path, UserAddr argv, UserAddr envp)                                                        \
  X(exit, int status)                                                                                           \
  X(exit_group, int status)                                                                                     \
  X(wait4, int pid, UserAddr status, int options, UserAddr usage)                                               \
  X(set_tid_address, UserAddr address)                                                                          \
  X(set_robust_list, UserAddr head, size_t bytes)                                                               \
  X(sched_yield)                                                                                                \
  X(sched_getaffinity, int pid, size_t bytes, UserAddr mask)                                                    \
  X(getcpu, UserAddr cpu, UserAddr node)                                                                        \
  X(futex, UserAddr address, int op, uint32_t value, UserAddr timeout, UserAddr address2, uint32_t value3)      \
  X(reboot, uint32_t magic1, uint32_t magic2, uint32_t command, UserAddr argument)                              \
  /* Identity: syscall/identity.cc */                                                                           \
  X(getpid) X(getppid) X(gettid) X(getuid) X(geteuid) X(getgid) X(getegid)                                      \
  X(setuid, uint32_t uid)                                                                                       \
  X(setgid, uint32_t gid)                                                                                       \
  X(setreuid, uint32_t ruid, uint32_t euid)                                                                     \
  X(setregid, uint32_t rgid, uint32_t egid)                                                                     \
  X(setresuid, uint32_t ruid, uint32_t euid, uint32_t suid)                                                     \
  X(setresgid, uint32_t rgid, uint32_t egid, uint32_t sgid)                                                     \
  X(getresuid, UserAddr ruid, UserAddr euid, UserAddr suid)                                                     \
  X(getresgid, UserAddr rgid, UserAddr egid, UserAddr sgid)                                                     \
  X(getgroups, int size, UserAddr list)                                                                         \
  X(setgroups, int size, UserAddr list)                                                                         \
  X(setpgid, int pid, int pgid)                                                                                 \
  X(getpgid, int pid)                                                                                           \
  X(getsid, int pid)                                                                                            \
  X(setsid)                                                                                                     \
  X(umask, uint32_t mask)                                                                                       \
  /* Memory: syscall/memory.cc */                                                                               \
  X(brk, UserAddr address)                                                                                      \
  X(mmap, UserAddr address, size_t bytes, uint32_t prot, uint32_t flags, int fd, uint64_t offset)               \
  X(munmap, UserAddr address, size_t bytes)                                                                     \
  X(mprotect, UserAddr address, size_t bytes, uint32_t prot)                                                    \
  X(madvise, UserAddr address, size_t bytes, int advice)                                                        \
  X(riscv_flush_icache, UserAddr start, UserAddr end, uint64_t flags)                                           \
  /* Signals: syscall/signal.cc */                                                                              \
  X(kill, int pid, int signal)                                                                                  \
  X(tkill, int tid, int signal)                                                                                 \
  X(tgkill, int tgid, int tid, int signal)                                                                      \
  X(rt_sigaction, int signal, UserAddr action, UserAddr old_action, size_t set_bytes)                           \
  X(rt_sigprocmask, int how, UserAddr set, UserAddr old_set, size_t set_bytes)                                  \
  X(rt_sigpending, UserAddr set, size_t set_bytes)                                                              \
  X(rt_sigsuspend, UserAddr set, size_t set_bytes)                                                              \
  X(rt_sigreturn)                                                                                               \
  X(sigaltstack, UserAddr stack, UserAddr old_stack)                                                            \
  /* Time and the system: syscall/system.cc */                                                                  \
  X(nanosleep, UserAddr duration, UserAddr remaining)                                                           \
  X(clock_nanosleep, int clock, int flags, UserAddr time, UserAddr remaining)                                   \
  X(clock_gettime, int clock, UserAddr time)                                                                    \
  X(clock_getres, int clock, UserAddr time)                                                                     \
  X(gettimeofday, UserAddr time, UserAddr zone)                                                                 \
  X(times, UserAddr buffer)                                                                                     \
  X(getrusage, int who, UserAddr usage)                                                                         \
  X(prlimit64, int pid, uint32_t resource, UserAddr new_limit, UserAddr old_limit)                              \
  X(getrandom, UserAddr buffer, size_t bytes, uint32_t flags)                                                   \
  X(uname, UserAddr buffer)                                                                                     \
  X(sysinfo, UserAddr buffer)                                                                                   \
  X(prctl, int option, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4)
// clang-format on

// Linux's highest number today is below 512.
inline constexpr uint32_t kSyscallNumbers = 512;

#define SKEP_DECLARE_SYSCALL(name, ...) extern "C" long sys_##name(__VA_ARGS__);
SKEP_SYSCALLS(SKEP_DECLARE_SYSCALL)
#undef SKEP_DECLARE_SYSCALL

// clone(SIGCHLD) ends up here, once per fork: the function to probe for "a process was forked".
extern "C" long sys_fork();

}  // namespace skep
