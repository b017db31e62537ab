// libc++'s <iosfwd> wants mbstate_t even without wide characters.
#ifndef SKEP_C_MBSTATE_T_H
#define SKEP_C_MBSTATE_T_H
typedef struct { int unused; } mbstate_t;
#endif
