// date: the date and time.
#include <string.h>
#include <time.h>

#include "common/tool.h"

int main(int argc, char** argv) {
  tool_help(argc, argv, "[-u] [-d @SECONDS] [+FORMAT]", "Prints the time (UTC), by strftime's FORMAT if one is given.");
  time_t now = time(NULL);
  const char* format = "%a %b %e %H:%M:%S UTC %Y";
  for (int i = 1; i < argc; i++) {
    if (argv[i][0] == '+') {
      format = argv[i] + 1;
    } else if (strcmp(argv[i], "-d") == 0 && i + 1 < argc && argv[i + 1][0] == '@') {
      now = tool_number(argv[++i] + 1);
    } else if (strcmp(argv[i], "-u") != 0) {
      tool_usage();
    }
  }
  char text[512] = "";
  struct tm tm;
  if (gmtime_r(&now, &tm) == NULL) tool_die("time");
  strftime(text, sizeof(text), format, &tm);
  puts(text);
  tool_exit(0);
}
