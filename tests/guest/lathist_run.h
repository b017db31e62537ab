/* Starting /bin/lathist and waiting for it. */
#ifndef SKEP_TESTS_LATHIST_RUN_H
#define SKEP_TESTS_LATHIST_RUN_H

#include <sys/wait.h>

#include "bpf_tap.h"

/* The program in a child, its output going to `output`. */
static pid_t start_lathist(const char *interval, const char *count, int output) {
  pid_t child = fork();

  if (child == 0) {
    dup2(output, STDOUT_FILENO);
    execl("/bin/lathist", "lathist", "-i", interval, "-c", count, (char *)NULL);
    _exit(127);
  }
  return child;
}

/* Waits, up to 20 s, until so many probes are armed. */
__attribute__((unused)) static int wait_until_armed(int probes) {
  int i;

  for (i = 0; i < 4000; i++) {
    if (count_lines("/sys/kernel/debug/kprobes/list") == probes) return 1;
    sleep_ms(5);
  }
  return 0;
}

#endif
