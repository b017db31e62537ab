// free: shows memory in use, from /proc/meminfo.
#include <stdlib.h>
#include <string.h>

#include "common/tool.h"

// The number of kilobytes in the line "NAME:  12345 kB"; 0 when there is no such line.
static unsigned long field(const char* text, const char* name) {
  const size_t n = strlen(name);
  for (const char* line = text; line != NULL && *line != '\0'; line = strchr(line, '\n')) {
    if (*line == '\n') line++;
    if (strncmp(line, name, n) == 0 && line[n] == ':') return strtoul(line + n + 1, NULL, 10);
  }
  return 0;
}

int main(int argc, char** argv) {
  tool_help(argc, argv, "[-m]", "Shows total, used and free memory in kilobytes (-m: megabytes).");
  unsigned long unit = 1;
  if (argc > 1) {
    if (strcmp(argv[1], "-m") != 0) tool_usage();
    unit = 1024;
  }
  char text[4096];
  if (tool_read_file("/proc/meminfo", text, sizeof(text)) < 0) tool_die("/proc/meminfo");
  const unsigned long total = field(text, "MemTotal"), available = field(text, "MemFree");
  printf("%10s %12s %12s %12s\n", "", "total", "used", "free");
  printf("%-10s %12lu %12lu %12lu\n", "Mem:", total / unit, (total - available) / unit, available / unit);
  tool_exit(0);
}
