// as-user: runs a command as another user.
#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/tool.h"

int main(int argc, char** argv) {
  tool_help(argc, argv, "USER COMMAND [ARGUMENT]...",
            "Runs a command with the user's id and group (USER: a name or number); needs root.");
  if (argc < 3) tool_usage();
  const uid_t uid = tool_user(argv[1]);
  // Supplementary groups may be unknown to the kernel; then there are none to drop.
  if (setgroups(0, NULL) < 0 && errno != ENOSYS) tool_die("setgroups");
  if (setresgid(uid, uid, uid) < 0) tool_die("setresgid");
  if (setresuid(uid, uid, uid) < 0) tool_die("setresuid");
  execvp(argv[2], argv + 2);
  tool_fail(argv[2]);
  return errno == ENOENT ? 127 : 126;
}
