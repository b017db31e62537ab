// Prints a line into the kernel's trace buffer whenever a process forks. User half: user/bin/hello.c.
#include <linux/bpf.h>
#include <linux/ptrace.h>

#include <bpf/bpf_helpers.h>

SEC("kprobe/sys_fork")
int hello(struct pt_regs *ctx) {
  bpf_printk("hello from pid %d on cpu %d", (int)(bpf_get_current_pid_tgid() >> 32), bpf_get_smp_processor_id());
  return 0;
}

char _license[] SEC("license") = "GPL";
