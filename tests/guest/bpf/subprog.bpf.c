// Calls between functions: static and global subprograms in .text, one of them shared by two programs, one in the
// programs' own section, and a call chain.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 4);
  __type(key, __u32);
  __type(value, __u64);
} results SEC(".maps");

static __attribute__((noinline)) __u64 twice(__u64 v) {
  asm volatile("" : "+r"(v));
  return v * 2;
}

static __attribute__((noinline)) __u64 twice_and_one(__u64 v) {
  asm volatile("" : "+r"(v));
  return twice(v) + 1;
}

__attribute__((noinline)) int store(__u32 key, __u64 value) {
  return bpf_map_update_elem(&results, &key, &value, BPF_ANY);
}

SEC("raw_tracepoint/first")
int first(void *ctx) {
  store(1, twice_and_one(20));
  return 41;
}

SEC("raw_tracepoint/second")
int second(void *ctx) {
  store(2, twice(30));
  return 60;
}

// Two programs in one section.
SEC("raw_tracepoint/second")
int third(void *ctx) {
  store(3, 9);
  return 9;
}

char _license[] SEC("license") = "GPL";
