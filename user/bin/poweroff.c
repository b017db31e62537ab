// poweroff: switches the machine off.
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "common/tool.h"

int main(int argc, char** argv) {
  tool_help(argc, argv, "[-r]", "Switches the machine off; -r: restarts it.");
  if (argc > 2 || (argc == 2 && strcmp(argv[1], "-r") != 0 && strcmp(argv[1], "-f") != 0)) tool_usage();
  sync();
  reboot(argc == 2 && strcmp(argv[1], "-r") == 0 ? RB_AUTOBOOT : RB_POWER_OFF);
  tool_die("reboot");
}
