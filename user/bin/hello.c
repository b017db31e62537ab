// hello: the smallest program with both halves. The BPF half, user/bpf/hello.bpf.c, prints a line into the kernel's
// trace buffer whenever a process forks; this half attaches it and copies those lines to its output.
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/trace_tool.h"

static const char default_object[] = "/lib/bpf/hello.bpf.o";
static const char trace_pipe[] = "/sys/kernel/debug/tracing/trace_pipe";

static void usage(FILE *to) {
  fprintf(to,
          "usage: hello [-n LINES] [-t SECONDS] [OBJECT]\n"
          "Prints a line from inside the kernel whenever a process forks.\n"
          "  -n LINES    stop after LINES lines (default 0: no limit)\n"
          "  -t SECONDS  stop after SECONDS (default 0: no limit; ^C always stops)\n"
          "  -h, --help  this text\n"
          "OBJECT is the BPF object to load (default %s).\n",
          default_object);
}

static long now_ms(void) {
  struct timespec t;

  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

// Copies whole lines from the trace buffer until there are enough, time is up or a signal came. 0, or -1 with a
// message.
static int copy_lines(int fd, long lines, long seconds) {
  const long end = now_ms() + seconds * 1000;
  long copied = 0;
  char buffer[4096];

  while (!stop && (lines == 0 || copied < lines)) {
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    long left = seconds == 0 ? 1000 : end - now_ms();
    ssize_t n, i, start = 0;
    int ready;

    if (left <= 0) break;
    ready = poll(&wait, 1, left > 1000 ? 1000 : (int)left);
    if (ready < 0 && errno != EINTR) {
      fprintf(stderr, "hello: cannot wait for %s: %s\n", trace_pipe, strerror(errno));
      return -1;
    }
    if (ready <= 0) continue;
    n = read(fd, buffer, sizeof(buffer));
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n < 0) {
      fprintf(stderr, "hello: cannot read %s: %s\n", trace_pipe, strerror(errno));
      return -1;
    }
    for (i = 0; i < n && (lines == 0 || copied < lines); i++) {
      if (buffer[i] != '\n') continue;
      fwrite(buffer + start, 1, (size_t)(i + 1 - start), stdout);
      start = i + 1;
      copied++;
    }
    if (start < n && (lines == 0 || copied < lines)) fwrite(buffer + start, 1, (size_t)(n - start), stdout);
    fflush(stdout);
  }
  return 0;
}

int main(int argc, char **argv) {
  static const struct option long_options[] = {{"help", no_argument, NULL, 'h'}, {0}};
  const char *path = default_object;
  char message[128];
  struct bpf_object *object;
  struct bpf_program *program;
  struct bpf_link *link = NULL;
  long lines = 0, seconds = 0;
  int status = 1, fd = -1, option;

  while ((option = getopt_long(argc, argv, "n:t:h", long_options, NULL)) != -1) {
    switch (option) {
      case 'n':
        lines = parse_number(optarg, INT_MAX);
        break;
      case 't':
        seconds = parse_number(optarg, 86400);
        break;
      case 'h':
        usage(stdout);
        return 0;
      default:
        usage(stderr);
        return 2;
    }
  }
  if (lines < 0 || seconds < 0 || argc - optind > 1) {
    usage(stderr);
    return 2;
  }
  if (optind < argc) path = argv[optind];

  stop_on_signals();

  object = bpf_object__open_file(path, NULL);
  if (!object) {
    libbpf_strerror(errno, message, sizeof(message));
    fprintf(stderr, "hello: cannot open %s: %s\n", path, message);
    return 1;
  }
  if (bpf_object__load(object) < 0) {
    fprintf(stderr, "hello: cannot load %s: %s\n", path, strerror(errno));
    goto out;
  }
  program = bpf_object__next_program(object, NULL);
  if (!program) {
    fprintf(stderr, "hello: %s has no program\n", path);
    goto out;
  }
  fd = open(trace_pipe, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) {
    fprintf(stderr, "hello: cannot open %s: %s\n", trace_pipe, strerror(errno));
    goto out;
  }
  link = bpf_program__attach(program);
  if (!link) {
    fprintf(stderr, "hello: cannot attach to %s: %s\n", bpf_program__section_name(program), strerror(errno));
    goto out;
  }
  status = copy_lines(fd, lines, seconds) < 0;

out:
  bpf_link__destroy(link);
  if (fd >= 0) close(fd);
  bpf_object__close(object);
  return status;
}
