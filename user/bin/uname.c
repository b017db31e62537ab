// uname: names the system.
#include <sys/utsname.h>
#include <unistd.h>

#include "common/tool.h"

int main(int argc, char** argv) {
  tool_help(argc, argv, "[-asnrvm]",
            "Prints the system's name (-s), node (-n), release (-r), version (-v), machine (-m); all: -a.");
  struct utsname u;
  if (uname(&u) < 0) tool_die("uname");
  bool wanted[5] = {false};
  const char* const values[5] = {u.sysname, u.nodename, u.release, u.version, u.machine};
  int c;
  bool any = false;
  while ((c = getopt(argc, argv, "asnrvm")) != -1) {
    if (c == '?') tool_usage();
    any = true;
    for (int i = 0; i < 5; i++) wanted[i] |= c == 'a' || c == "snrvm"[i];
  }
  if (!any) wanted[0] = true;
  const char* separator = "";
  for (int i = 0; i < 5; i++) {
    if (!wanted[i]) continue;
    printf("%s%s", separator, values[i]);
    separator = " ";
  }
  putchar('\n');
  tool_exit(0);
}
