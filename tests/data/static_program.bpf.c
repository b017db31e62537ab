// A static function in a section of programs: refused.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("raw_tracepoint")
static __attribute__((noinline, used)) int lonely(void *ctx) { return 1; }

SEC("raw_tracepoint")
int prog(void *ctx) { return 0; }

char _license[] SEC("license") = "GPL";
