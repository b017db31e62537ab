// lathist that keeps a CPU's whole histogram in one map value and indexes it with an unclamped bucket: refused with
// EACCES, because the index may lie outside the value.
#include <linux/bpf.h>
#include <linux/ptrace.h>

#include <bpf/bpf_helpers.h>

#define MAX_CPU 8
#define MAX_ENTRIES 20

struct histogram {
  long buckets[MAX_ENTRIES];
};

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, MAX_CPU);
  __type(key, int);
  __type(value, __u64);
} my_map SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, MAX_CPU);
  __type(key, int);
  __type(value, struct histogram);
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
  int cpu = bpf_get_smp_processor_id();
  __u64 *start = bpf_map_lookup_elem(&my_map, &cpu);
  struct histogram *row;
  __u64 key;

  if (!start) return 0;
  key = (bpf_ktime_get_ns() - *start) >> 10;
  row = bpf_map_lookup_elem(&my_lat, &cpu);
  if (row) row->buckets[key] += 1;
  return 0;
}

char _license[] SEC("license") = "GPL";
