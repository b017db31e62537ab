// TAP for tests of the C library: checks gathered into one result per test. Each test program includes this once.
#ifndef SKEP_TESTS_CHECK_H
#define SKEP_TESTS_CHECK_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int test_number, failures;  // of the whole program
static int checks_failed;          // of the test under way

#define CHECK(condition) check((condition), __LINE__, #condition)
static bool check(bool ok, int line, const char* text) {
  if (!ok) {
    printf("# line %d: %s (errno %d)\n", line, text, errno);
    checks_failed++;
  }
  return ok;
}

#define CHECK_TEXT(actual, expected) check_text((actual), (expected), __LINE__)
static void check_text(const char* actual, const char* expected, int line) {
  if (strcmp(actual, expected) == 0) return;
  printf("# line %d: got \"%s\", expected \"%s\"\n", line, actual, expected);
  checks_failed++;
}

static void finish(const char* name) {
  test_number++;
  printf("%sok %d - %s\n", checks_failed == 0 ? "" : "not ", test_number, name);
  if (checks_failed != 0) failures++;
  checks_failed = 0;
  fflush(stdout);
}

// Prints the plan; the program's exit status.
static int finish_all(void) {
  printf("1..%d\n", test_number);
  return failures == 0 ? 0 : 1;
}

#endif
