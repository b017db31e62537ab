// Descriptors and pipes: dup, fcntl, close-on-exec, blocking, end of file, EPIPE, poll.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

#include "tap.h"

static long now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void test_descriptors(void) {
  int fd = open("/proc/version", O_RDONLY);
  int copy = check_works(dup(fd));
  char a, b;
  check(read(fd, &a, 1) == 1 && read(copy, &b, 1) == 1 && a == 'S' && b == 'k', "dup shares the position");
  check(dup2(fd, 50) == 50 && fcntl(50, F_GETFD) == 0, "dup2 to a free number");
  check(dup2(copy, 50) == 50, "dup2 over an open descriptor");
  check(dup2(fd, fd) == fd, "dup2 to itself");
  check_errno(dup2(999, 50), EBADF);
  check_errno(dup2(fd, 100000), EBADF);
  check(fcntl(fd, F_DUPFD, 40) == 40 && fcntl(fd, F_DUPFD, 40) == 41,
        "F_DUPFD gives the lowest free number from there");
  check(fcntl(fd, F_DUPFD_CLOEXEC, 60) == 60 && fcntl(60, F_GETFD) == FD_CLOEXEC, "F_DUPFD_CLOEXEC");
  check_errno(fcntl(fd, F_DUPFD, 100000), EINVAL);
  check(fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC && fcntl(copy, F_GETFD) == 0,
        "close-on-exec belongs to one descriptor");
  check((fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY, "F_GETFL");
  check_errno(fcntl(fd, 9999, 0), EINVAL);
  int numbers[] = {fd, copy, 40, 41, 50, 60};
  for (int i = 0; i < 6; i++) check_works(close(numbers[i]));
  check_errno(close(fd), EBADF);
  check_errno(close(-1), EBADF);

  int n = 0;
  while (n < 2000 && open("/dev/null", O_RDONLY) >= 0) n++;
  check(errno == EMFILE && n > 900 && n < 1024, "descriptors run out with EMFILE (%d opened)", n);
  for (int i = 3; i < 1024; i++) close(i);
}

static void test_basic_pipe(void) {
  int p[2];
  char buffer[64];
  check_works(pipe(p));
  struct stat st;
  check(fstat(p[0], &st) == 0 && S_ISFIFO(st.st_mode), "a pipe is a FIFO");
  check(write(p[1], "hello", 5) == 5 && read(p[0], buffer, 64) == 5 && memcmp(buffer, "hello", 5) == 0,
        "bytes go through");
  check_errno(read(p[1], buffer, 1), EBADF);
  check_errno(write(p[0], buffer, 1), EBADF);
  check_errno(lseek(p[0], 0, SEEK_SET), ESPIPE);
  check_errno(pread(p[0], buffer, 1, 0), ESPIPE);
  struct iovec parts[3] = {{"one ", 4}, {"two ", 4}, {"three", 5}};
  check(writev(p[1], parts, 3) == 13 && read(p[0], buffer, 64) == 13 && memcmp(buffer, "one two three", 13) == 0,
        "writev");
  int available = -1;
  write(p[1], "abc", 3);
  check(ioctl(p[0], FIONREAD, &available) == 0 && available == 3, "FIONREAD");
  read(p[0], buffer, 64);

  check_works(fcntl(p[0], F_SETFL, O_NONBLOCK));
  check_errno(read(p[0], buffer, 1), EAGAIN);
  check_works(fcntl(p[1], F_SETFL, O_NONBLOCK));
  static char block[4096];
  int filled = 0;
  while (write(p[1], block, sizeof(block)) == sizeof(block)) filled += sizeof(block);
  check(errno == EAGAIN && filled == fcntl(p[0], F_GETPIPE_SZ), "a full pipe: EAGAIN after %d bytes", filled);
  read(p[0], block, 1);
  check_errno(write(p[1], block, 4096), EAGAIN);  // a small write is all or nothing
  check(write(p[1], block, 4097) == 1, "a large write takes what room there is");
  close(p[1]);
  int total = 0;
  ssize_t n;
  while ((n = read(p[0], block, sizeof(block))) > 0) total += n;
  check(n == 0 && total == filled, "after the last writer, what is left and then end of file");
  close(p[0]);

  pipe(p);
  close(p[0]);
  signal(SIGPIPE, SIG_IGN);
  check_errno(write(p[1], "x", 1), EPIPE);
  signal(SIGPIPE, SIG_DFL);
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    write(p[1], "x", 1);
    _exit(0);
  }
  int status;
  waitpid(child, &status, 0);
  check(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE, "writing without a reader: SIGPIPE");
  close(p[1]);
  check_errno(pipe2(p, 0x40000000), EINVAL);
  check_errno(pipe((int*)8), EFAULT);
  check(pipe2(p, O_CLOEXEC | O_NONBLOCK) == 0 && fcntl(p[0], F_GETFD) == FD_CLOEXEC &&
            (fcntl(p[1], F_GETFL) & O_NONBLOCK),
        "pipe2's flags");
  close(p[0]);
  close(p[1]);
}

// A megabyte through a pipe between two processes, in odd sizes on both sides.
static void test_transfer(void) {
  enum { kTotal = 1 << 20 };
  int p[2];
  pipe(p);
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    close(p[0]);
    unsigned char chunk[7001];
    unsigned sent = 0;
    while (sent < kTotal) {
      unsigned n = kTotal - sent < sizeof(chunk) ? kTotal - sent : sizeof(chunk);
      for (unsigned i = 0; i < n; i++) chunk[i] = (sent + i) * 31 >> 3;
      ssize_t w = write(p[1], chunk, n);
      if (w <= 0) _exit(1);
      sent += w;
    }
    _exit(0);
  }
  close(p[1]);
  unsigned char chunk[4999];
  unsigned got = 0, wrong = 0;
  ssize_t n;
  while ((n = read(p[0], chunk, sizeof(chunk))) > 0) {
    for (ssize_t i = 0; i < n; i++) wrong += chunk[i] != (unsigned char)((got + i) * 31 >> 3);
    got += n;
  }
  int status;
  waitpid(child, &status, 0);
  check(got == kTotal && wrong == 0 && status == 0, "a megabyte arrives whole and in order");
  close(p[0]);
}

static void test_blocking(void) {
  int p[2];
  char c;
  pipe(p);
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    usleep(100000);
    write(p[1], "x", 1);
    _exit(0);
  }
  long start = now_ms();
  check(read(p[0], &c, 1) == 1 && now_ms() - start >= 80, "read waits for a writer");
  waitpid(child, NULL, 0);

  // A reader that is killed while it waits.
  child = fork();
  if (child == 0) {
    read(p[0], &c, 1);
    _exit(0);
  }
  usleep(50000);
  kill(child, SIGKILL);
  int status;
  waitpid(child, &status, 0);
  check(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "a waiting reader can be killed");
  close(p[0]);
  close(p[1]);
}

static void test_poll(void) {
  int p[2];
  pipe(p);
  struct pollfd fds[3] = {{p[0], POLLIN, 0}, {p[1], POLLOUT, 0}, {999, POLLIN, 0}};
  check(poll(fds, 2, 0) == 1 && fds[0].revents == 0 && fds[1].revents == POLLOUT, "an empty pipe can be written only");
  check(poll(fds, 3, 0) == 2 && fds[2].revents == POLLNVAL, "a closed descriptor gives POLLNVAL");
  long start = now_ms();
  check(poll(fds, 1, 100) == 0 && now_ms() - start >= 90, "poll's time limit");
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    usleep(50000);
    write(p[1], "x", 1);
    _exit(0);
  }
  check(poll(fds, 1, 10000) == 1 && fds[0].revents == POLLIN, "poll wakes when a byte arrives");
  waitpid(child, NULL, 0);
  fd_set set;
  FD_ZERO(&set);
  FD_SET(p[0], &set);
  struct timeval none = {0, 0};
  check(select(p[0] + 1, &set, NULL, NULL, &none) == 1 && FD_ISSET(p[0], &set), "select");
  close(p[1]);
  check(poll(fds, 1, -1) == 1 && fds[0].revents == (POLLIN | POLLHUP), "POLLHUP, and what is left to read");
  close(p[0]);
  check(poll(NULL, 0, 50) == 0, "poll without descriptors sleeps");
  check_errno(poll((struct pollfd*)8, 1, 0), EFAULT);
}

static void test_exec(void) {
  // The shell tries to read descriptors 20 and 21: only the one without close-on-exec is there.
  int fd = open("/proc/version", O_RDONLY);
  dup2(fd, 20);
  fcntl(fd, F_DUPFD_CLOEXEC, 21);
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    char* argv[] = {"sh", "-c", "test -e /proc/self/fd/20 && ! test -e /proc/self/fd/21", NULL};
    execv("/bin/sh", argv);
    _exit(99);
  }
  int status;
  waitpid(child, &status, 0);
  if (!check(WIFEXITED(status) && WEXITSTATUS(status) == 0, "exec closes what is marked"))
    printf("# status %#x\n", status);
  close(fd);
  close(20);
  close(21);
}

static void leak_round(void) {
  for (int i = 0; i < 50; i++) {
    int p[2];
    char buffer[100];
    pipe(p);
    write(p[1], buffer, sizeof(buffer));
    int extra = dup(p[0]);
    pid_t child = fork();
    if (child == 0) {
      read(p[0], buffer, 10);
      _exit(0);  // with descriptors open
    }
    waitpid(child, NULL, 0);
    close(extra);
    close(p[0]);
    close(p[1]);
  }
}

int main(void) {
  test_descriptors();
  test_basic_pipe();
  test_transfer();
  test_blocking();
  test_poll();
  test_exec();
  check_no_leak("using pipes", leak_round, 5);
  return done();
}
