// test: evaluates an expression; the exit status is 0 for true.
#include "common/tool.h"

int main(int argc, char** argv) { tool_exit(tool_test(argc, argv)); }
