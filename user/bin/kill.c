// kill: sends a signal to processes.
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "common/tool.h"

int main(int argc, char** argv) {
  tool_help(argc, argv, "[-SIGNAL | -s SIGNAL] PID... | -l",
            "Sends a signal (TERM) to processes; -l lists the signals.");
  int sig = SIGTERM, i = 1;
  if (argc > 1 && strcmp(argv[1], "-l") == 0) {
    for (int n = 1; n < 32; n++) {
      if (tool_signal_name(n) != NULL) printf("%2d %s\n", n, tool_signal_name(n));
    }
    tool_exit(0);
  }
  if (argc > 1 && argv[1][0] == '-' && strcmp(argv[1], "--") != 0) {
    const bool separate = strcmp(argv[1], "-s") == 0;
    if (separate && argc < 3) tool_usage();
    const char* name = separate ? argv[2] : argv[1] + 1;
    sig = tool_signal(name);
    if (sig < 0) {
      fprintf(stderr, "kill: unknown signal '%s'\n", name);
      return 2;
    }
    i = separate ? 3 : 2;
  }
  if (i < argc && strcmp(argv[i], "--") == 0) i++;
  if (i >= argc) tool_usage();
  int status = 0;
  for (; i < argc; i++) {
    if (kill((pid_t)tool_number(argv[i]), sig) < 0) status = tool_fail(argv[i]);
  }
  return status;
}
