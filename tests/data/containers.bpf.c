// Maps of maps and of programs with values given in the text, a ring buffer, and attributes of every kind.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct inner {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 8);
  __type(key, __u32);
  __type(value, __u64);
} first_inner SEC(".maps"), second_inner SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
  __uint(max_entries, 4);
  __uint(key_size, sizeof(__u32));
  __array(values, struct inner);
} outer SEC(".maps") = {.values = {[1] = &first_inner, [3] = &second_inner}};

int tail(void *ctx);

struct {
  __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
  __uint(max_entries, 2);
  __uint(key_size, sizeof(__u32));
  __array(values, int(void *));
} jumps SEC(".maps") = {.values = {[1] = (void *)&tail}};

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 5000);
} ring SEC(".maps");

struct wide_key {
  __u64 a;
  __u32 b[3];
};
typedef const volatile struct wide_key key_alias;

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 77);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __uint(map_extra, 0);
  __uint(numa_node, 0);
  __type(key, key_alias);
  __uint(value_size, 40);
} attributes SEC(".maps");

SEC("raw_tracepoint/a")
int main_program(void *ctx) {
  __u32 key = 1;
  struct wide_key wide = {};

  bpf_ringbuf_output(&ring, &key, sizeof(key), 0);
  bpf_map_lookup_elem(&attributes, &wide);
  bpf_map_lookup_elem(&outer, &key);
  bpf_tail_call(ctx, &jumps, key);
  return 0;
}

SEC("raw_tracepoint/b")
int tail(void *ctx) { return 2; }

char _license[] SEC("license") = "GPL";
