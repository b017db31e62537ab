// echo: prints its arguments.
#include "common/tool.h"

int main(int argc, char** argv) { tool_exit(tool_echo(argc, argv)); }
