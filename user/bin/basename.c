// basename: a path without its folders, and without a suffix.
#include <libgen.h>
#include <string.h>

#include "common/tool.h"

int main(int argc, char** argv) {
  tool_help(argc, argv, "PATH [SUFFIX]", "Prints the last part of a path, without SUFFIX if it ends so.");
  if (argc < 2 || argc > 3) tool_usage();
  char* name = basename(argv[1]);
  const size_t n = strlen(name);
  if (argc == 3) {
    const size_t s = strlen(argv[2]);
    if (s < n && strcmp(name + n - s, argv[2]) == 0) name[n - s] = '\0';
  }
  puts(name);
  tool_exit(0);
}
