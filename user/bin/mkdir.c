// mkdir: makes folders.
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/tool.h"

// Makes the folders above `path` that are missing, then path itself.
static int make_with_parents(const char* path, mode_t mode) {
  char part[PATH_MAX];
  if (strlcpy(part, path, sizeof(part)) >= sizeof(part)) {
    errno = ENAMETOOLONG;
    return -1;
  }
  for (char* slash = strchr(part + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    if (mkdir(part, 0777) < 0 && errno != EEXIST) return -1;
    *slash = '/';
  }
  struct stat st;
  if (mkdir(part, mode) == 0 || (errno == EEXIST && stat(part, &st) == 0 && S_ISDIR(st.st_mode))) return 0;
  return -1;
}

int main(int argc, char** argv) {
  tool_help(argc, argv, "[-p] FOLDER...", "Makes folders; -p: also those above, and no error for existing ones.");
  bool parents = false;
  int c;
  while ((c = getopt(argc, argv, "p")) != -1) {
    if (c != 'p') tool_usage();
    parents = true;
  }
  if (optind == argc) tool_usage();
  int status = 0;
  for (int i = optind; i < argc; i++) {
    if ((parents ? make_with_parents(argv[i], 0777) : mkdir(argv[i], 0777)) < 0) status = tool_fail(argv[i]);
  }
  return status;
}
