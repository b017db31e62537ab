#ifndef _GRP_H
#define _GRP_H
#include <features.h>
#include <sys/types.h>
__BEGIN_DECLS
struct group {
  char *gr_name, *gr_passwd;
  gid_t gr_gid;
  char** gr_mem;
};
struct group* getgrnam(const char* name);
struct group* getgrgid(gid_t gid);
int setgroups(size_t count, const gid_t* groups);
__END_DECLS
#endif
