// mv: renames files, or moves them into a folder.
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/tool.h"

// Between file systems: copied, then removed.
static int run(char* const argv[]) {
  const pid_t pid = fork();
  if (pid < 0) return tool_fail("fork");
  if (pid == 0) {
    execvp(argv[0], argv);
    _exit(127);
  }
  int status;
  if (waitpid(pid, &status, 0) < 0) return tool_fail(argv[0]);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int move(char* from, char* to) {
  if (rename(from, to) == 0) return 0;
  if (errno != EXDEV) return tool_fail(from);
  char* copy[] = {"cp", "-a", "--", from, to, NULL};
  char* clear[] = {"rm", "-rf", "--", from, NULL};
  const int status = run(copy);
  return status != 0 ? status : run(clear);
}

int main(int argc, char** argv) {
  tool_help(argc, argv, "FILE... TARGET", "Renames a file, or moves files into a folder.");
  int c;
  while ((c = getopt(argc, argv, "f")) != -1) {
    if (c != 'f') tool_usage();
  }
  if (argc - optind < 2) tool_usage();
  char* target = argv[argc - 1];
  struct stat st;
  const bool into = stat(target, &st) == 0 && S_ISDIR(st.st_mode);
  if (!into && argc - optind > 2) {
    errno = ENOTDIR;
    tool_die(target);
  }
  int status = 0;
  for (int i = optind; i < argc - 1; i++) {
    char path[PATH_MAX];
    if (!into) {
      status |= move(argv[i], target);
    } else if (tool_join(path, sizeof(path), target, basename(argv[i]))) {
      status |= move(argv[i], path);
    } else {
      status = tool_fail(argv[i]);
    }
  }
  return status;
}
