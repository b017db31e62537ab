// lathist: how long CPUs run with preemption off, as a log2 histogram for each CPU. The BPF half,
// user/bpf/lathist.bpf.c, counts; this half loads it, attaches it and prints what it counted.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/trace_tool.h"

// By agreement with the BPF half: my_lat holds MAX_CPU rows of MAX_ENTRIES counts.
#define MAX_CPU 8
#define MAX_ENTRIES 20
#define MAX_STARS 40
#define MAX_LINKS 8

static const char default_object[] = "/lib/bpf/lathist.bpf.o";

static void print_stars(long count, long most) {
  char stars[MAX_STARS + 1];
  long n = most > 0 ? count * MAX_STARS / most : 0;

  if (n == 0 && count > 0) n = 1;
  memset(stars, '*', (size_t)n);
  stars[n] = '\0';
  printf("|%-*s|\n", MAX_STARS, stars);
}

static int print_cpu(int map, int cpu) {
  long row[MAX_ENTRIES];
  long most = 0, total = 0;
  int i;

  for (i = 0; i < MAX_ENTRIES; i++) {
    int key = cpu * MAX_ENTRIES + i;

    if (bpf_map_lookup_elem(map, &key, &row[i]) < 0) {
      fprintf(stderr, "lathist: cannot read my_lat[%d]: %s\n", key, strerror(errno));
      return -1;
    }
    total += row[i];
    if (row[i] > most) most = row[i];
  }
  printf("CPU %d: %ld sections\n", cpu, total);
  printf("      latency        : count     distribution\n");
  for (i = 0; i < MAX_ENTRIES; i++) {
    long from = i == 0 ? 0 : 1L << i;
    char to[24];

    if (i == MAX_ENTRIES - 1) {
      snprintf(to, sizeof(to), "...");
    } else {
      snprintf(to, sizeof(to), "%ld", (2L << i) - 1);
    }
    printf("%8ld -> %-8s : %-8ld  ", from, to, row[i]);
    print_stars(row[i], most);
  }
  return 0;
}

/* On a terminal that can, each report takes the place of the one before. */
static int clears_screen(void) {
  const char *terminal = getenv("TERM");

  return isatty(STDOUT_FILENO) && terminal && strcmp(terminal, "dumb") != 0;
}

static int print_all(int map, int cpus) {
  int cpu;

  if (clears_screen()) printf("\033[2J\033[H");
  for (cpu = 0; cpu < cpus; cpu++) {
    if (print_cpu(map, cpu) < 0) return -1;
  }
  fflush(stdout);
  return 0;
}

int main(int argc, char **argv) {
  struct report_options options = {.object = default_object};
  char message[128];
  struct bpf_link *links[MAX_LINKS];
  struct bpf_object *object;
  struct bpf_program *program;
  long printed = 0;
  int link_count = 0, status = 1, map, cpus;

  read_report_options(argc, argv, "Prints, for each CPU, how long preemption was off: log2 histograms of nanoseconds.",
                      &options);
  cpus = libbpf_num_possible_cpus();
  if (cpus < 0) {
    fprintf(stderr, "lathist: cannot tell how many CPUs there are: %s\n", strerror(-cpus));
    return 1;
  }
  if (cpus > MAX_CPU) cpus = MAX_CPU;
  stop_on_signals();

  object = bpf_object__open_file(options.object, NULL);
  if (!object) {
    libbpf_strerror(errno, message, sizeof(message));
    fprintf(stderr, "lathist: cannot open %s: %s\n", options.object, message);
    return 1;
  }
  if (bpf_object__load(object) < 0) {
    fprintf(stderr, "lathist: cannot load %s: %s\n", options.object, strerror(errno));
    goto out;
  }
  map = bpf_object__find_map_fd_by_name(object, "my_lat");
  if (map < 0) {
    fprintf(stderr, "lathist: %s has no map my_lat\n", options.object);
    goto out;
  }
  bpf_object__for_each_program(program, object) {
    if (link_count == MAX_LINKS) {
      fprintf(stderr, "lathist: %s has more than %d programs\n", options.object, MAX_LINKS);
      goto out;
    }
    links[link_count] = bpf_program__attach(program);
    if (!links[link_count]) {
      fprintf(stderr, "lathist: cannot attach %s to %s: %s\n", bpf_program__name(program),
              bpf_program__section_name(program), strerror(errno));
      goto out;
    }
    link_count++;
  }

  status = 0;
  while (wait_for_report(&options)) {
    if (print_all(map, cpus) < 0) {
      status = 1;
      break;
    }
    if (++printed == options.count) break;
  }

out:
  while (link_count > 0) bpf_link__destroy(links[--link_count]);
  bpf_object__close(object);
  return status;
}
