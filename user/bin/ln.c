// ln: makes links.
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/tool.h"

int main(int argc, char** argv) {
  tool_help(argc, argv, "[-fs] TARGET NAME",
            "Makes NAME a link to TARGET.\n  -s  symbolic   -f  replaces what NAME is");
  bool symbolic = false, force = false;
  int c;
  while ((c = getopt(argc, argv, "fs")) != -1) {
    if (c == 's') {
      symbolic = true;
    } else if (c == 'f') {
      force = true;
    } else {
      tool_usage();
    }
  }
  if (argc - optind != 2) tool_usage();
  const char* target = argv[optind];
  const char* name = argv[optind + 1];
  char path[PATH_MAX];
  struct stat st;
  if (stat(name, &st) == 0 && S_ISDIR(st.st_mode)) {
    if (!tool_join(path, sizeof(path), name, basename(target))) tool_die(name);
    name = path;
  }
  if (force) unlink(name);
  if ((symbolic ? symlink(target, name) : link(target, name)) < 0) return tool_fail(name);
  return 0;
}
