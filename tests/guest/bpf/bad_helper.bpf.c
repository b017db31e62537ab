// A helper number that no kernel has: the verifier refuses it with EINVAL.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

static long (*no_such_helper)(int v) = (void *)9999;

SEC("raw_tracepoint")
int prog(void *ctx) { return no_such_helper(1); }

char _license[] SEC("license") = "GPL";
