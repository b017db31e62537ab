// yes: prints a line for ever.
#include "common/tool.h"

int main(int argc, char** argv) {
  tool_help(argc, argv, "[WORD]...", "Prints the words (y) again and again.");
  for (;;) {
    for (int i = 1; i < argc; i++) printf("%s%s", i > 1 ? " " : "", argv[i]);
    if (fputs(argc > 1 ? "\n" : "y\n", stdout) == EOF) tool_exit(1);
  }
}
