// A map that wants to be pinned: refused, there is no BPF file system.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, int);
  __type(value, int);
  __uint(pinning, LIBBPF_PIN_BY_NAME);
} pinned SEC(".maps");

char _license[] SEC("license") = "GPL";
