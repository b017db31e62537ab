// time: runs a command and says how long it took.
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/tool.h"

static void print_time(const char* what, long seconds, long microseconds) {
  fprintf(stderr, "%-5s %ld.%03ld\n", what, seconds, microseconds / 1000);
}

int main(int argc, char** argv) {
  tool_help(argc, argv, "COMMAND [ARGUMENT]...", "Runs a command; prints elapsed, user and system time in seconds.");
  if (argc < 2) tool_usage();
  struct timespec start, end;
  clock_gettime(CLOCK_MONOTONIC, &start);
  const pid_t pid = fork();
  if (pid < 0) tool_die("fork");
  if (pid == 0) {
    execvp(argv[1], argv + 1);
    tool_fail(argv[1]);
    _exit(errno == ENOENT ? 127 : 126);
  }
  signal(SIGINT, SIG_IGN);
  int status;
  struct rusage usage = {0};
  while (wait4(pid, &status, 0, &usage) < 0) {
    if (errno != EINTR) tool_die("wait");
  }
  clock_gettime(CLOCK_MONOTONIC, &end);
  long seconds = end.tv_sec - start.tv_sec, nanoseconds = end.tv_nsec - start.tv_nsec;
  if (nanoseconds < 0) seconds--, nanoseconds += 1000000000;
  print_time("real", seconds, nanoseconds / 1000);
  print_time("user", usage.ru_utime.tv_sec, usage.ru_utime.tv_usec);
  print_time("sys", usage.ru_stime.tv_sec, usage.ru_stime.tv_usec);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
