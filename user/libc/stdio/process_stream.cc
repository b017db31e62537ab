// popen and temporary files.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../internal/file.h"

extern "C" {

FILE* popen(const char* command, const char* mode) {
  const bool reading = mode[0] == 'r';
  if (!reading && mode[0] != 'w') {
    errno = EINVAL;
    return nullptr;
  }
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return nullptr;
  const int ours = ends[reading ? 0 : 1];
  const int theirs = ends[reading ? 1 : 0];
  FILE* f = fdopen(ours, reading ? "r" : "w");
  const pid_t pid = f != nullptr ? fork() : -1;
  if (pid < 0) {
    const int saved = errno;
    if (f != nullptr) {
      fclose(f);
    } else {
      close(ours);
    }
    close(theirs);
    errno = saved;
    return nullptr;
  }
  if (pid == 0) {
    const int target = reading ? STDOUT_FILENO : STDIN_FILENO;
    if (theirs == target) {
      fcntl(theirs, F_SETFD, 0);
    } else {
      dup2(theirs, target);
    }
    execl("/bin/sh", "sh", "-c", command, static_cast<char*>(nullptr));
    _exit(127);
  }
  close(theirs);
  f->child = pid;
  return f;
}

int pclose(FILE* f) {
  const pid_t pid = f->child;
  fclose(f);
  int status;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return -1;
  }
  return status;
}

FILE* tmpfile() {
  char path[] = "/tmp/tmpXXXXXX";
  const int fd = mkstemp(path);
  if (fd < 0) return nullptr;
  unlink(path);
  FILE* f = fdopen(fd, "w+");
  if (f == nullptr) close(fd);
  return f;
}
}
