// uniq: leaves out repeated lines that follow each other.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/tool.h"

static bool with_count, only_repeated, only_single;

static void print_group(const char* line, unsigned long n) {
  if ((only_repeated && n < 2) || (only_single && n > 1)) return;
  if (with_count) printf("%7lu ", n);
  fputs(line, stdout);
}

int main(int argc, char** argv) {
  tool_help(argc, argv, "[-cdu] [FILE]",
            "Prints one of each run of equal lines.\n  -c  with their number   -d  only repeated ones   -u  only "
            "single ones");
  int c;
  while ((c = getopt(argc, argv, "cdu")) != -1) {
    if (c == '?') tool_usage();
    if (c == 'c') with_count = true;
    if (c == 'd') only_repeated = true;
    if (c == 'u') only_single = true;
  }
  int status = 0;
  FILE* f = optind < argc ? tool_open(argv[optind], &status) : stdin;
  if (f == NULL) return status;
  char *line = NULL, *previous = NULL;
  size_t size = 0;
  unsigned long n = 0;
  while (getline(&line, &size, f) >= 0) {
    if (previous != NULL && strcmp(line, previous) == 0) {
      n++;
      continue;
    }
    if (previous != NULL) print_group(previous, n);
    free(previous);
    previous = strdup(line);
    if (previous == NULL) tool_die("memory");
    n = 1;
  }
  if (previous != NULL) print_group(previous, n);
  tool_exit(0);
}
