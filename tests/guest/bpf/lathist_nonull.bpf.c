// lathist whose second program uses the looked-up time without asking whether there is one: refused with EACCES.
#include <linux/bpf.h>
#include <linux/ptrace.h>

#include <bpf/bpf_helpers.h>

#define MAX_CPU 8
#define MAX_ENTRIES 20

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, MAX_CPU);
  __type(key, int);
  __type(value, __u64);
} my_map SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, MAX_CPU *MAX_ENTRIES);
  __type(key, int);
  __type(value, long);
} my_lat SEC(".maps");

SEC("kprobe/trace_preempt_off")
int bpf_prog1(struct pt_regs *ctx) {
  int cpu = bpf_get_smp_processor_id();
  __u64 *start = bpf_map_lookup_elem(&my_map, &cpu);

  if (start) *start = bpf_ktime_get_ns();
  return 0;
}

SEC("kprobe/trace_preempt_on")
int bpf_prog2(struct pt_regs *ctx) {
  int key, cpu = bpf_get_smp_processor_id();
  __u64 *start = bpf_map_lookup_elem(&my_map, &cpu);
  __u64 delta;
  long *count;

  delta = bpf_ktime_get_ns() - *start;
  if (delta > MAX_ENTRIES - 1) delta = MAX_ENTRIES - 1;
  key = cpu * MAX_ENTRIES + delta;
  count = bpf_map_lookup_elem(&my_lat, &key);
  if (count) __sync_fetch_and_add(count, 1);
  return 0;
}

char _license[] SEC("license") = "GPL";
