// chown: changes files' owners.
#include <string.h>
#include <unistd.h>

#include "common/tool.h"

int main(int argc, char** argv) {
  tool_help(argc, argv, "USER[:GROUP] FILE...", "Changes the owner, and the group, of files.");
  if (argc < 3) tool_usage();
  char* group = strchr(argv[1], ':');
  if (group != NULL) *group++ = '\0';
  const uid_t uid = *argv[1] != '\0' ? tool_user(argv[1]) : (uid_t)-1;
  const gid_t gid = group != NULL && *group != '\0' ? tool_user(group) : (gid_t)-1;
  int status = 0;
  for (int i = 2; i < argc; i++) {
    if (chown(argv[i], uid, gid) < 0) status = tool_fail(argv[i]);
  }
  return status;
}
