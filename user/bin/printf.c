// printf: prints arguments by a format.
#include "common/tool.h"

int main(int argc, char** argv) {
  tool_help(argc, argv, "FORMAT [ARGUMENT]...", "Prints the arguments as C's printf would; %b also knows escapes.");
  tool_exit(tool_printf(argc, argv));
}
