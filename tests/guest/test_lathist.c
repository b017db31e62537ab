/* lathist from its load to its end: the refused variants say why, histograms fill, and no way to end it leaves
 * anything. usage: test_lathist [ROUNDS [ENDINGS]]   rounds in this process (default 200), runs of
 * lathist ended in each way (default 20) */
#include <ctype.h>
#include <signal.h>

#include "lathist_run.h"

static const char lathist[] = "/lib/bpf/lathist.bpf.o";

/* True when the text has, one behind the other on one line, what one would call "register": R and a digit. */
static int names_register(const char *text) {
  for (; *text != '\0'; text++) {
    if (text[0] == 'R' && isdigit((unsigned char)text[1])) return 1;
  }
  return 0;
}

/* True when the text has an instruction with its number: "12: (79) r1 = ...". */
static int names_instruction(const char *text) {
  const char *at = text;

  while ((at = strstr(at, ": (")) != NULL) {
    if (at > text && isdigit((unsigned char)at[-1]) && isxdigit((unsigned char)at[3]) && at[5] == ')') return 1;
    at++;
  }
  return 0;
}

static void test_refused(const char *path, const char *source_line) {
  struct bpf_object *object;

  forget_messages();
  object = bpf_object__open_file(path, NULL);
  if (!ok(object != NULL, "%s opens", path)) return;
  ok_equal(bpf_object__load(object), -EACCES, "refused with EACCES");
  ok(strstr(messages, "prog 'bpf_prog2': BPF program load failed: Permission denied") != NULL,
     "the message names the program");
  ok(strstr(messages, "BEGIN PROG LOAD LOG") != NULL, "the log is printed");
  ok(names_register(messages), "the log names a register");
  ok(names_instruction(messages), "the log names an instruction");
  if (!ok(strstr(messages, source_line) != NULL, "the log names the C source line '%s'", source_line)) {
    printf("# %s\n", messages);
  }
  bpf_object__close(object);
}

/* ---- The text of the probed functions --------------------------------------------------------------------------- */

#define TEXT_BYTES 32

/* From a line "address type name" of kallsyms. */
static unsigned long address_of(const char *symbol) {
  char line[256];
  unsigned long found = 0;
  FILE *f = fopen("/proc/kallsyms", "r");

  if (!f) return 0;
  while (found == 0 && fgets(line, sizeof(line), f)) {
    char *name = strrchr(line, ' ');

    if (!name) continue;
    name[strcspn(name, "\n")] = '\0';
    if (strcmp(name + 1, symbol) == 0) found = strtoul(line, NULL, 16);
  }
  fclose(f);
  return found;
}

/* The first bytes of a kernel function, read by a BPF program. */
static int read_text(const char *symbol, unsigned char *text) {
  struct bpf_object *object = bpf_object__open_file("/tests/bpf/peek.bpf.o", NULL);
  unsigned long address = address_of(symbol);
  LIBBPF_OPTS(bpf_test_run_opts, run);
  int key = 0, result = -1;

  if (!object || address == 0) goto out;
  if (bpf_map__set_initial_value(bpf_object__find_map_by_name(object, ".rodata"), &address, sizeof(address)) < 0) {
    goto out;
  }
  if (bpf_object__load(object) < 0) goto out;
  if (bpf_prog_test_run_opts(bpf_program__fd(bpf_object__next_program(object, NULL)), &run) < 0) goto out;
  if (run.retval != 0) goto out;
  result = bpf_map_lookup_elem(bpf_object__find_map_fd_by_name(object, ".bss"), &key, text);
out:
  bpf_object__close(object);
  return result;
}

static unsigned char text_off[TEXT_BYTES], text_on[TEXT_BYTES];

static void test_text(const char *what) {
  unsigned char now[TEXT_BYTES];

  ok(read_text("trace_preempt_off", now) == 0 && memcmp(now, text_off, TEXT_BYTES) == 0,
     "%s: trace_preempt_off's text is what it was", what);
  ok(read_text("trace_preempt_on", now) == 0 && memcmp(now, text_on, TEXT_BYTES) == 0,
     "%s: trace_preempt_on's text is what it was", what);
}

/* ---- Rounds inside this process ---------------------------------------------------------------------------------- */

/* Open, load, attach both, detach, close. 0, or -1 with a message. */
static int one_round(int armed_before) {
  struct bpf_object *object = bpf_object__open_file(lathist, NULL);
  struct bpf_link *links[2] = {NULL, NULL};
  struct bpf_program *program;
  int n = 0, result = -1;

  if (!object || bpf_object__load(object) < 0) goto out;
  bpf_object__for_each_program(program, object) {
    links[n] = bpf_program__attach(program);
    if (!links[n]) goto out;
    n++;
  }
  result = count_lines("/sys/kernel/debug/kprobes/list") == armed_before + 2 ? 0 : -1;
out:
  if (result < 0) printf("# %s: %s\n", strerror(errno), messages);
  bpf_link__destroy(links[0]);
  bpf_link__destroy(links[1]);
  bpf_object__close(object);
  return result;
}

static void test_rounds(int rounds) {
  struct traces before;
  int i, good = 0;

  for (i = 0; i < 3; i++) one_round(0);
  sleep_ms(300);
  before = look();
  ok_equal(before.armed, 0, "rounds: no probe is armed before");
  for (i = 0; i < rounds; i++) {
    good += one_round(before.armed) == 0;
    if (i % 50 == 49) printf("# %d rounds\n", i + 1);
  }
  ok_equal(good, rounds, "rounds: every one loads, arms two probes and ends");
  ok_nothing_left(&before, "rounds");
  test_text("rounds");
}

/* ---- The program /bin/lathist -------------------------------------------------------------------------------------
 */

static void test_output(void) {
  char text[16384];
  size_t length = 0;
  int ends[2], status = -1, cpu, cpus = libbpf_num_possible_cpus();
  ssize_t n;
  pid_t child;

  if (!ok(pipe(ends) == 0, "output: a pipe")) return;
  child = start_lathist("1", "1", ends[1]);
  close(ends[1]);
  while (length < sizeof(text) - 1 && (n = read(ends[0], text + length, sizeof(text) - 1 - length)) > 0) {
    length += (size_t)n;
  }
  text[length] = '\0';
  close(ends[0]);
  waitpid(child, &status, 0);
  ok(WIFEXITED(status) && WEXITSTATUS(status) == 0, "output: lathist ends by itself with 0");
  for (cpu = 0; cpu < cpus; cpu++) {
    char title[32];
    const char *at;

    snprintf(title, sizeof(title), "CPU %d: ", cpu);
    at = strstr(text, title);
    ok(at && atol(at + strlen(title)) > 0, "output: CPU %d was counted", cpu);
  }
  ok(strstr(text, "distribution") && strchr(text, '*'), "output: there are histograms");
  ok(strchr(text, '\033') == NULL, "output: no screen control outside a terminal");
}

static void test_endings(int rounds) {
  static const struct {
    int signal;
    const char *name;
  } endings[] = {{SIGINT, "^C"}, {SIGTERM, "SIGTERM"}, {SIGKILL, "kill -9"}};
  int null = open("/dev/null", O_WRONLY);
  size_t e;

  for (e = 0; e < sizeof(endings) / sizeof(endings[0]); e++) {
    struct traces before;
    int i, armed = 0, right = 0;

    for (i = -1; i < rounds; i++) { /* round -1 warms up */
      pid_t child;
      int status = -1;

      if (i == 0) {
        sleep_ms(300);
        before = look();
      }
      child = start_lathist("60", "0", null);
      armed += wait_until_armed(2) && i >= 0;
      kill(child, endings[e].signal);
      waitpid(child, &status, 0);
      if (i < 0) continue;
      if (endings[e].signal == SIGKILL) {
        right += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
      } else {
        right += WIFEXITED(status) && WEXITSTATUS(status) == 0;
      }
    }
    ok_equal(armed, rounds, "endings: lathist arms its probes");
    if (!ok(right == rounds, "endings: it ends as it should by %s", endings[e].name))
      printf("# %d of %d\n", right, rounds);
    ok_nothing_left(&before, endings[e].name);
    test_text(endings[e].name);
  }
  close(null);
}

int main(int argc, char **argv) {
  const int rounds = argc > 1 ? atoi(argv[1]) : 200;
  const int endings = argc > 2 ? atoi(argv[2]) : 20;

  libbpf_set_print(keep_message);
  ok(read_text("trace_preempt_off", text_off) == 0, "trace_preempt_off's text can be read");
  ok(read_text("trace_preempt_on", text_on) == 0, "trace_preempt_on's text can be read");
  test_refused("/tests/bpf/lathist_nonull.bpf.o", "*start");
  test_refused("/tests/bpf/lathist_noclamp.bpf.o", "row->buckets[key]");
  forget_messages();
  test_output();
  test_rounds(rounds);
  test_endings(endings);
  return tap_end();
}
