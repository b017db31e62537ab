#ifndef _LIBGEN_H
#define _LIBGEN_H
#include <features.h>
__BEGIN_DECLS
char* dirname(char* path);
char* __xpg_basename(char* path);
#define basename __xpg_basename
__END_DECLS
#endif
