// The one list of system calls: name and parameter types. The number is __NR_<name> of uapi/syscall.h, the function
// extern "C" sys_<name>. To add a call, add a row here and define the function.
//
// Parameters have the width the function needs: the dispatcher truncates the 64-bit registers to them, so that upper
// halves of ints are never trusted.
//
// C as well as C++: the kernel's BTF is made of it, too (bpf_port/kernel_types.c).
#pragma once

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
  X(prctl, int option, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4)                                      \
  /* Files: fs/syscalls_io.cc */                                                                                \
  X(read, uint64_t fd, uint64_t buffer, uint64_t bytes)                                                         \
  X(write, uint64_t fd, uint64_t buffer, uint64_t bytes)                                                        \
  X(readv, uint64_t fd, uint64_t vector, uint64_t count)                                                        \
  X(writev, uint64_t fd, uint64_t vector, uint64_t count)                                                       \
  X(pread64, uint64_t fd, uint64_t buffer, uint64_t bytes, uint64_t position)                                   \
  X(pwrite64, uint64_t fd, uint64_t buffer, uint64_t bytes, uint64_t position)                                  \
  X(preadv, uint64_t fd, uint64_t vector, uint64_t count, uint64_t position)                                    \
  X(pwritev, uint64_t fd, uint64_t vector, uint64_t count, uint64_t position)                                   \
  X(lseek, uint64_t fd, uint64_t offset, uint64_t whence)                                                       \
  X(sendfile, uint64_t out_fd, uint64_t in_fd, uint64_t offset, uint64_t bytes)                                 \
  X(ftruncate, uint64_t fd, uint64_t bytes)                                                                     \
  X(sync)                                                                                                       \
  X(fsync, uint64_t fd)                                                                                         \
  X(fdatasync, uint64_t fd)                                                                                     \
  X(fadvise64, uint64_t fd, uint64_t offset, uint64_t bytes, uint64_t advice)                                   \
  /* Files: fs/syscalls_fd.cc */                                                                                \
  X(openat, uint64_t dirfd, uint64_t path, uint64_t flags, uint64_t mode)                                       \
  X(close, uint64_t fd)                                                                                         \
  X(close_range, uint64_t first, uint64_t last, uint64_t flags)                                                 \
  X(dup, uint64_t fd)                                                                                           \
  X(dup3, uint64_t old_fd, uint64_t new_fd, uint64_t flags)                                                     \
  X(fcntl, uint64_t fd, uint64_t command, uint64_t argument)                                                    \
  X(flock, uint64_t fd, uint64_t operation)                                                                     \
  X(pipe2, uint64_t fds, uint64_t flags)                                                                        \
  X(ioctl, uint64_t fd, uint64_t request, uint64_t argument)                                                    \
  X(getdents64, uint64_t fd, uint64_t buffer, uint64_t bytes)                                                   \
  /* Files: fs/syscalls_path.cc */                                                                              \
  X(mkdirat, uint64_t dirfd, uint64_t path, uint64_t mode)                                                      \
  X(mknodat, uint64_t dirfd, uint64_t path, uint64_t mode, uint64_t device)                                     \
  X(unlinkat, uint64_t dirfd, uint64_t path, uint64_t flags)                                                    \
  X(symlinkat, uint64_t target, uint64_t dirfd, uint64_t path)                                                  \
  X(linkat, uint64_t old_dirfd, uint64_t old_path, uint64_t dirfd, uint64_t path, uint64_t flags)               \
  X(renameat2, uint64_t old_dirfd, uint64_t old_path, uint64_t dirfd, uint64_t path, uint64_t flags)            \
  X(readlinkat, uint64_t dirfd, uint64_t path, uint64_t buffer, uint64_t bytes)                                 \
  X(umask, uint64_t mask)                                                                                       \
  X(chdir, uint64_t path)                                                                                       \
  X(fchdir, uint64_t fd)                                                                                        \
  X(getcwd, uint64_t buffer, uint64_t bytes)                                                                    \
  X(truncate, uint64_t path, uint64_t bytes)                                                                    \
  X(mount, uint64_t source, uint64_t target, uint64_t type, uint64_t flags, uint64_t data)                      \
  X(umount2, uint64_t target, uint64_t flags)                                                                   \
  /* Files: fs/syscalls_attr.cc */                                                                              \
  X(fstat, uint64_t fd, uint64_t out)                                                                           \
  X(newfstatat, uint64_t dirfd, uint64_t path, uint64_t out, uint64_t flags)                                    \
  X(statx, uint64_t dirfd, uint64_t path, uint64_t flags, uint64_t mask, uint64_t out)                          \
  X(statfs, uint64_t path, uint64_t out)                                                                        \
  X(fstatfs, uint64_t fd, uint64_t out)                                                                         \
  X(faccessat, uint64_t dirfd, uint64_t path, uint64_t mode)                                                    \
  X(faccessat2, uint64_t dirfd, uint64_t path, uint64_t mode, uint64_t flags)                                   \
  X(fchmod, uint64_t fd, uint64_t mode)                                                                         \
  X(fchmodat, uint64_t dirfd, uint64_t path, uint64_t mode)                                                     \
  X(fchown, uint64_t fd, uint64_t uid, uint64_t gid)                                                            \
  X(fchownat, uint64_t dirfd, uint64_t path, uint64_t uid, uint64_t gid, uint64_t flags)                        \
  X(utimensat, uint64_t dirfd, uint64_t path, uint64_t times, uint64_t flags)                                   \
  /* Files: fs/syscalls_poll.cc */                                                                              \
  X(ppoll, uint64_t fds, uint64_t count, uint64_t timeout, uint64_t mask, uint64_t mask_bytes)                  \
  X(pselect6, uint64_t count, uint64_t read, uint64_t write, uint64_t except, uint64_t timeout, uint64_t mask)  \
  /* Files: fs/syscalls_log.cc */                                                                               \
  X(syslog, uint64_t action, uint64_t buffer, uint64_t bytes)                                                   \
  /* BPF and probes: bpf_port/port.cc, trace/perf_event.cc */                                                   \
  X(bpf, uint64_t command, uint64_t attr, uint64_t size)                                                        \
  X(perf_event_open, uint64_t attr, int64_t pid, int64_t cpu, int64_t group_fd, uint64_t flags)
// clang-format on
