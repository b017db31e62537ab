// forkcount: which processes fork, and how often. The BPF half, user/bpf/forkcount.bpf.c, counts sys_fork by pid.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// By agreement with the BPF half.
#define COMM_LEN 16
#define MAX_PROCESSES 1024

struct fork_stat {
  __u64 count;
  __u64 last_ns;
  char comm[COMM_LEN];
};

struct row {
  __u32 pid;
  struct fork_stat stat;
};

static const char default_object[] = "/lib/bpf/forkcount.bpf.o";

static volatile sig_atomic_t stop;

static void on_signal(int signal) {
  (void)signal;
  stop = 1;
}

static void usage(FILE *to) {
  fprintf(to,
          "usage: forkcount [-i SECONDS] [-c COUNT] [OBJECT]\n"
          "Prints which processes called fork, and how often, most forks first.\n"
          "  -i SECONDS  print every SECONDS (default 5)\n"
          "  -c COUNT    stop after COUNT prints (default 0: until ^C)\n"
          "  -h, --help  this text\n"
          "OBJECT is the BPF object to load (default %s).\n",
          default_object);
}

// A whole number from 0 to `max`, or -1.
static long parse_number(const char *text, long max) {
  char *end;
  long value;

  errno = 0;
  value = strtol(text, &end, 10);
  return errno != 0 || end == text || *end != '\0' || value < 0 || value > max ? -1 : value;
}

static int more_forks_first(const void *a, const void *b) {
  const struct row *x = a, *y = b;

  if (x->stat.count != y->stat.count) return x->stat.count < y->stat.count ? 1 : -1;
  return x->pid < y->pid ? -1 : x->pid > y->pid;
}

static int print_table(int map) {
  static struct row rows[MAX_PROCESSES];
  size_t n = 0, i;
  __u32 key, *from = NULL;

  while (n < MAX_PROCESSES && bpf_map_get_next_key(map, from, &key) == 0) {
    rows[n].pid = key;
    // A process may vanish from the map between the two calls.
    if (bpf_map_lookup_elem(map, &key, &rows[n].stat) == 0) n++;
    from = &key;
  }
  if (n < MAX_PROCESSES && errno != ENOENT) {
    fprintf(stderr, "forkcount: cannot read the map: %s\n", strerror(errno));
    return -1;
  }
  qsort(rows, n, sizeof(rows[0]), more_forks_first);
  if (isatty(STDOUT_FILENO)) printf("\033[2J\033[H");
  printf("%8s %8s %14s  %s\n", "PID", "FORKS", "LAST (ms)", "COMMAND");
  for (i = 0; i < n; i++) {
    printf("%8u %8llu %14llu  %.*s\n", rows[i].pid, rows[i].stat.count, rows[i].stat.last_ns / 1000000, COMM_LEN,
           rows[i].stat.comm);
  }
  fflush(stdout);
  return 0;
}

int main(int argc, char **argv) {
  static const struct option long_options[] = {{"help", no_argument, NULL, 'h'}, {0}};
  const char *path = default_object;
  char message[128];
  struct bpf_object *object;
  struct bpf_program *program;
  struct bpf_link *link = NULL;
  struct sigaction action;
  long interval = 5, count = 0, printed = 0;
  int status = 1, map, option;

  while ((option = getopt_long(argc, argv, "i:c:h", long_options, NULL)) != -1) {
    switch (option) {
      case 'i':
        interval = parse_number(optarg, 86400);
        break;
      case 'c':
        count = parse_number(optarg, INT_MAX);
        break;
      case 'h':
        usage(stdout);
        return 0;
      default:
        usage(stderr);
        return 2;
    }
  }
  if (interval < 1 || count < 0 || argc - optind > 1) {
    usage(stderr);
    return 2;
  }
  if (optind < argc) path = argv[optind];

  // Without SA_RESTART, so that ^C also ends the sleep.
  memset(&action, 0, sizeof(action));
  action.sa_handler = on_signal;
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);

  object = bpf_object__open_file(path, NULL);
  if (!object) {
    libbpf_strerror(errno, message, sizeof(message));
    fprintf(stderr, "forkcount: cannot open %s: %s\n", path, message);
    return 1;
  }
  if (bpf_object__load(object) < 0) {
    fprintf(stderr, "forkcount: cannot load %s: %s\n", path, strerror(errno));
    goto out;
  }
  map = bpf_object__find_map_fd_by_name(object, "forks");
  program = bpf_object__find_program_by_name(object, "count_fork");
  if (map < 0 || !program) {
    fprintf(stderr, "forkcount: %s has no map forks or no program count_fork\n", path);
    goto out;
  }
  link = bpf_program__attach(program);
  if (!link) {
    fprintf(stderr, "forkcount: cannot attach to %s: %s\n", bpf_program__section_name(program), strerror(errno));
    goto out;
  }

  status = 0;
  while (!stop) {
    unsigned left = (unsigned)interval;

    while (left > 0 && !stop) left = sleep(left);
    if (stop && count != 0) break;
    if (print_table(map) < 0) {
      status = 1;
      break;
    }
    if (++printed == count) break;
  }

out:
  bpf_link__destroy(link);
  bpf_object__close(object);
  return status;
}
