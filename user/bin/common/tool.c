#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const char* help_synopsis = "";

void tool_help(int argc, char** argv, const char* synopsis, const char* description) {
  help_synopsis = synopsis;
  if (argc < 2 || strcmp(argv[1], "--help") != 0) return;
  printf("usage: %s %s\n%s\n", program_invocation_short_name, synopsis, description);
  tool_exit(0);
}

void tool_usage(void) {
  fflush(stdout);
  fprintf(stderr, "usage: %s %s\n", program_invocation_short_name, help_synopsis);
  exit(2);
}

int tool_fail(const char* subject) {
  const int e = errno;
  fflush(stdout);
  fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, subject, strerror(e));
  return 1;
}

void tool_die(const char* subject) { exit(tool_fail(subject)); }

void tool_exit(int status) {
  if (fflush(stdout) != 0 || ferror(stdout)) {
    fprintf(stderr, "%s: write error: %s\n", program_invocation_short_name, strerror(errno));
    _exit(status != 0 ? status : 1);
  }
  exit(status);
}

long tool_number(const char* text) {
  char* end;
  errno = 0;
  long value = strtol(text, &end, 10);
  int shift = 0;
  if (*end == 'k' || *end == 'K') shift = 10;
  if (*end == 'M') shift = 20;
  if (*end == 'G') shift = 30;
  if (shift != 0) end++;
  if (end == text || *end != '\0' || errno != 0 || __builtin_mul_overflow(value, 1L << shift, &value)) {
    fprintf(stderr, "%s: '%s' is not a number\n", program_invocation_short_name, text);
    exit(2);
  }
  return value;
}

FILE* tool_open(const char* path, int* status) {
  if (strcmp(path, "-") == 0) return stdin;
  FILE* f = fopen(path, "r");
  if (f == NULL) *status = tool_fail(path);
  return f;
}

void tool_close(FILE* f) {
  if (f != stdin) fclose(f);
}

ssize_t tool_read_file(const char* path, char* buffer, size_t size) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  size_t used = 0;
  ssize_t n = 0;
  while (used < size - 1 && (n = read(fd, buffer + used, size - 1 - used)) > 0) used += (size_t)n;
  const int e = errno;
  close(fd);
  errno = e;
  buffer[used] = '\0';
  return n < 0 ? -1 : (ssize_t)used;
}

bool tool_join(char* out, size_t size, const char* dir, const char* name) {
  const size_t n = strlen(dir);
  const char* slash = n > 0 && dir[n - 1] == '/' ? "" : "/";
  const int length = snprintf(out, size, "%s%s%s", dir, slash, name);
  if ((size_t)length < size) return true;
  errno = ENAMETOOLONG;
  return false;
}

bool tool_copy_fd(int from, int to) {
  char block[8192];
  for (;;) {
    const ssize_t n = read(from, block, sizeof(block));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return n == 0;
    ssize_t done = 0;
    while (done < n) {
      const ssize_t w = write(to, block + done, (size_t)(n - done));
      if (w < 0 && errno == EINTR) continue;
      if (w < 0) return false;
      done += w;
    }
  }
}

static const struct {
  int number;
  const char* name;
} kSignals[] = {
    {SIGHUP, "HUP"},   {SIGINT, "INT"},     {SIGQUIT, "QUIT"}, {SIGILL, "ILL"},   {SIGTRAP, "TRAP"},
    {SIGABRT, "ABRT"}, {SIGBUS, "BUS"},     {SIGFPE, "FPE"},   {SIGKILL, "KILL"}, {SIGUSR1, "USR1"},
    {SIGSEGV, "SEGV"}, {SIGUSR2, "USR2"},   {SIGPIPE, "PIPE"}, {SIGALRM, "ALRM"}, {SIGTERM, "TERM"},
    {SIGCHLD, "CHLD"}, {SIGCONT, "CONT"},   {SIGSTOP, "STOP"}, {SIGTSTP, "TSTP"}, {SIGTTIN, "TTIN"},
    {SIGTTOU, "TTOU"}, {SIGURG, "URG"},     {SIGXCPU, "XCPU"}, {SIGXFSZ, "XFSZ"}, {SIGVTALRM, "VTALRM"},
    {SIGPROF, "PROF"}, {SIGWINCH, "WINCH"}, {SIGIO, "IO"},     {SIGPWR, "PWR"},   {SIGSYS, "SYS"},
};

int tool_signal(const char* name) {
  char* end;
  const long n = strtol(name, &end, 10);
  if (end != name && *end == '\0') return n >= 0 && n < _NSIG ? (int)n : -1;
  if (strncasecmp(name, "SIG", 3) == 0) name += 3;
  for (size_t i = 0; i < sizeof(kSignals) / sizeof(kSignals[0]); i++) {
    if (strcasecmp(kSignals[i].name, name) == 0) return kSignals[i].number;
  }
  return -1;
}

const char* tool_signal_name(int sig) {
  for (size_t i = 0; i < sizeof(kSignals) / sizeof(kSignals[0]); i++) {
    if (kSignals[i].number == sig) return kSignals[i].name;
  }
  return NULL;
}

uid_t tool_user(const char* text) {
  const struct passwd* p = getpwnam(text);
  if (p != NULL) return p->pw_uid;
  const long n = tool_number(text);
  if (n >= 0 && n <= 0x7fffffff) return (uid_t)n;
  fprintf(stderr, "%s: no such user: %s\n", program_invocation_short_name, text);
  exit(1);
}
