// What a listing has to show: maps, helpers inlined and called, a subprogram, a loop with a constant. Loaded, never
// run.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 16);
  __type(key, __u32);
  __type(value, __u64);
} by_pid SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 4);
  __type(key, __u32);
  __type(value, __u64);
} sums SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 4);
  __type(key, __u32);
  __type(value, __u64);
} own SEC(".maps");

static __attribute__((noinline)) __u64 mix(__u64 v, __u32 rounds) {
  for (__u32 i = 0; i < rounds && i < 8; i++) {
    v = (v ^ 0x123456789abcdef1) * 3;
  }
  return v;
}

SEC("kprobe/sys_getpid")
int count_mixed(void *ctx) {
  __u32 pid = bpf_get_current_pid_tgid() >> 32, first = 0;
  __u64 *seen = bpf_map_lookup_elem(&by_pid, &pid);
  __u64 *sum = bpf_map_lookup_elem(&sums, &first);

  if (!seen || !sum) return 0;
  *sum += mix(*seen, bpf_get_prandom_u32());
  return 0;
}

SEC("kprobe/sys_getppid")
int variable_keys(void *ctx) {
  __u32 key = bpf_get_prandom_u32() & 7;
  __u64 *sum = bpf_map_lookup_elem(&sums, &key);
  __u64 *mine = bpf_map_lookup_elem(&own, &key);

  if (sum && mine) *sum += *mine;
  return 0;
}

char LICENSE[] SEC("license") = "GPL";
