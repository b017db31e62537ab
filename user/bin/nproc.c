// nproc: the number of processors.
#include <sys/sysinfo.h>

#include "common/tool.h"

int main(int argc, char** argv) {
  tool_help(argc, argv, "", "Prints the number of processors that programs may run on.");
  printf("%d\n", get_nprocs());
  tool_exit(0);
}
