#ifndef _SYS_TIME_H
#define _SYS_TIME_H
#include <features.h>
#include <sys/select.h>
#include <sys/types.h>
__BEGIN_DECLS
struct timezone {
  int tz_minuteswest, tz_dsttime;
};
struct itimerval {
  struct timeval it_interval, it_value;
};
#define ITIMER_REAL 0
#define ITIMER_VIRTUAL 1
#define ITIMER_PROF 2
int gettimeofday(struct timeval* __restrict tv, void* __restrict tz);
int settimeofday(const struct timeval* tv, const struct timezone* tz);
int setitimer(int which, const struct itimerval* __restrict value, struct itimerval* __restrict old);
int getitimer(int which, struct itimerval* value);
int utimes(const char* path, const struct timeval times[2]);
__END_DECLS
#endif
