/* TAP for guest tests, and what they look at before and after: ids, free memory, armed probes. Each test program
 * includes this once. */
#ifndef SKEP_TESTS_BPF_TAP_H
#define SKEP_TESTS_BPF_TAP_H

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int tap_count, tap_failures;

__attribute__((format(printf, 2, 3), unused)) static int ok(int good, const char *format, ...) {
  va_list args;

  printf("%sok %d - ", good ? "" : "not ", ++tap_count);
  va_start(args, format);
  vprintf(format, args);
  va_end(args);
  printf("\n");
  fflush(stdout);
  if (!good) tap_failures++;
  return good;
}

__attribute__((unused)) static int ok_equal(long got, long wanted, const char *what) {
  if (ok(got == wanted, "%s", what)) return 1;
  printf("# got %ld, expected %ld\n", got, wanted);
  return 0;
}

/* Prints the plan; the program's exit status. */
__attribute__((unused)) static int tap_end(void) {
  printf("1..%d\n", tap_count);
  return tap_failures != 0;
}

__attribute__((unused)) static void sleep_ms(long ms) {
  struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

  nanosleep(&t, NULL);
}

/* The library's messages, kept instead of printed. */
static char messages[128 * 1024];
static size_t messages_length;

__attribute__((unused)) static int keep_message(enum libbpf_print_level level, const char *format, va_list ap) {
  size_t room = sizeof(messages) - messages_length;
  int n;

  if (level == LIBBPF_DEBUG) return 0;
  n = vsnprintf(messages + messages_length, room, format, ap);
  if (n > 0) messages_length += (size_t)n < room ? (size_t)n : room - 1;
  return n;
}
__attribute__((unused)) static void forget_messages(void) {
  messages_length = 0;
  messages[0] = '\0';
}

/* Everything that a BPF user could leave behind. */
struct traces {
  int programs, maps, btfs, links, armed;
  long free_kb;
};

static int count_ids(int (*next_id)(__u32, __u32 *)) {
  __u32 id = 0;
  int n = 0;

  while (next_id(id, &id) == 0) n++;
  return n;
}

static long read_meminfo(const char *field) {
  char line[128];
  long value = -1;
  FILE *f = fopen("/proc/meminfo", "r");

  if (!f) return -1;
  while (fgets(line, sizeof(line), f)) {
    size_t n = strlen(field);

    if (strncmp(line, field, n) == 0 && line[n] == ':') value = strtol(line + n + 1, NULL, 10);
  }
  fclose(f);
  return value;
}

static int count_lines(const char *path) {
  int c, n = 0;
  FILE *f = fopen(path, "r");

  if (!f) return -1;
  while ((c = fgetc(f)) != EOF) n += c == '\n';
  fclose(f);
  return n;
}

__attribute__((unused)) static struct traces look(void) {
  struct traces t;

  t.armed = count_lines("/sys/kernel/debug/kprobes/list");
  t.programs = count_ids(bpf_prog_get_next_id);
  t.maps = count_ids(bpf_map_get_next_id);
  t.btfs = count_ids(bpf_btf_get_next_id);
  t.links = count_ids(bpf_link_get_next_id);
  t.free_kb = read_meminfo("MemUnused");
  return t;
}

/* True when nothing is there that was not there before. What is freed after a grace period gets two seconds. Memory
 * that comes back is no fault. */
__attribute__((unused)) static int ok_nothing_left(const struct traces *before, const char *what) {
  struct traces now = look();
  int i, same = 0;

  for (i = 0; i < 40; i++) {
    now = look();
    same = now.programs == before->programs && now.maps == before->maps && now.btfs == before->btfs &&
           now.links == before->links && now.armed == before->armed && now.free_kb >= before->free_kb;
    if (same) break;
    sleep_ms(50);
  }
  if (ok(same, "%s: nothing is left", what)) return 1;
  printf("# before: %d programs, %d maps, %d btfs, %d links, %d probes, %ld kB free\n", before->programs, before->maps,
         before->btfs, before->links, before->armed, before->free_kb);
  printf("# now:    %d programs, %d maps, %d btfs, %d links, %d probes, %ld kB free\n", now.programs, now.maps,
         now.btfs, now.links, now.armed, now.free_kb);
  return 0;
}

/* Runs `work` in a process of its own, whose memory is gone when we look at what is left. Its result (at most 99), or
 * -1 when it did not end by itself. */
__attribute__((unused)) static int in_child(int (*work)(void)) {
  int status = 0;
  pid_t child = fork();

  if (child == 0) {
    int result = work();
    _exit(result > 99 ? 99 : result);
  }
  if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

#endif
