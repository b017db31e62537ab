#ifndef _SYS_SELECT_H
#define _SYS_SELECT_H
#include <features.h>
#include <sys/types.h>
#include <time.h>
__BEGIN_DECLS
struct timeval {
  time_t tv_sec;
  suseconds_t tv_usec;
};
#define FD_SETSIZE 1024
typedef struct {
  unsigned long bits[FD_SETSIZE / 64];
} fd_set;
#define FD_ZERO(set)                                                          \
  do {                                                                        \
    for (int fd_i = 0; fd_i < FD_SETSIZE / 64; fd_i++) (set)->bits[fd_i] = 0; \
  } while (0)
#define FD_SET(fd, set) ((set)->bits[(fd) / 64] |= 1UL << ((fd) % 64))
#define FD_CLR(fd, set) ((set)->bits[(fd) / 64] &= ~(1UL << ((fd) % 64)))
#define FD_ISSET(fd, set) (((set)->bits[(fd) / 64] >> ((fd) % 64)) & 1)
int select(int count, fd_set* __restrict reads, fd_set* __restrict writes, fd_set* __restrict excepts,
           struct timeval* __restrict timeout);
__END_DECLS
#endif
