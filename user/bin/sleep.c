// sleep: waits for some seconds, fractions allowed.
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "common/tool.h"

int main(int argc, char** argv) {
  tool_help(argc, argv, "SECONDS", "Waits; SECONDS may have a fraction.");
  if (argc != 2) tool_usage();
  char* end;
  const double seconds = strtod(argv[1], &end);
  if (end == argv[1] || *end != '\0' || !(seconds >= 0 && seconds < 1e9)) tool_usage();
  struct timespec t = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
  while (nanosleep(&t, &t) < 0) {
    if (errno != EINTR) tool_die("nanosleep");
  }
  return 0;
}
