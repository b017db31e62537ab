// The types libc++ expects of C's <time.h>; the kernel keeps time in nanoseconds (arch/timer.h).
#ifndef SKEP_C_TIME_H
#define SKEP_C_TIME_H
#include <stddef.h>
typedef long time_t;
typedef long clock_t;
struct timespec { time_t tv_sec; long tv_nsec; };
struct tm { int tm_sec, tm_min, tm_hour, tm_mday, tm_mon, tm_year, tm_wday, tm_yday, tm_isdst; };
#endif
