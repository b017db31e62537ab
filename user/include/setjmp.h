#ifndef _SETJMP_H
#define _SETJMP_H
#include <features.h>
__BEGIN_DECLS
// ra, sp, s0-s11, fs0-fs11, then for sigsetjmp whether a signal mask is kept, and the mask.
typedef unsigned long jmp_buf[28];
typedef jmp_buf sigjmp_buf;
int setjmp(jmp_buf env) __attribute__((returns_twice));
int _setjmp(jmp_buf env) __attribute__((returns_twice));
int sigsetjmp(sigjmp_buf env, int save_mask) __attribute__((returns_twice));
__noreturn_fn void longjmp(jmp_buf env, int value);
__noreturn_fn void _longjmp(jmp_buf env, int value);
__noreturn_fn void siglongjmp(sigjmp_buf env, int value);
#define setjmp setjmp
__END_DECLS
#endif
