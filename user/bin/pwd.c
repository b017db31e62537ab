// pwd: prints the working folder.
#include <limits.h>
#include <unistd.h>

#include "common/tool.h"

int main(int argc, char** argv) {
  tool_help(argc, argv, "", "Prints the working folder.");
  char path[PATH_MAX];
  if (getcwd(path, sizeof(path)) == NULL) tool_die("getcwd");
  puts(path);
  tool_exit(0);
}
