// Counts forks by process. User half: user/bin/forkcount.c, which shares `struct fork_stat` by agreement.
#include <linux/bpf.h>
#include <linux/ptrace.h>

#include <bpf/bpf_helpers.h>

#define COMM_LEN 16

struct fork_stat {
  __u64 count;
  __u64 last_ns;
  char comm[COMM_LEN];
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1024);
  __type(key, __u32);  // pid, as user space calls it (the kernel's thread group id)
  __type(value, struct fork_stat);
} forks SEC(".maps");

SEC("kprobe/sys_fork")
int count_fork(struct pt_regs *ctx) {
  __u32 pid = bpf_get_current_pid_tgid() >> 32;
  struct fork_stat *stat = bpf_map_lookup_elem(&forks, &pid);

  if (stat) {
    __sync_fetch_and_add(&stat->count, 1);
    stat->last_ns = bpf_ktime_get_ns();
    bpf_get_current_comm(stat->comm, sizeof(stat->comm));
  } else {
    struct fork_stat first = {.count = 1, .last_ns = bpf_ktime_get_ns()};

    bpf_get_current_comm(first.comm, sizeof(first.comm));
    // A full map loses this fork; there is nobody here to tell.
    bpf_map_update_elem(&forks, &pid, &first, BPF_NOEXIST);
  }
  return 0;
}

char _license[] SEC("license") = "GPL";
