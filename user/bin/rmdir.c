// rmdir: removes empty folders.
#include <unistd.h>

#include "common/tool.h"

int main(int argc, char** argv) {
  tool_help(argc, argv, "FOLDER...", "Removes empty folders.");
  if (argc < 2) tool_usage();
  int status = 0;
  for (int i = 1; i < argc; i++) {
    if (rmdir(argv[i]) < 0) status = tool_fail(argv[i]);
  }
  return status;
}
