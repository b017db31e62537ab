/* The types and functions that BPF programs may know of this kernel: the source of its BTF. Compiled with -target bpf
   -g for that section alone, which /sys/kernel/btf/vmlinux shows and the verifier reads; its code is thrown away.

   A function here has the prototype of the kernel's function of that name. A structure is described when a prototype
   names a pointer to it. */
#include <stddef.h>
#include <stdint.h>

#include "syscall/list.h"
#include "task/task_struct.h"
#include "uapi/ptrace.h"

typedef uint64_t UserAddr;

/* System calls, but for those with six arguments: clang compiles no such function for BPF. */
#define SKEP_DESCRIBE(name, ...) \
  long sys_##name(__VA_ARGS__) { return 0; }
#define SKEP_LEAVE_OUT(name, ...)
#define SKEP_EIGHTH(a, b, c, d, e, f, g, h, ...) h
#define SKEP_BY_COUNT(name, ...)                                                                            \
  SKEP_EIGHTH(name __VA_OPT__(, ) __VA_ARGS__, SKEP_LEAVE_OUT, SKEP_DESCRIBE, SKEP_DESCRIBE, SKEP_DESCRIBE, \
              SKEP_DESCRIBE, SKEP_DESCRIBE, SKEP_DESCRIBE, 0)                                               \
  (name __VA_OPT__(, ) __VA_ARGS__)
SKEP_SYSCALLS(SKEP_BY_COUNT)
long sys_fork(void) { return 0; }

/* task/preempt.cc */
void trace_preempt_off(unsigned long ip, unsigned long parent_ip) {}
void trace_preempt_on(unsigned long ip, unsigned long parent_ip) {}
/* task/fork.cc: a forked task is about to run for the first time. */
void wake_up_new_task(struct task_struct *task) {}
/* task/exec.cc: what a user task runs first. */
void user_thread_start(struct pt_regs *regs) {}
