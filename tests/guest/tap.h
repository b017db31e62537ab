// The Test Anything Protocol for guest tests: check() reports one test, done() ends the run. Also the leak check that
// every test ends with.
#ifndef SKEP_TESTS_TAP_H
#define SKEP_TESTS_TAP_H

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int tap_tests, tap_failures;

// Reports one test; the name is printf's. Returns `passed`.
__attribute__((format(printf, 2, 3), unused)) static int check(int passed, const char* name, ...) {
  va_list args;
  va_start(args, name);
  printf("%sok %d - ", passed ? "" : "not ", ++tap_tests);
  vprintf(name, args);
  printf("\n");
  va_end(args);
  if (!passed) tap_failures++;
  fflush(stdout);
  return passed;
}

// One test: two numbers are equal.
__attribute__((unused)) static int check_equal(long got, long wanted, const char* what) {
  if (check(got == wanted, "%s", what)) return 1;
  printf("# got %ld, expected %ld\n", got, wanted);
  return 0;
}

// One test: `result` (of the expression, -1 on failure) must have failed with `wanted`.
#define check_errno(expression, wanted) tap_check_errno((long)(expression), (wanted), #expression)
__attribute__((unused)) static void tap_check_errno(long result, int wanted, const char* what) {
  int got = result == -1 ? errno : 0;
  if (!check(got == wanted, "%s: %s", what, strerror(wanted)))
    printf("# got %s (%d), result %ld\n", strerror(got), got, result);
}
// One test: the expression must not give -1.
#define check_works(expression) tap_check_works((long)(expression), #expression)
__attribute__((unused)) static long tap_check_works(long result, const char* what) {
  int error = errno;
  if (!check(result != -1, "%s", what)) printf("# %s (%d)\n", strerror(error), error);
  return result;
}

// The value in kB of a line of /proc/meminfo; -1 when it is not there.
__attribute__((unused)) static long meminfo_kb(const char* name) {
  FILE* f = fopen("/proc/meminfo", "r");
  if (!f) return -1;
  char line[128];
  long value = -1;
  while (fgets(line, sizeof(line), f)) {
    if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':')
      value = strtol(line + strlen(name) + 1, NULL, 10);
  }
  fclose(f);
  return value;
}

// Runs `body` until free memory is the same before and after; at most `rounds` times, since caches may fill in
// the first ones. One test.
__attribute__((unused)) static void check_no_leak(const char* what, void (*body)(void), int rounds) {
  long before = 0, after = 0;
  for (int i = 0; i < rounds; i++) {
    before = meminfo_kb("MemUnused");
    body();
    // What other harts still hold (a child's last pages, callbacks after a grace period) comes back within a moment.
    for (int wait = 0; wait < 50 && (after = meminfo_kb("MemUnused")) < before; wait++) usleep(20000);
    if (after >= before) break;
  }
  if (!check(after >= before, "%s leaves free memory as it was", what))
    printf("# before %ld kB, after %ld kB\n", before, after);
}

__attribute__((unused)) static int done(void) {
  printf("1..%d\n", tap_tests);
  return tap_failures != 0;
}

#endif
