// The users and groups that exist: root and user, without a data base.
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

namespace {

char kRoot[] = "root", kUser[] = "user", kNoPassword[] = "x", kSlash[] = "/", kRootHome[] = "/root",
     kShell[] = "/bin/sh";
char* no_members[] = {nullptr};

passwd users[] = {
    {kRoot, kNoPassword, 0, 0, kRoot, kRootHome, kShell},
    {kUser, kNoPassword, 1000, 1000, kUser, kSlash, kShell},
};
group groups[] = {
    {kRoot, kNoPassword, 0, no_members},
    {kUser, kNoPassword, 1000, no_members},
};

}  // namespace

extern "C" {

passwd* getpwnam(const char* name) {
  for (passwd& p : users) {
    if (strcmp(p.pw_name, name) == 0) return &p;
  }
  return nullptr;
}
passwd* getpwuid(uid_t uid) {
  for (passwd& p : users) {
    if (p.pw_uid == uid) return &p;
  }
  return nullptr;
}
group* getgrnam(const char* name) {
  for (group& g : groups) {
    if (strcmp(g.gr_name, name) == 0) return &g;
  }
  return nullptr;
}
group* getgrgid(gid_t gid) {
  for (group& g : groups) {
    if (g.gr_gid == gid) return &g;
  }
  return nullptr;
}
char* getlogin() {
  const passwd* p = getpwuid(getuid());
  return p != nullptr ? p->pw_name : nullptr;
}
}
