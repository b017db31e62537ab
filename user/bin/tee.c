// tee: copies standard input to files and standard output.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/tool.h"

static bool write_all(int fd, const char* p, ssize_t n) {
  while (n > 0) {
    const ssize_t w = write(fd, p, (size_t)n);
    if (w < 0 && errno != EINTR) return false;
    if (w > 0) p += w, n -= w;
  }
  return true;
}

int main(int argc, char** argv) {
  tool_help(argc, argv, "[-a] [FILE]...", "Copies standard input to the files and to standard output.\n  -a  appends");
  bool append = false;
  int c;
  while ((c = getopt(argc, argv, "a")) != -1) {
    if (c == '?') tool_usage();
    append = true;
  }
  const int count = argc - optind;
  int* fds = calloc((size_t)count + 1, sizeof(int));
  if (fds == NULL) tool_die("memory");
  fds[0] = STDOUT_FILENO;
  int status = 0;
  for (int i = 0; i < count; i++) {
    fds[i + 1] = open(argv[optind + i], O_WRONLY | O_CREAT | (append ? O_APPEND : O_TRUNC), 0666);
    if (fds[i + 1] < 0) status = tool_fail(argv[optind + i]);
  }
  char block[4096];
  ssize_t n;
  while ((n = read(STDIN_FILENO, block, sizeof(block))) > 0) {
    for (int i = 0; i <= count; i++) {
      if (fds[i] >= 0 && !write_all(fds[i], block, n)) {
        status = tool_fail(i == 0 ? "standard output" : argv[optind + i - 1]);
        fds[i] = -1;
      }
    }
  }
  return status;
}
