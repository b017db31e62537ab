// hostname: prints or sets the machine's name.
#include <string.h>
#include <unistd.h>

#include "common/tool.h"

int main(int argc, char** argv) {
  tool_help(argc, argv, "[NAME]", "Prints the machine's name, or sets it.");
  if (argc > 2) tool_usage();
  if (argc == 2) {
    if (sethostname(argv[1], strlen(argv[1])) < 0) tool_die(argv[1]);
    return 0;
  }
  char name[65];
  if (gethostname(name, sizeof(name)) < 0) tool_die("gethostname");
  puts(name);
  tool_exit(0);
}
