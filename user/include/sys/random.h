#ifndef _SYS_RANDOM_H
#define _SYS_RANDOM_H
#include <features.h>
#include <sys/types.h>
__BEGIN_DECLS
#define GRND_NONBLOCK 1
#define GRND_RANDOM 2
ssize_t getrandom(void* buffer, size_t n, unsigned flags);
int getentropy(void* buffer, size_t n);
__END_DECLS
#endif
