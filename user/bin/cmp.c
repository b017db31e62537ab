// cmp: compares two files byte by byte.
#include <string.h>
#include <unistd.h>

#include "common/tool.h"

int main(int argc, char** argv) {
  tool_help(argc, argv, "[-s] FILE1 FILE2",
            "Says where two files differ; status 0: equal, 1: different, 2: trouble.\n  -s  says nothing");
  bool silent = false;
  int c;
  while ((c = getopt(argc, argv, "s")) != -1) {
    if (c == '?') tool_usage();
    silent = true;
  }
  if (argc - optind != 2) tool_usage();
  int status = 0;
  FILE* a = tool_open(argv[optind], &status);
  FILE* b = tool_open(argv[optind + 1], &status);
  if (a == NULL || b == NULL) return 2;
  unsigned long line = 1;
  for (unsigned long at = 1;; at++) {
    const int x = getc(a), y = getc(b);
    if (x == EOF && y == EOF) return 0;
    if (x == y) {
      if (x == '\n') line++;
      continue;
    }
    if (!silent && (x == EOF || y == EOF)) {
      fprintf(stderr, "cmp: EOF on %s after byte %lu\n", argv[optind + (x == EOF ? 0 : 1)], at - 1);
    } else if (!silent) {
      printf("%s %s differ: byte %lu, line %lu\n", argv[optind], argv[optind + 1], at, line);
    }
    if (fflush(stdout) != 0) return 2;
    return 1;
  }
}
