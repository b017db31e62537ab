#include "trace_tool.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECONDS_MAX 86400

volatile sig_atomic_t stop;

static void on_signal(int signal) {
  (void)signal;
  stop = 1;
}

void stop_on_signals(void) {
  struct sigaction action;

  // Without SA_RESTART, so that ^C also ends the sleep.
  memset(&action, 0, sizeof(action));
  action.sa_handler = on_signal;
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
}

long parse_number(const char *text, long max) {
  char *end;
  long value;

  errno = 0;
  value = strtol(text, &end, 10);
  return errno != 0 || end == text || *end != '\0' || value < 0 || value > max ? -1 : value;
}

static void usage(FILE *to, const char *name, const char *purpose, const char *object) {
  fprintf(to,
          "usage: %s [-i SECONDS] [-c COUNT] [OBJECT]\n"
          "%s\n"
          "  -i SECONDS  print every SECONDS (default 5)\n"
          "  -c COUNT    stop after COUNT prints (default 0: until ^C)\n"
          "  -h, --help  this text\n"
          "OBJECT is the BPF object to load (default %s).\n",
          name, purpose, object);
}

void read_report_options(int argc, char **argv, const char *purpose, struct report_options *options) {
  static const struct option long_options[] = {{"help", no_argument, NULL, 'h'}, {0}};
  const char *slash = strrchr(argv[0], '/');
  const char *name = slash ? slash + 1 : argv[0];
  int option, wrong = 0;

  options->interval = 5;
  options->count = 0;
  while ((option = getopt_long(argc, argv, "i:c:h", long_options, NULL)) != -1) {
    switch (option) {
      case 'i':
        options->interval = parse_number(optarg, SECONDS_MAX);
        break;
      case 'c':
        options->count = parse_number(optarg, INT_MAX);
        break;
      case 'h':
        usage(stdout, name, purpose, options->object);
        exit(0);
      default:
        wrong = 1;
        break;
    }
  }
  if (wrong || options->interval < 1 || options->count < 0 || argc - optind > 1) {
    usage(stderr, name, purpose, options->object);
    exit(2);
  }
  if (optind < argc) options->object = argv[optind];
}

int wait_for_report(const struct report_options *options) {
  unsigned left = (unsigned)options->interval;

  if (stop) return 0;
  while (left > 0 && !stop) left = sleep(left);
  return !(stop && options->count != 0);
}
