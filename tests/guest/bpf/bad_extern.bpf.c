// A call of a function that is nowhere: refused when the object is opened.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

extern int missing_function(int v);

SEC("raw_tracepoint")
int prog(void *ctx) { return missing_function(1); }

char _license[] SEC("license") = "GPL";
