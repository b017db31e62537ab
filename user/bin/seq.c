// seq: a sequence of integers.
#include <string.h>

#include "common/tool.h"

int main(int argc, char** argv) {
  tool_help(argc, argv, "[FIRST [STEP]] LAST", "Prints the integers from FIRST (1) to LAST.");
  if (argc < 2 || argc > 4) tool_usage();
  const long first = argc > 2 ? tool_number(argv[1]) : 1;
  const long step = argc > 3 ? tool_number(argv[2]) : 1;
  const long last = tool_number(argv[argc - 1]);
  if (step == 0) tool_usage();
  for (long v = first; step > 0 ? v <= last : v >= last;) {
    printf("%ld\n", v);
    if (__builtin_add_overflow(v, step, &v)) break;
  }
  tool_exit(0);
}
