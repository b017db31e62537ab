// Maps as they were defined before BTF: records of struct bpf_map_def in section "maps".
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct bpf_map_def {
  unsigned int type;
  unsigned int key_size;
  unsigned int value_size;
  unsigned int max_entries;
  unsigned int map_flags;
};

struct bpf_map_def SEC("maps") old_array = {
    .type = BPF_MAP_TYPE_ARRAY, .key_size = sizeof(__u32), .value_size = sizeof(__u64), .max_entries = 2};
struct bpf_map_def SEC("maps") old_hash = {.type = BPF_MAP_TYPE_HASH,
                                           .key_size = sizeof(__u64),
                                           .value_size = 24,
                                           .max_entries = 16,
                                           .map_flags = BPF_F_NO_PREALLOC};

SEC("raw_tracepoint")
int touch(void *ctx) {
  __u32 key = 1;
  __u64 wide = 1;
  __u64 *value = bpf_map_lookup_elem(&old_array, &key);

  if (!value) return -1;
  *value += 1;
  return bpf_map_lookup_elem(&old_hash, &wide) ? 2 : 1;
}

char _license[] SEC("license") = "GPL";
