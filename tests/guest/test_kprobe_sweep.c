/* Probes everywhere: on each instruction of some functions, one at a time and all at once; then on the entry of every
   function there is. The workload must come out the same, and hits must be counted. */
#include "kprobe_work.h"

static int counter_map, counter_program;

/* Functions whose every instruction is probed: linked or demangled names. */
static const char* const kFunctions[] = {
    "sys_getppid",
    "sys_uname",
    "sys_read",
    "sys_write",
    "sys_clock_gettime",
    "skep::preempt_disable",
    "skep::preempt_enable",
    "skep::SpinLock::acquire",
    "skep::SpinLock::release",
    "skep::kmalloc",
    "skep::kfree",
    "skep::copy_from_user",
    "skep::copy_to_user",
    "skep::hart_index",
    "skep::current_pid",
    "skep::FdTable::get",
    "skep::WaitQueue::wake_all",
    "skep::call_after_grace_period",
    "skep::trace::trace_message",
    "trace_preempt_off",
    "trace_preempt_on",
    "memcpy",
    "memset",
};
#define FUNCTIONS (sizeof(kFunctions) / sizeof(kFunctions[0]))
#define MAX_EVENTS 600

static int events[MAX_EVENTS];

static int expected_refusal(int error) { return error == EILSEQ || error == EINVAL; }

static void close_events(int n) {
  for (int i = 0; i < n; i++) close(events[i]);
}

/* Bytes of a function: offsets beyond it are refused with EINVAL like other places, so look it up. */
static uint64_t function_bytes(const char* name) {
  const struct symbol* s = find_symbol(name);
  if (!s) {
    /* The last part of a qualified name with its length is part of the linked name: "6kmalloc". */
    const char* last = strrchr(name, ':');
    char part[96];
    if (!last) return 0;
    snprintf(part, sizeof(part), "%zu%s", strlen(last + 1), last + 1);
    for (int i = 0; i < symbol_count; i++) {
      if (is_function(&symbols[i]) && strstr(symbols[i].name, part) && symbols[i].size > (s ? s->size : 0))
        s = &symbols[i];
    }
  }
  return s ? s->size : 0;
}

static long seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec;
}

static void sweep_function(const char* name) {
  const uint64_t bytes = function_bytes(name);
  const uint64_t before = counter_value(counter_map);
  int probed = 0, odd_errors = 0;
  const char* wrong = NULL;
  for (uint64_t offset = 0; offset < bytes && !wrong; offset += 2) {
    const int event = open_kprobe(name, offset);
    if (event < 0) {
      odd_errors += !expected_refusal(errno);
      continue;
    }
    /* Closing waits for a grace period when a program is attached, so not every one gets one. */
    if (probed++ % 4 == 0) set_program(event, counter_program);
    wrong = small_work();
    close(event);
  }
  int together = 0;
  for (uint64_t offset = 0; offset < bytes && together < MAX_EVENTS; offset += 2) {
    const int event = open_kprobe(name, offset);
    if (event < 0) continue;
    if (together % 8 == 0) set_program(event, counter_program);
    events[together++] = event;
  }
  if (!wrong) wrong = small_work();
  if (!wrong) wrong = large_work();
  close_events(together);
  const uint64_t hits = counter_value(counter_map) - before;
  ok(probed > 0 && !wrong && odd_errors == 0, "%s: %d instructions probed", name, probed);
  printf("# %llu bytes, %llu hits%s%s\n", (unsigned long long)bytes, (unsigned long long)hits, wrong ? ", wrong: " : "",
         wrong ? wrong : "");
}

static void sweep_entries(void) {
  int probed = 0, refused = 0, odd_errors = 0, batch = 0, batches = 0;
  const char* wrong = NULL;
  const uint64_t before = counter_value(counter_map);
  for (int i = 0; i <= symbol_count && !wrong; i++) {
    if (batch == 400 || (i == symbol_count && batch > 0)) {
      wrong = large_work();
      close_events(batch);
      batch = 0;
      batches++;
    }
    if (i == symbol_count || !is_function(&symbols[i])) continue;
    const int event = open_kprobe(NULL, symbols[i].address);
    if (event < 0) {
      refused++;
      if (!expected_refusal(errno)) {
        odd_errors++;
        printf("# %s: %s\n", symbols[i].name, strerror(errno));
      }
      continue;
    }
    probed++;
    if (batch % 4 == 0) set_program(event, counter_program);
    events[batch++] = event;
  }
  ok(!wrong && odd_errors == 0 && probed > 500, "the entries of %d functions in %d batches", probed, batches);
  printf("# %d refused, %llu program runs%s%s\n", refused, (unsigned long long)(counter_value(counter_map) - before),
         wrong ? ", wrong: " : "", wrong ? wrong : "");
}

/* Whole functions, drawn from all over the kernel, all of their instructions at once; as many as the time allows. */
static void sweep_instructions(void) {
  const long end = seconds() + 30;
  int probed = 0, batch = 0, odd_errors = 0, functions = 0;
  const char* wrong = NULL;
  for (int n = 0; n < symbol_count && !wrong && seconds() < end; n++) {
    const struct symbol* s = &symbols[(long)n * 7919 % symbol_count];
    if (!is_function(s) || s->size > 2048) continue; /* above it, finding where instructions begin takes too long */
    functions++;
    for (uint64_t offset = 0; offset < s->size && !wrong; offset += 2) {
      const int event = open_kprobe(NULL, s->address + offset);
      if (event < 0) {
        odd_errors += !expected_refusal(errno);
        continue;
      }
      probed++;
      events[batch++] = event;
      if (batch == MAX_EVENTS) {
        wrong = large_work();
        close_events(batch);
        batch = 0;
      }
    }
  }
  if (!wrong) wrong = large_work();
  close_events(batch);
  ok(!wrong && odd_errors == 0 && probed > 500, "%d instructions of %d functions", probed, functions);
  if (wrong) printf("# wrong: %s\n", wrong);
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  counter_map = create_map(BPF_MAP_TYPE_ARRAY, 8, 1);
  counter_program = load_counter(counter_map);
  ok(counter_program >= 0 && load_symbols() > 100, "a counting program, kallsyms");
  const char* wrong = large_work();
  ok(!wrong, "the workload without probes");
  if (wrong) printf("# wrong: %s\n", wrong);
  const long end = seconds() + 60;
  size_t done = 0;
  while (done < FUNCTIONS && (done < 5 || seconds() < end)) sweep_function(kFunctions[done++]);
  if (done < FUNCTIONS) printf("# no time for the last %d functions\n", (int)(FUNCTIONS - done));
  sweep_entries();
  sweep_instructions();
  ok_equal(armed_probes(), 0, "no probe is left");
  return tap_end();
}
