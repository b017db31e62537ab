// uptime: how long the system has been running.
#include <time.h>

#include "common/tool.h"

int main(int argc, char** argv) {
  tool_help(argc, argv, "", "Prints how long the system has been running.");
  struct timespec t;
  if (clock_gettime(CLOCK_BOOTTIME, &t) < 0 && clock_gettime(CLOCK_MONOTONIC, &t) < 0) tool_die("clock");
  const long s = t.tv_sec;
  printf("up ");
  if (s >= 86400) printf("%ld days ", s / 86400);
  printf("%02ld:%02ld:%02ld\n", s / 3600 % 24, s / 60 % 60, s % 60);
  tool_exit(0);
}
