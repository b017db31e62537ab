// A key size that is not the key's: refused.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __uint(key_size, 8);
  __type(key, int);
  __type(value, int);
} torn SEC(".maps");

char _license[] SEC("license") = "GPL";
