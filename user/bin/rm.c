// rm: removes files and, with -r, folders with all that is in them.
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/tool.h"

static bool recursive, force;

static int remove_path(const char* path);

// Empties a folder: read again from its start until nothing is left, because removing moves what readdir would give.
static int remove_entries(const char* path) {
  for (;;) {
    DIR* dir = opendir(path);
    if (dir == NULL) return tool_fail(path);
    char full[PATH_MAX] = "";
    const struct dirent* d;
    while ((d = readdir(dir)) != NULL) {
      if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0) continue;
      if (!tool_join(full, sizeof(full), path, d->d_name)) {
        closedir(dir);
        return tool_fail(path);
      }
      break;
    }
    closedir(dir);
    if (d == NULL) return 0;
    if (remove_path(full) != 0) return 1;
  }
}

static int remove_path(const char* path) {
  struct stat st;
  if (lstat(path, &st) != 0) return errno == ENOENT && force ? 0 : tool_fail(path);
  if (!S_ISDIR(st.st_mode)) return unlink(path) == 0 ? 0 : tool_fail(path);
  if (!recursive) {
    errno = EISDIR;
    return tool_fail(path);
  }
  if (remove_entries(path) != 0) return 1;
  return rmdir(path) == 0 ? 0 : tool_fail(path);
}

int main(int argc, char** argv) {
  tool_help(argc, argv, "[-fr] FILE...", "Removes files.\n  -r  folders too   -f  no error for missing ones");
  int c;
  while ((c = getopt(argc, argv, "frR")) != -1) {
    if (c == 'f') {
      force = true;
    } else if (c == 'r' || c == 'R') {
      recursive = true;
    } else {
      tool_usage();
    }
  }
  if (optind == argc && !force) tool_usage();
  int status = 0;
  for (int i = optind; i < argc; i++) status |= remove_path(argv[i]);
  return status;
}
