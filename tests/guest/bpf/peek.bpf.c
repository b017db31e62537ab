// Reads kernel memory for a test: the bytes at `address`, which the test sets before load. Run with PROG_TEST_RUN.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

const volatile __u64 address = 0;
unsigned char bytes[32];

SEC("raw_tracepoint")
int peek(void *ctx) { return bpf_probe_read_kernel(bytes, sizeof(bytes), (void *)address); }

char _license[] SEC("license") = "GPL";
