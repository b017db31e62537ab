/* What BPF programs may know of a task, under Linux's names; where the members lie they learn from the kernel's BTF
   (bpf_port/kernel_types.c). It is part of every Task: the kernel itself works with these members. C and C++.

   Programs follow these pointers at any time, and without a lock: whoever changes one stores it as a whole. */
#ifndef SKEP_TASK_TASK_STRUCT_H
#define SKEP_TASK_TASK_STRUCT_H

#define SKEP_TASK_COMM_BYTES 16     /* NUL included */
#define SKEP_PF_KTHREAD 0x00200000u /* in `flags`, with Linux's value: no user side */

struct task_struct {
  /* The thread, 0 of idle tasks, and its process. At a multiple of 8: bpf_get_current_pid_tgid() reads both at once. */
  int pid;
  int tgid;
  unsigned int flags;
  int exit_code;                    /* as wait4(2) reports it, once it has ended */
  unsigned long long start_time;    /* nanoseconds since boot */
  struct task_struct *real_parent;  /* NULL for pid 1 and for kernel threads */
  struct task_struct *parent;       /* who waits for it: nobody traces tasks here, so the same one */
  struct task_struct *group_leader; /* of its process: itself, as processes have one thread */
  char comm[SKEP_TASK_COMM_BYTES];
};

#endif
