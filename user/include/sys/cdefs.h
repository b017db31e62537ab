#ifndef _SYS_CDEFS_H
#define _SYS_CDEFS_H
#include <features.h>
#ifndef __THROW
#define __THROW
#endif
#endif
