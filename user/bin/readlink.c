// readlink: where symbolic links point.
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/tool.h"

int main(int argc, char** argv) {
  tool_help(argc, argv, "[-f] PATH...", "Prints the target of symbolic links; -f: the path without any link.");
  bool full = false;
  int c;
  while ((c = getopt(argc, argv, "f")) != -1) {
    if (c == '?') tool_usage();
    full = true;
  }
  if (optind == argc) tool_usage();
  int status = 0;
  for (int i = optind; i < argc; i++) {
    char target[PATH_MAX];
    if (full) {
      if (realpath(argv[i], target) != NULL) {
        puts(target);
      } else {
        status = tool_fail(argv[i]);
      }
      continue;
    }
    const ssize_t n = readlink(argv[i], target, sizeof(target));
    if (n < 0) {
      status = tool_fail(argv[i]);
    } else {
      printf("%.*s\n", (int)n, target);
    }
  }
  tool_exit(status);
}
