// Global data: .rodata, .data and .bss become maps that the code addresses directly. Run with PROG_TEST_RUN.
#include <linux/bpf.h>
#include <stdbool.h>

#include <bpf/bpf_helpers.h>

const volatile __u64 step = 3;
const volatile struct {
  __u32 first;
  char word[12];
} settings = {.first = 7, .word = "beehive"};
__u64 start_value = 100;
static volatile __u32 hidden = 5;
__u64 runs;
__u64 total;
char letters[16];

SEC("raw_tracepoint")
int count(void *ctx) {
  const char greeting[] = "hive";

  runs++;
  start_value += step;
  total = start_value + settings.first + hidden;
  letters[0] = settings.word[0];
  letters[1] = greeting[1];
  hidden++;
  return (int)total;
}

char _license[] SEC("license") = "GPL";
