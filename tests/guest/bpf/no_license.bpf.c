// No license, and a helper that only GPL-compatible programs may call: refused with EINVAL.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("raw_tracepoint")
int prog(void *ctx) {
  bpf_printk("hello");
  return 0;
}
