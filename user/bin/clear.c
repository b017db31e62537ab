// clear: clears the screen.
#include "common/tool.h"

int main(int argc, char** argv) {
  tool_help(argc, argv, "", "Clears the screen.");
  fputs("\033[H\033[2J\033[3J", stdout);
  tool_exit(0);
}
