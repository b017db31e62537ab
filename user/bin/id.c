// id: the user's and group's numbers.
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include "common/tool.h"

static const char* user_name(uid_t uid) {
  const struct passwd* p = getpwuid(uid);
  return p != NULL ? p->pw_name : "?";
}

static const char* group_name(gid_t gid) {
  const struct group* g = getgrgid(gid);
  return g != NULL ? g->gr_name : "?";
}

int main(int argc, char** argv) {
  tool_help(argc, argv, "[-u | -g] [-n]", "Prints user and group; -u, -g: only that number (-n: its name).");
  bool user = false, group = false, name = false;
  int c;
  while ((c = getopt(argc, argv, "ugn")) != -1) {
    if (c == '?') tool_usage();
    if (c == 'u') user = true;
    if (c == 'g') group = true;
    if (c == 'n') name = true;
  }
  if (user || group) {
    const char* text = user ? user_name(geteuid()) : group_name(getegid());
    if (name) {
      puts(text);
    } else {
      printf("%u\n", user ? geteuid() : getegid());
    }
    tool_exit(0);
  }
  printf("uid=%u(%s) gid=%u(%s)", getuid(), user_name(getuid()), getgid(), group_name(getgid()));
  if (geteuid() != getuid()) printf(" euid=%u(%s)", geteuid(), user_name(geteuid()));
  putchar('\n');
  tool_exit(0);
}
