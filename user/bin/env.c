// env: prints the environment, or runs a command in a changed one.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/tool.h"

int main(int argc, char** argv) {
  tool_help(argc, argv, "[-i] [-u NAME] [NAME=VALUE]... [COMMAND [ARGUMENT]...]",
            "Runs a command with variables set (-u: unset, -i: only these); without a command prints them.");
  int c;
  while ((c = getopt(argc, argv, "+iu:")) != -1) {
    if (c == '?') tool_usage();
    if (c == 'i') clearenv();
    if (c == 'u' && unsetenv(optarg) < 0) tool_die(optarg);
  }
  int i = optind;
  for (; i < argc && strchr(argv[i], '=') != NULL; i++) {
    if (putenv(argv[i]) < 0) tool_die(argv[i]);
  }
  if (i < argc) {
    execvp(argv[i], argv + i);
    tool_fail(argv[i]);
    return errno == ENOENT ? 127 : 126;
  }
  for (char** e = environ; e != NULL && *e != NULL; e++) puts(*e);
  tool_exit(0);
}
