// Users known without a user data base: root (0) and user (1000).
#ifndef _PWD_H
#define _PWD_H
#include <features.h>
#include <sys/types.h>
__BEGIN_DECLS
struct passwd {
  char *pw_name, *pw_passwd;
  uid_t pw_uid;
  gid_t pw_gid;
  char *pw_gecos, *pw_dir, *pw_shell;
};
struct passwd* getpwnam(const char* name);
struct passwd* getpwuid(uid_t uid);
__END_DECLS
#endif
