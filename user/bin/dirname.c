// dirname: the folders of a path.
#include <libgen.h>

#include "common/tool.h"

int main(int argc, char** argv) {
  tool_help(argc, argv, "PATH...", "Prints paths without their last part.");
  if (argc < 2) tool_usage();
  for (int i = 1; i < argc; i++) puts(dirname(argv[i]));
  tool_exit(0);
}
