// forkcount: which processes fork, and how often. The BPF half, user/bpf/forkcount.bpf.c, counts sys_fork by pid.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/trace_tool.h"

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
  struct report_options options = {.object = default_object};
  char message[128];
  struct bpf_object *object;
  struct bpf_program *program;
  struct bpf_link *link = NULL;
  long printed = 0;
  int status = 1, map;

  read_report_options(argc, argv, "Prints which processes called fork, and how often, most forks first.", &options);
  stop_on_signals();

  object = bpf_object__open_file(options.object, NULL);
  if (!object) {
    libbpf_strerror(errno, message, sizeof(message));
    fprintf(stderr, "forkcount: cannot open %s: %s\n", options.object, message);
    return 1;
  }
  if (bpf_object__load(object) < 0) {
    fprintf(stderr, "forkcount: cannot load %s: %s\n", options.object, strerror(errno));
    goto out;
  }
  map = bpf_object__find_map_fd_by_name(object, "forks");
  program = bpf_object__find_program_by_name(object, "count_fork");
  if (map < 0 || !program) {
    fprintf(stderr, "forkcount: %s has no map forks or no program count_fork\n", options.object);
    goto out;
  }
  link = bpf_program__attach(program);
  if (!link) {
    fprintf(stderr, "forkcount: cannot attach to %s: %s\n", bpf_program__section_name(program), strerror(errno));
    goto out;
  }

  status = 0;
  while (wait_for_report(&options)) {
    if (print_table(map) < 0) {
      status = 1;
      break;
    }
    if (++printed == options.count) break;
  }

out:
  bpf_link__destroy(link);
  bpf_object__close(object);
  return status;
}
