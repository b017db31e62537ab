#ifndef _ERROR_H
#define _ERROR_H
#include <features.h>
__BEGIN_DECLS
void error(int status, int errnum, const char* format, ...) __printf_like(3, 4);
__END_DECLS
#endif
