#ifndef _TIME_H
#define _TIME_H
#include <features.h>
#include <stddef.h>
#include <sys/types.h>
__BEGIN_DECLS
struct timespec {
  time_t tv_sec;
  long tv_nsec;
};
struct itimerspec {
  struct timespec it_interval, it_value;
};
struct tm {
  int tm_sec, tm_min, tm_hour, tm_mday, tm_mon, tm_year, tm_wday, tm_yday, tm_isdst;
  long tm_gmtoff;
  const char* tm_zone;
};
#define CLOCKS_PER_SEC 1000000L
#define CLOCK_REALTIME 0
#define CLOCK_MONOTONIC 1
#define CLOCK_PROCESS_CPUTIME_ID 2
#define CLOCK_THREAD_CPUTIME_ID 3
#define CLOCK_MONOTONIC_RAW 4
#define CLOCK_REALTIME_COARSE 5
#define CLOCK_MONOTONIC_COARSE 6
#define CLOCK_BOOTTIME 7
#define TIMER_ABSTIME 1

time_t time(time_t* out);
clock_t clock(void);
double difftime(time_t a, time_t b);
int clock_gettime(clockid_t clock, struct timespec* out);
int clock_settime(clockid_t clock, const struct timespec* value);
int clock_getres(clockid_t clock, struct timespec* out);
int clock_nanosleep(clockid_t clock, int flags, const struct timespec* request, struct timespec* rest);
int nanosleep(const struct timespec* request, struct timespec* rest);

// The time zone is UTC: localtime is gmtime.
struct tm* gmtime(const time_t* t);
struct tm* gmtime_r(const time_t* __restrict t, struct tm* __restrict out);
struct tm* localtime(const time_t* t);
struct tm* localtime_r(const time_t* __restrict t, struct tm* __restrict out);
time_t mktime(struct tm* tm);
time_t timegm(struct tm* tm);
size_t strftime(char* __restrict s, size_t size, const char* __restrict format, const struct tm* __restrict tm);
char* asctime(const struct tm* tm);
char* asctime_r(const struct tm* __restrict tm, char* __restrict buffer);
char* ctime(const time_t* t);
char* ctime_r(const time_t* t, char* buffer);
void tzset(void);
__END_DECLS
#endif
