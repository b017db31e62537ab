#ifndef _STDIO_EXT_H
#define _STDIO_EXT_H
#include <stdio.h>
__BEGIN_DECLS
void __fpurge(FILE* f);
__END_DECLS
#endif
