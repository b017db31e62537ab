// err.h and error.h: messages with the program's name in front.
#include <err.h>
#include <errno.h>
#include <error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

namespace {

void report(const char* format, va_list args, const char* reason) {
  fflush(stdout);
  fprintf(stderr, "%s: ", program_invocation_short_name);
  if (format != nullptr) vfprintf(stderr, format, args);
  if (reason != nullptr) fprintf(stderr, "%s%s", format != nullptr ? ": " : "", reason);
  fputc('\n', stderr);
}

}  // namespace

#define WITH_ARGUMENTS(last, call) \
  va_list args;                    \
  va_start(args, last);            \
  call;                            \
  va_end(args)

extern "C" {
void vwarn(const char* format, va_list args) { report(format, args, strerror(errno)); }
void vwarnx(const char* format, va_list args) { report(format, args, nullptr); }
void verr(int status, const char* format, va_list args) {
  vwarn(format, args);
  exit(status);
}
void verrx(int status, const char* format, va_list args) {
  vwarnx(format, args);
  exit(status);
}
void warn(const char* format, ...) { WITH_ARGUMENTS(format, vwarn(format, args)); }
void warnx(const char* format, ...) { WITH_ARGUMENTS(format, vwarnx(format, args)); }
void err(int status, const char* format, ...) {
  va_list args;
  va_start(args, format);
  verr(status, format, args);
}
void errx(int status, const char* format, ...) {
  va_list args;
  va_start(args, format);
  verrx(status, format, args);
}
void error(int status, int errnum, const char* format, ...) {
  WITH_ARGUMENTS(format, report(format, args, errnum != 0 ? strerror(errnum) : nullptr));
  if (status != 0) exit(status);
}
}
