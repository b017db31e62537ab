#ifndef _SYS_PARAM_H
#define _SYS_PARAM_H
#include <endian.h>
#include <limits.h>
#define MAXPATHLEN 4096
#define MAXHOSTNAMELEN 64
#ifndef MIN
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#endif
#define howmany(n, unit) (((n) + ((unit) - 1)) / (unit))
#define roundup(n, unit) (howmany(n, unit) * (unit))
#endif
