#ifndef _ERR_H
#define _ERR_H
#include <features.h>
#include <stdarg.h>
__BEGIN_DECLS
__noreturn_fn void err(int status, const char* format, ...) __printf_like(2, 3);
__noreturn_fn void errx(int status, const char* format, ...) __printf_like(2, 3);
__noreturn_fn void verr(int status, const char* format, va_list args) __printf_like(2, 0);
__noreturn_fn void verrx(int status, const char* format, va_list args) __printf_like(2, 0);
void warn(const char* format, ...) __printf_like(1, 2);
void warnx(const char* format, ...) __printf_like(1, 2);
void vwarn(const char* format, va_list args) __printf_like(1, 0);
void vwarnx(const char* format, va_list args) __printf_like(1, 0);
__END_DECLS
#endif
