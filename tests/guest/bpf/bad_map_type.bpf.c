// A map type that no kernel has: the load is refused with EINVAL.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
  __uint(type, 999);
  __uint(max_entries, 1);
  __type(key, int);
  __type(value, int);
} strange SEC(".maps");

SEC("raw_tracepoint")
int prog(void *ctx) {
  int key = 0;

  return bpf_map_lookup_elem(&strange, &key) ? 1 : 0;
}

char _license[] SEC("license") = "GPL";
