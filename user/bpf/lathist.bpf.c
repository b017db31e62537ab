// How long does a CPU run with preemption off? One program notes the time when preemption goes off, the other takes the
// difference when it comes back on and counts it in a log2 histogram of that CPU. User half: user/bin/lathist.c.
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <linux/version.h>

#include <bpf/bpf_helpers.h>

// MAX_CPU and MAX_ENTRIES are shared with user/bin/lathist.c by agreement: my_lat holds MAX_CPU rows of MAX_ENTRIES.
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

// The number of the highest bit set; 0 for 0.
static unsigned int log2_u32(unsigned int v) {
  unsigned int shift, result;

  result = (v > 0xffff) << 4;
  v >>= result;
  shift = (v > 0xff) << 3;
  v >>= shift;
  result |= shift;
  shift = (v > 0xf) << 2;
  v >>= shift;
  result |= shift;
  shift = (v > 0x3) << 1;
  v >>= shift;
  result |= shift;
  return result | (v >> 1);
}

static unsigned int log2_u64(unsigned long v) {
  unsigned int high = v >> 32;

  return high ? log2_u32(high) + 32 : log2_u32(v);
}

SEC("kprobe/trace_preempt_on")
int bpf_prog2(struct pt_regs *ctx) {
  int key, cpu = bpf_get_smp_processor_id();
  __u64 *start = bpf_map_lookup_elem(&my_map, &cpu);
  unsigned int bucket;
  long *count;

  if (!start) return 0;
  bucket = log2_u64(bpf_ktime_get_ns() - *start);
  if (bucket > MAX_ENTRIES - 1) bucket = MAX_ENTRIES - 1;
  key = cpu * MAX_ENTRIES + bucket;
  count = bpf_map_lookup_elem(&my_lat, &key);
  if (count) __sync_fetch_and_add(count, 1);
  return 0;
}

char _license[] SEC("license") = "GPL";
__u32 _version SEC("version") = LINUX_VERSION_CODE;
