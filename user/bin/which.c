// which: finds programs along PATH.
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/tool.h"

static bool is_program(const char* path) {
  struct stat st;
  return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

static bool find(const char* name) {
  if (strchr(name, '/') != NULL) {
    if (is_program(name)) puts(name);
    return is_program(name);
  }
  const char* search = getenv("PATH");
  for (const char* at = search != NULL ? search : "/bin";;) {
    const char* end = strchrnul(at, ':');
    char dir[PATH_MAX], path[PATH_MAX];
    snprintf(dir, sizeof(dir), "%.*s", (int)(end - at), at);
    if (tool_join(path, sizeof(path), *dir != '\0' ? dir : ".", name) && is_program(path)) {
      puts(path);
      return true;
    }
    if (*end == '\0') return false;
    at = end + 1;
  }
}

int main(int argc, char** argv) {
  tool_help(argc, argv, "NAME...", "Prints the paths of programs.");
  if (argc < 2) tool_usage();
  int status = 0;
  for (int i = 1; i < argc; i++) {
    if (!find(argv[i])) status = 1;
  }
  tool_exit(status);
}
