#ifndef _FNMATCH_H
#define _FNMATCH_H
#include <features.h>
__BEGIN_DECLS
#define FNM_NOMATCH 1
#define FNM_NOESCAPE 1  // a backslash is an ordinary character
#define FNM_PATHNAME 2  // '/' is matched only by '/'
#define FNM_PERIOD 4    // a leading '.' is matched only by '.'
int fnmatch(const char* pattern, const char* s, int flags);
__END_DECLS
#endif
