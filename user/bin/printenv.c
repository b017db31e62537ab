// printenv: prints variables of the environment.
#include <stdlib.h>
#include <unistd.h>

#include "common/tool.h"

int main(int argc, char** argv) {
  tool_help(argc, argv, "[NAME]...", "Prints the values of variables, or the whole environment.");
  int status = 0;
  for (int i = 1; i < argc; i++) {
    const char* value = getenv(argv[i]);
    if (value != NULL) {
      puts(value);
    } else {
      status = 1;
    }
  }
  if (argc == 1) {
    for (char** e = environ; e != NULL && *e != NULL; e++) puts(*e);
  }
  tool_exit(status);
}
