// A CO-RE relocation, which needs the kernel's BTF.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct task_struct {
  int pid;
} __attribute__((preserve_access_index));

SEC("raw_tracepoint")
int prog(__u64 *ctx) {
  struct task_struct *task = (void *)ctx[0];
  int pid = 0;

  bpf_probe_read_kernel(&pid, sizeof(pid), &task->pid);
  return pid;
}

char _license[] SEC("license") = "GPL";
