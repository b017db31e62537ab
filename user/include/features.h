// What every header of this libc includes first. There are no feature-test switches: all that exists is always
// declared.
#ifndef _FEATURES_H
#define _FEATURES_H

#ifdef __cplusplus
#define __BEGIN_DECLS extern "C" {
#define __END_DECLS }
#else
#define __BEGIN_DECLS
#define __END_DECLS
#endif

#define __printf_like(fmt, first) __attribute__((format(printf, fmt, first)))
#define __scanf_like(fmt, first) __attribute__((format(scanf, fmt, first)))
#define __noreturn_fn __attribute__((noreturn))

#endif
