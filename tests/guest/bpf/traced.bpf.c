// Programs typed by the kernel's BTF: a function's entry and exit, and one that asks for more than there is.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "../../../kernel/task/task_struct.h"

int parent;
long child;

SEC("?fentry/wake_up_new_task")
int BPF_PROG(started, struct task_struct *task) {
  parent = task->real_parent->tgid;
  return 0;
}

SEC("?fexit/sys_fork")
int BPF_PROG(forked, long result) {
  child = result;
  return 0;
}

SEC("?fentry/wake_up_new_task")
int BPF_PROG(too_many, struct task_struct *task, int missing) {
  parent = missing;
  return 0;
}

SEC("?tp_btf/no_such_tracepoint")
int BPF_PROG(nowhere, struct task_struct *task) { return 0; }

char _license[] SEC("license") = "GPL";
