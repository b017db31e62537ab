// An attribute that no map has: refused, or ignored when the caller asks for relaxed maps.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, int);
  __type(value, int);
  __uint(colour, 7);
} coloured SEC(".maps");

char _license[] SEC("license") = "GPL";
