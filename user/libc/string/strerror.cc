// Texts for error and signal numbers.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "lib/errno.h"

namespace {

const char* error_text(int e) {
  switch (e) {
    case 0:
      return "Success";
#define ERROR_CASE(name, value, message) \
  case value:                            \
    return message;
      SKEP_ERRNO_LIST(ERROR_CASE)
#undef ERROR_CASE
    default:
      return nullptr;
  }
}

constexpr const char* kSignalTexts[] = {
    nullptr,
    "Hangup",
    "Interrupt",
    "Quit",
    "Illegal instruction",
    "Trace/breakpoint trap",
    "Aborted",
    "Bus error",
    "Floating point exception",
    "Killed",
    "User defined signal 1",
    "Segmentation fault",
    "User defined signal 2",
    "Broken pipe",
    "Alarm clock",
    "Terminated",
    "Stack fault",
    "Child exited",
    "Continued",
    "Stopped (signal)",
    "Stopped",
    "Stopped (tty input)",
    "Stopped (tty output)",
    "Urgent I/O condition",
    "CPU time limit exceeded",
    "File size limit exceeded",
    "Virtual timer expired",
    "Profiling timer expired",
    "Window changed",
    "I/O possible",
    "Power failure",
    "Bad system call",
};

}  // namespace

extern "C" {

char* strerror(int e) {
  const char* text = error_text(e);
  if (text != nullptr) return const_cast<char*>(text);
  static char unknown[32];
  snprintf(unknown, sizeof(unknown), "Unknown error %d", e);
  return unknown;
}

int strerror_r(int e, char* buffer, size_t size) {
  const char* text = error_text(e);
  if (text == nullptr) {
    snprintf(buffer, size, "Unknown error %d", e);
    return EINVAL;
  }
  return strlcpy(buffer, text, size) < size ? 0 : ERANGE;
}

char* strsignal(int sig) {
  if (sig > 0 && sig < static_cast<int>(sizeof(kSignalTexts) / sizeof(kSignalTexts[0]))) {
    return const_cast<char*>(kSignalTexts[sig]);
  }
  static char unknown[32];
  snprintf(unknown, sizeof(unknown), "Unknown signal %d", sig);
  return unknown;
}

void psignal(int sig, const char* prefix) {
  if (prefix != nullptr && *prefix != '\0') fprintf(stderr, "%s: ", prefix);
  fprintf(stderr, "%s\n", strsignal(sig));
}

void perror(const char* prefix) {
  const int e = errno;
  if (prefix != nullptr && *prefix != '\0') fprintf(stderr, "%s: ", prefix);
  fprintf(stderr, "%s\n", strerror(e));
}
}
