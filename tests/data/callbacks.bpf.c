// The address of a subprogram, given to a helper; a hidden global function; data sections with names of their own.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

int counters[4] SEC(".data.counters") = {1, 2, 3, 4};
const int limits[2] SEC(".rodata.limits") = {10, 20};

static long add(__u32 index, void *context) {
  counters[index & 3] += limits[0];
  return 0;
}

__attribute__((noinline, visibility("hidden"))) int hidden_sum(int a, int b) { return a + b + counters[0]; }

SEC("?raw_tracepoint/late")
int looping(void *ctx) {
  int context = 0;

  bpf_loop(3, add, &context, 0);
  return hidden_sum(1, 2);
}

char _license[] SEC("license") = "GPL";
