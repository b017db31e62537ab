// A section name that says nothing: the load is refused with EINVAL.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("no_such_kind/anything")
int prog(void *ctx) { return 0; }

char _license[] SEC("license") = "GPL";
