/* Arming and disarming while all harts run through the probed code: forks, pipes, page faults, timer ticks; programs
   that use maps and print; two processes that attach to the same functions. Nothing may hang, panic or get lost. */
#include <signal.h>

#include "kprobe_work.h"

#define WORKERS 8
#define ROUNDS 200

static int counter_map, counter_program, hash_program, printing_program;

/* Where it hurts most: the scheduler, locks, the heap, ticks, faults, the console, sleeping, grace periods. A name that
   the kernel does not have is skipped, but most must be there. */
static const char* const kHot[] = {
    "trace_preempt_off",
    "trace_preempt_on",
    "skep::preempt_disable",
    "skep::preempt_enable",
    "skep::SpinLock::acquire",
    "skep::SpinLock::release",
    "skep::kmalloc",
    "skep::kfree",
    "skep::arch::on_timer_interrupt",
    "skep::arch::on_ipi",
    "skep::arch::on_user_page_fault",
    "skep::arch::on_syscall",
    "skep::arch::on_return_to_user",
    "skep::WaitQueue::wake_all",
    "skep::monotonic_ns",
    "skep::call_after_grace_period",
    "skep::run_timers",
    "skep::schedule",
    "skep::wake_task",
    "skep::preempt_enable_no_reschedule",
    "skep::report_quiescent",
    "skep::mm::allocate_pages",
    "skep::mm::free_pages",
    "skep::dev::uart_write",
    "skep::dev::console_write",
    "skep::log_line",
    "skep::bpf::platform::Lock::lock",
    "skep::bpf::platform::Lock::unlock",
    "sys_fork",
    "sys_read",
    "sys_write",
    "sys_exit",
    "memcpy",
    "memset",
};
#define HOT (sizeof(kHot) / sizeof(kHot[0]))

/* A hash map, written from every hit: takes the bucket's lock in a probe. */
static int load_hash_program(int map) {
  const struct bpf_insn insns[] = {
      CALL(BPF_FUNC_get_smp_processor_id),
      INSN(0x63, 10, 0, -4, 0), /* key: the hart */
      CALL(BPF_FUNC_ktime_get_ns),
      INSN(0x7b, 10, 0, -16, 0),
      LOAD_MAP(1, map),
      MOV(2, 10),
      ADD_IMM(2, -4),
      MOV(3, 10),
      ADD_IMM(3, -16),
      MOV_IMM(4, BPF_ANY),
      CALL(BPF_FUNC_map_update_elem),
      MOV_IMM(0, 1),
      EXIT(),
  };
  return load_program(BPF_PROG_TYPE_KPROBE, insns, sizeof(insns) / sizeof(insns[0]));
}

static int load_printing_program(void) {
  const struct bpf_insn insns[] = {
      INSN(0x18, 1, 0, 0, 0x25206968),
      INSN(0, 0, 0, 0, 0x00000a64),
      INSN(0x7b, 10, 1, -8, 0),
      MOV(1, 10),
      ADD_IMM(1, -8),
      MOV_IMM(2, 8),
      MOV_IMM(3, 7),
      CALL(BPF_FUNC_trace_printk),
      MOV_IMM(0, 1),
      EXIT(),
  };
  return load_program(BPF_PROG_TYPE_KPROBE, insns, sizeof(insns) / sizeof(insns[0]));
}

static void worker(int until) {
  long rounds = 0;
  struct timespec now;
  do {
    const char* wrong = large_work();
    if (wrong) {
      printf("# a worker: %s\n", wrong);
      fflush(stdout);
      _exit(1);
    }
    if (++rounds % 16 == 0) {
      const pid_t child = fork();
      if (child == 0) {
        execl("/bin/true", "true", (char*)NULL);
        _exit(errno == ENOENT ? 0 : 1);
      }
      int status = 0;
      if (waitpid(child, &status, 0) != child || status != 0) _exit(2);
    }
    clock_gettime(CLOCK_MONOTONIC, &now);
  } while (now.tv_sec < until);
  _exit(rounds > 0 ? 0 : 3);
}

/* Attaches to one hot function after the other, alternating between SET_BPF and links. */
static int attach_round(int round, const int programs[3], int* attached) {
  const char* name = kHot[(size_t)round % HOT];
  const int event = open_kprobe(name, 0);
  if (event < 0) return errno == ENOENT || errno == EINVAL || errno == EADDRNOTAVAIL ? 0 : -1;
  const int program = programs[round / (int)HOT % 3];
  int link = -1;
  if (round % 2 == 0) {
    if (set_program(event, program) != 0) return -1;
  } else {
    link = create_link(event, program);
    if (link < 0) return -1;
  }
  (*attached)++;
  usleep(2000);
  if (link >= 0) close(link);
  close(event);
  return 0;
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  counter_map = create_map(BPF_MAP_TYPE_ARRAY, 8, 1);
  counter_program = load_counter(counter_map);
  const int hash = create_map(BPF_MAP_TYPE_HASH, 8, 64);
  hash_program = load_hash_program(hash);
  printing_program = load_printing_program();
  ok(counter_program >= 0 && hash_program >= 0 && printing_program >= 0, "three programs");
  const int programs[3] = {counter_program, hash_program, printing_program};

  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  const int until = (int)now.tv_sec + 30;
  pid_t workers[WORKERS];
  for (int i = 0; i < WORKERS; i++) {
    workers[i] = fork();
    if (workers[i] == 0) worker(until);
  }
  /* A rival attaches to the same functions in the same order. */
  const pid_t rival = fork();
  if (rival == 0) {
    int attached = 0;
    for (int round = 0; round < ROUNDS; round++) {
      if (attach_round(round, programs, &attached) != 0) _exit(1);
    }
    _exit(attached > ROUNDS / 2 ? 0 : 2);
  }
  int attached = 0, failed = 0;
  for (int round = 0; round < ROUNDS; round++) failed += attach_round(round, programs, &attached) != 0;
  ok(failed == 0 && attached > ROUNDS / 2, "%d of %d rounds attached and detached", attached, ROUNDS);

  /* All of them at once, for a while. */
  int events[HOT], n = 0;
  for (size_t i = 0; i < HOT; i++) {
    events[n] = open_kprobe(kHot[i], 0);
    if (events[n] < 0) {
      printf("# no %s\n", kHot[i]);
      continue;
    }
    if (set_program(events[n], programs[i % 3]) != 0) printf("# no program on %s\n", kHot[i]);
    n++;
  }
  for (int i = 0; i < 20; i++) {
    printf("# the console while it is probed, %d\n", i);
    usleep(50000);
  }
  for (int i = 0; i < n; i++) close(events[i]);
  ok(n > (int)HOT * 2 / 3, "%d hot functions probed at once", n);

  int status = -1;
  waitpid(rival, &status, 0);
  ok_equal(status, 0, "a second process attached to the same functions meanwhile");
  int lost = 0;
  for (int i = 0; i < WORKERS; i++) {
    if (waitpid(workers[i], &status, 0) != workers[i] || status != 0) {
      printf("# worker %d: status %#x\n", i, status);
      lost++;
    }
  }
  ok_equal(lost, 0, "all workers came through");
  ok(counter_value(counter_map) > 1000, "programs ran");
  printf("# %llu times\n", (unsigned long long)counter_value(counter_map));
  ok_equal(armed_probes(), 0, "no probe is left");
  return tap_end();
}
