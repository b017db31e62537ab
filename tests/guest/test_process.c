/* Processes: fork, exec, wait, exit codes, ids, groups, many at once, and that nothing of them stays behind. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "tap.h"

static const char *self;

static int wait_code(pid_t pid) {
  int status;

  if (waitpid(pid, &status, 0) != pid) return -1;
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : -2;
}

static int run_self(const char *mode, const char *value) {
  pid_t pid = fork();

  if (pid == 0) {
    char *argv[] = {(char *)self, (char *)mode, (char *)value, NULL};
    char *envp[] = {"MARK=here", NULL};

    execve(self, argv, envp);
    _exit(200);
  }
  return wait_code(pid);
}

/* What the program does when a test runs it again. */
static int child_mode(int argc, char **argv, char **envp) {
  if (strcmp(argv[1], "code") == 0) return atoi(argv[2]);
  if (strcmp(argv[1], "environment") == 0)
    return envp[0] && !envp[1] && strcmp(envp[0], "MARK=here") == 0 && argc == 3 ? 7 : 8;
  if (strcmp(argv[1], "descriptor") == 0) return fcntl(atoi(argv[2]), F_GETFD) < 0 ? 9 : 10;
  return 201;
}

static void test_exit_and_wait(void) {
  int status;
  pid_t pid = fork();

  if (pid == 0) _exit(300);
  check_equal(wait_code(pid), 300 & 0xff, "an exit code keeps its low eight bits");
  errno = 0;
  check(waitpid(-1, &status, 0) == -1 && errno == ECHILD, "waiting without children is ECHILD");
  pid = fork();
  if (pid == 0) {
    usleep(100000);
    _exit(0);
  }
  check_equal(waitpid(pid, &status, WNOHANG), 0, "WNOHANG returns 0 while the child runs");
  check_equal(wait_code(pid), 0, "and the child is collected later");
  errno = 0;
  check(waitpid(1, &status, 0) == -1 && errno == ECHILD, "another's child is ECHILD");
  check(syscall(SYS_wait4, -1, NULL, 0x40, NULL) == -1 && errno == EINVAL, "unknown wait options are EINVAL");
}

static void test_exec(void) {
  char value[16];
  int fd;

  check_equal(run_self("code", "42"), 42, "a program that was executed ends with its own code");
  check_equal(run_self("environment", "x"), 7, "exec hands over arguments and environment");
  fd = open("/etc", O_RDONLY | O_CLOEXEC);
  snprintf(value, sizeof(value), "%d", fd);
  check_equal(run_self("descriptor", value), 9, "exec closes what is marked close-on-exec");
  close(fd);
  fd = open("/etc", O_RDONLY);
  snprintf(value, sizeof(value), "%d", fd);
  check_equal(run_self("descriptor", value), 10, "and nothing else");
  close(fd);
  errno = 0;
  check(execl("/nowhere", "x", NULL) == -1 && errno == ENOENT, "a missing program is ENOENT");
  errno = 0;
  check(execl("/etc", "x", NULL) == -1 && errno == EACCES, "a directory is EACCES");
}

static int try_program(const void *bytes, size_t count) {
  int fd = open("/tmp/program", O_WRONLY | O_CREAT | O_TRUNC, 0755), result;

  if (fd < 0 || write(fd, bytes, count) != (ssize_t)count) return -1;
  close(fd);
  errno = 0;
  execl("/tmp/program", "x", NULL);
  result = errno;
  unlink("/tmp/program");
  return result;
}

static void test_damaged_programs(void) {
  static unsigned char image[1 << 16];
  ssize_t size;
  int fd = open(self, O_RDONLY), bad = 0, i;
  char script[] = "#!\n";
  char loop[] = "#!/tmp/program\n";

  size = read(fd, image, sizeof(image));
  close(fd);
  check_equal(try_program("", 0), ENOEXEC, "an empty file is ENOEXEC");
  check_equal(try_program("hello world", 11), ENOEXEC, "text is ENOEXEC");
  check_equal(try_program(script, sizeof(script) - 1), ENOEXEC, "a script without an interpreter is ENOEXEC");
  check_equal(try_program(loop, sizeof(loop) - 1), ELOOP, "a script that interprets itself is ELOOP");
  /* The file is cut, so that segments reach past its end; then every word of the headers is spoilt in turn. */
  check_equal(try_program(image, size > 4096 ? 4096 : size), ENOEXEC, "a truncated program is ENOEXEC");
  for (i = 0; i < 64 + 56 * 4; i += 4) {
    unsigned char saved[4];
    pid_t pid;
    int code;

    memcpy(saved, image + i, 4);
    memset(image + i, 0xff, 4);
    pid = fork();
    if (pid == 0) _exit(try_program(image, 8192));
    code = wait_code(pid);
    if (code != ENOEXEC && code != ENOMEM && code != EINVAL) bad++;
    memcpy(image + i, saved, 4);
  }
  check_equal(bad, 0, "headers with spoilt words are refused");
}

static void test_arguments_too_long(void) {
  static char *argv[4];
  char *huge = malloc(200000);

  memset(huge, 'a', 199999);
  huge[199999] = 0;
  argv[0] = (char *)self;
  argv[1] = huge;
  errno = 0;
  check(execv(self, argv) == -1 && errno == E2BIG, "200 KB of arguments are E2BIG");
  errno = 0;
  check(syscall(SYS_execve, self, 8, NULL) == -1 && errno == EFAULT, "an unmapped argv is EFAULT");
  errno = 0;
  check(syscall(SYS_execve, 0xffffffc080000000UL, NULL, NULL) == -1 && errno == EFAULT,
        "a kernel address as path is EFAULT");
  free(huge);
}

static void test_ids(void) {
  pid_t pid;

  check(getpid() > 1 && getppid() >= 1, "process ids");
  check_equal(syscall(SYS_gettid), getpid(), "a thread id is the process id");
  pid = fork();
  if (pid == 0) {
    int bad = 0;

    if (setsid() != getpid() || getpgid(0) != getpid() || getsid(0) != getpid()) bad |= 1;
    if (setsid() != -1 || errno != EPERM) bad |= 2;
    if (setresuid(1000, 1000, 1000) || getuid() != 1000 || geteuid() != 1000) bad |= 4;
    if (setuid(0) != -1 || errno != EPERM) bad |= 8;
    if (kill(1, SIGTERM) != -1 || errno != EPERM) bad |= 16;
    if (syscall(SYS_reboot, 0xfee1dead, 672274793, 0x4321fedc, 0) != -1 || errno != EPERM) bad |= 32;
    _exit(bad);
  }
  check_equal(wait_code(pid), 0, "sessions, and what a user without privileges may not do");
  check(getuid() == 0, "the parent's ids are untouched");
  errno = 0;
  check(kill(99999, 0) == -1 && errno == ESRCH, "an unknown process is ESRCH");
}

static void test_clone_refusals(void) {
  errno = 0;
  check(syscall(SYS_clone, 0x10000 | 0x100 | 0x800, 0, 0, 0, 0) == -1 && errno == EINVAL,
        "threads are refused with EINVAL");
  errno = 0;
  check(syscall(SYS_clone, 1UL << 40, 0, 0, 0, 0) == -1 && errno == EINVAL, "unknown clone flags are EINVAL");
  errno = 0;
  check(syscall(5000) == -1 && errno == ENOSYS, "an unknown system call is ENOSYS");
  errno = 0;
  check(syscall(-1L) == -1 && errno == ENOSYS, "and so is call number -1");
}

static void test_orphans(void) {
  pid_t pid = fork();
  int i, alive = 0;

  if (pid == 0) {
    for (i = 0; i < 20; i++) {
      if (fork() == 0) {
        usleep(20000);
        _exit(0);
      }
    }
    _exit(0);
  }
  wait_code(pid);
  for (i = 0; i < 100; i++) {
    alive = 0;
    for (pid_t p = pid + 1; p <= pid + 20; p++) alive += kill(p, 0) == 0;
    if (alive == 0) break;
    usleep(20000);
  }
  check_equal(alive, 0, "init collects orphans");
}

static void worker(int id) {
  int i;

  for (i = 0; i < 25; i++) {
    pid_t pid = fork();
    volatile double sum = id * 1000 + i;
    int k, code;

    if (pid < 0) _exit(1);
    if (pid == 0) {
      for (k = 0; k < 1000; k++) sum += 1.0; /* floating-point registers survive being preempted */
      if (sum != id * 1000 + i + 1000) _exit(99);
      if (i % 5 == 0) execl(self, self, "code", "55", NULL);
      _exit(i);
    }
    code = wait_code(pid);
    if (code != (i % 5 == 0 ? 55 : i)) _exit(2);
  }
  _exit(0);
}

static void test_many(void) {
  long before = 0, after = 0;
  int round, i, bad = 0;

  for (round = 0; round < 3; round++) {
    if (round == 1) before = meminfo_kb("MemUnused"); /* the first round may grow tables that stay */
    for (i = 0; i < 8; i++) {
      if (fork() == 0) worker(i);
    }
    for (i = 0; i < 8; i++) {
      int status;

      if (waitpid(-1, &status, 0) <= 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) bad++;
    }
    usleep(100000); /* the last task is freed after its parent has seen it go */
    after = meminfo_kb("MemUnused");
  }
  check_equal(bad, 0, "8 processes in fork, exec and exit loops lose no child");
  check_equal(after, before, "and leave free memory as it was");
}

int main(int argc, char **argv, char **envp) {
  self = argv[0];
  if (argc == 3) return child_mode(argc, argv, envp);
  test_exit_and_wait();
  test_exec();
  test_damaged_programs();
  test_arguments_too_long();
  test_ids();
  test_clone_refusals();
  test_orphans();
  test_many();
  return done();
}
