// fork, the exec family and waiting.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../internal/syscall.h"

namespace {

// Runs path; a file that is no program is handed to the shell, as POSIX asks of execvp.
void exec_or_script(const char* path, char* const argv[], char* const envp[]) {
  execve(path, argv, envp);
  if (errno != ENOEXEC) return;
  size_t argc = 0;
  while (argv[argc] != nullptr) argc++;
  auto** shell_argv = static_cast<const char**>(__builtin_alloca((argc + 2) * sizeof(char*)));
  shell_argv[0] = "sh";
  shell_argv[1] = path;
  for (size_t i = 1; i <= argc; i++) shell_argv[i + 1] = argv[i];
  if (argc == 0) shell_argv[2] = nullptr;
  execve("/bin/sh", const_cast<char* const*>(shell_argv), envp);
}

}  // namespace

extern "C" {

pid_t fork() { return static_cast<pid_t>(libc::call(__NR_clone, SIGCHLD, 0, 0, 0, 0)); }
pid_t vfork() { return fork(); }

int execve(const char* path, char* const argv[], char* const envp[]) {
  return static_cast<int>(libc::call(__NR_execve, path, argv, envp));
}
int execv(const char* path, char* const argv[]) { return execve(path, argv, environ); }

int execvpe(const char* file, char* const argv[], char* const envp[]) {
  if (file[0] == '\0') {
    errno = ENOENT;
    return -1;
  }
  if (strchr(file, '/') != nullptr) {
    exec_or_script(file, argv, envp);
    return -1;
  }
  const char* search = getenv("PATH");
  if (search == nullptr) search = "/bin:/usr/bin";
  bool denied = false;
  const size_t file_length = strlen(file);
  for (const char* at = search;;) {
    const char* end = strchrnul(at, ':');
    const size_t length = static_cast<size_t>(end - at);
    char path[PATH_MAX];
    if (length + 1 + file_length < sizeof(path)) {
      memcpy(path, at, length);
      size_t n = length;
      if (n > 0) path[n++] = '/';
      memcpy(path + n, file, file_length + 1);
      exec_or_script(path, argv, envp);
      // Only what means "not this one" lets the search go on.
      if (errno == EACCES) {
        denied = true;
      } else if (errno != ENOENT && errno != ENOTDIR) {
        return -1;
      }
    }
    if (*end == '\0') break;
    at = end + 1;
  }
  errno = denied ? EACCES : ENOENT;
  return -1;
}
int execvp(const char* file, char* const argv[]) { return execvpe(file, argv, environ); }

// The argument list of the execl family, copied to an array on the caller's stack.
#define COLLECT_ARGUMENTS(argv, first, args)                                        \
  size_t count = 1;                                                                 \
  va_list args;                                                                     \
  va_start(args, first);                                                            \
  while (va_arg(args, char*) != nullptr) count++;                                   \
  va_end(args);                                                                     \
  auto** argv = static_cast<char**>(__builtin_alloca((count + 1) * sizeof(char*))); \
  argv[0] = const_cast<char*>(first);                                               \
  va_start(args, first);                                                            \
  for (size_t i = 1; i <= count; i++) argv[i] = va_arg(args, char*);

int execl(const char* path, const char* arg, ...) {
  COLLECT_ARGUMENTS(argv, arg, args)
  va_end(args);
  return execv(path, argv);
}
int execlp(const char* file, const char* arg, ...) {
  COLLECT_ARGUMENTS(argv, arg, args)
  va_end(args);
  return execvp(file, argv);
}
int execle(const char* path, const char* arg, ...) {
  COLLECT_ARGUMENTS(argv, arg, args)
  char* const* envp = va_arg(args, char* const*);
  va_end(args);
  return execve(path, argv, envp);
}
#undef COLLECT_ARGUMENTS

pid_t wait4(pid_t pid, int* status, int options, struct rusage* usage) {
  return static_cast<pid_t>(libc::call(__NR_wait4, pid, status, options, usage));
}
pid_t wait3(int* status, int options, struct rusage* usage) { return wait4(-1, status, options, usage); }
pid_t waitpid(pid_t pid, int* status, int options) { return wait4(pid, status, options, nullptr); }
pid_t wait(int* status) { return wait4(-1, status, 0, nullptr); }

int system(const char* command) {
  if (command == nullptr) return access("/bin/sh", X_OK) == 0;
  const pid_t pid = fork();
  if (pid < 0) return -1;
  if (pid == 0) {
    execl("/bin/sh", "sh", "-c", command, static_cast<char*>(nullptr));
    _exit(127);
  }
  // While the command runs, ^C is its business.
  struct sigaction ignore = {}, old_int, old_quit;
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGINT, &ignore, &old_int);
  sigaction(SIGQUIT, &ignore, &old_quit);
  int status = -1;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) {
      status = -1;
      break;
    }
  }
  sigaction(SIGINT, &old_int, nullptr);
  sigaction(SIGQUIT, &old_quit, nullptr);
  return status;
}
}
