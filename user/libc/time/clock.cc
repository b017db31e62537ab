// Clocks and sleeping.
#include <errno.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "../internal/syscall.h"

extern "C" {

int clock_gettime(clockid_t clock, timespec* out) {
  return static_cast<int>(libc::call(__NR_clock_gettime, clock, out));
}
int clock_settime(clockid_t clock, const timespec* value) {
  return static_cast<int>(libc::call(__NR_clock_settime, clock, value));
}
int clock_getres(clockid_t clock, timespec* out) { return static_cast<int>(libc::call(__NR_clock_getres, clock, out)); }
// Returns the error number, unlike the others.
int clock_nanosleep(clockid_t clock, int flags, const timespec* request, timespec* rest) {
  return static_cast<int>(-libc::sys(__NR_clock_nanosleep, clock, flags, request, rest));
}
int nanosleep(const timespec* request, timespec* rest) {
  return static_cast<int>(libc::call(__NR_nanosleep, request, rest));
}

unsigned sleep(unsigned seconds) {
  timespec t = {seconds, 0};
  return nanosleep(&t, &t) < 0 ? static_cast<unsigned>(t.tv_sec) + (t.tv_nsec > 0 ? 1 : 0) : 0;
}
int usleep(unsigned microseconds) {
  const timespec t = {microseconds / 1000000, microseconds % 1000000 * 1000L};
  return nanosleep(&t, nullptr);
}

time_t time(time_t* out) {
  timespec now = {};
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != nullptr) *out = now.tv_sec;
  return now.tv_sec;
}
int gettimeofday(timeval* __restrict tv, void* __restrict tz) {
  timespec now;
  if (clock_gettime(CLOCK_REALTIME, &now) < 0) return -1;
  if (tv != nullptr) *tv = {now.tv_sec, now.tv_nsec / 1000};
  if (tz != nullptr) *static_cast<timezone*>(tz) = {0, 0};
  return 0;
}
int settimeofday(const timeval* tv, const timezone*) {
  const timespec t = {tv->tv_sec, tv->tv_usec * 1000};
  return clock_settime(CLOCK_REALTIME, &t);
}
clock_t clock() {
  timespec used;
  if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) < 0) return -1;
  return used.tv_sec * CLOCKS_PER_SEC + used.tv_nsec / 1000;
}
double difftime(time_t a, time_t b) { return static_cast<double>(a - b); }
}
