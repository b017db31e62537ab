// Terminals.
#include <errno.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

extern "C" {

int tcgetattr(int fd, termios* out) { return ioctl(fd, TCGETS, out); }
int tcsetattr(int fd, int when, const termios* value) {
  if (when < TCSANOW || when > TCSAFLUSH) {
    errno = EINVAL;
    return -1;
  }
  return ioctl(fd, static_cast<unsigned long>(TCSETS + when), value);
}
int tcflush(int fd, int queue) { return ioctl(fd, TCFLSH, queue); }
int tcdrain(int fd) { return ioctl(fd, TCSBRK, 1); }
void cfmakeraw(termios* t) {
  t->c_iflag &= ~static_cast<tcflag_t>(IGNBRK | BRKINT | INLCR | IGNCR | ICRNL | IXON);
  t->c_oflag &= ~static_cast<tcflag_t>(OPOST);
  t->c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
  t->c_cc[VMIN] = 1;
  t->c_cc[VTIME] = 0;
}

int isatty(int fd) {
  termios t;
  return tcgetattr(fd, &t) == 0;
}

char* ttyname(int fd) {
  static char name[64];
  char link[32];
  snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
  if (!isatty(fd)) return nullptr;
  const ssize_t n = readlink(link, name, sizeof(name) - 1);
  if (n < 0) return nullptr;
  name[n] = '\0';
  return name;
}

pid_t tcgetpgrp(int fd) {
  pid_t group;
  return ioctl(fd, TIOCGPGRP, &group) < 0 ? -1 : group;
}
int tcsetpgrp(int fd, pid_t group) { return ioctl(fd, TIOCSPGRP, &group); }
}
