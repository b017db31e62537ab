// The terminal as a program sees it: modes, size, groups, and reads that wait, or do not. Nothing is typed.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>

#include "tap.h"

static long now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void test_modes(void) {
  struct termios old, raw;
  check(isatty(0) && isatty(1), "the console is a terminal");
  int null = open("/dev/null", O_RDWR);
  check(!isatty(null) && errno == ENOTTY, "/dev/null is none");
  close(null);
  check(tcgetattr(0, &old) == 0 && (old.c_lflag & (ICANON | ECHO | ISIG)) == (ICANON | ECHO | ISIG) &&
            (old.c_oflag & (OPOST | ONLCR)) == (OPOST | ONLCR) && (old.c_iflag & ICRNL) && old.c_cc[VINTR] == 3 &&
            old.c_cc[VEOF] == 4,
        "it begins in the usual modes");
  raw = old;
  raw.c_lflag &= ~(ICANON | ECHO);
  raw.c_cc[VMIN] = 0;
  raw.c_cc[VTIME] = 0;
  check(tcsetattr(0, TCSANOW, &raw) == 0, "raw mode is set");
  char c;
  check(read(0, &c, 1) == 0, "VMIN 0, VTIME 0: read does not wait");
  raw.c_cc[VTIME] = 2;
  tcsetattr(0, TCSAFLUSH, &raw);
  long start = now_ms();
  check(read(0, &c, 1) == 0 && now_ms() - start >= 180, "VMIN 0, VTIME 2: read waits for 0.2 s");
  check(tcsetattr(0, TCSANOW, &old) == 0, "and the old modes come back");
  int fd = open("/dev/tty", O_RDWR | O_NONBLOCK);
  check_errno(read(fd, &c, 1), EAGAIN);
  struct pollfd p = {fd, POLLIN | POLLOUT, 0};
  check(poll(&p, 1, 0) == 1 && p.revents == POLLOUT, "it can be written, and has nothing to read");
  check_errno(lseek(fd, 0, SEEK_SET), ESPIPE);
  check_errno(ioctl(fd, 0x1234, 0), ENOTTY);
  check_errno(ioctl(fd, TCGETS, 8), EFAULT);
  close(fd);
}

static void test_size(void) {
  struct winsize old, set = {50, 132, 0, 0}, got;
  check(ioctl(1, TIOCGWINSZ, &old) == 0 && old.ws_row > 0 && old.ws_col > 0, "it has a size");
  check(ioctl(1, TIOCSWINSZ, &set) == 0 && ioctl(1, TIOCGWINSZ, &got) == 0 && got.ws_row == 50 && got.ws_col == 132,
        "which can be changed");
  ioctl(1, TIOCSWINSZ, &old);
}

static void test_groups(void) {
  check(tcgetpgrp(0) == getpgrp(), "the test is in the foreground");
  check_errno(tcsetpgrp(0, 99999), EPERM);
  check_errno(ioctl(0, TIOCSCTTY, 0), EPERM);  // no session leader

  // A child in the background that reads is stopped, goes on in the foreground, and can be ended.
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    char c;
    setpgid(0, 0);
    read(0, &c, 1);
    _exit(7);
  }
  setpgid(child, child);
  int status = 0;
  check(waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status) && WSTOPSIG(status) == SIGTTIN,
        "a background reader is stopped by SIGTTIN");
  kill(child, SIGKILL);
  waitpid(child, &status, 0);

  child = fork();
  if (child == 0) {
    char c;
    setpgid(0, 0);
    signal(SIGTTIN, SIG_IGN);
    _exit(read(0, &c, 1) == -1 && errno == EIO ? 0 : 1);
  }
  waitpid(child, &status, 0);
  check(WIFEXITED(status) && WEXITSTATUS(status) == 0, "one that ignores SIGTTIN gets EIO");

  // The group in front changes hands.
  child = fork();
  if (child == 0) {
    setpgid(0, 0);
    signal(SIGTTOU, SIG_IGN);
    _exit(tcsetpgrp(0, getpgrp()) == 0 && tcgetpgrp(0) == getpgrp() ? 0 : 1);
  }
  waitpid(child, &status, 0);
  check(WIFEXITED(status) && WEXITSTATUS(status) == 0, "a group of the session comes to the front");
  signal(SIGTTOU, SIG_IGN);
  check(tcsetpgrp(0, getpgrp()) == 0 && tcgetpgrp(0) == getpgrp(), "and ours again");
}

int main(void) {
  test_modes();
  test_size();
  test_groups();
  return done();
}
