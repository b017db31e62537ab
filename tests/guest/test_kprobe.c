/* kprobes through perf_event_open(2) and bpf(2): attaching, counting, refusing, letting go. */
#include <signal.h>
#include <sys/sysinfo.h>

#include "kprobe_util.h"

static int counter_map, counter_program;

static void call_getppid(int times) {
  for (int i = 0; i < times; i++) syscall(SYS_getppid);
}

static void test_counting(void) {
  ok(kprobe_type() > 0, "sysfs tells the type of kprobe events");
  const int event = open_kprobe_of(0, "sys_getppid", 0);
  ok(event >= 0, "an event on sys_getppid");
  call_getppid(1000);
  ok_equal((long)event_count(event), 1000, "it counts 1000 calls");
  ok(set_program(event, counter_program) == 0, "SET_BPF");
  const uint64_t before = counter_value(counter_map);
  call_getppid(1000);
  ok_equal((long)(counter_value(counter_map) - before), 1000, "the program ran 1000 times");
  ok_equal((long)event_count(event), 2000, "and the event counted on");
  ok(ioctl(event, PERF_EVENT_IOC_DISABLE, 0) == 0, "DISABLE");
  call_getppid(10);
  ok_equal((long)(counter_value(counter_map) - before), 1000, "a disabled event runs no program");
  ok_equal((long)event_count(event), 2000, "a disabled event does not count");
  ok(ioctl(event, PERF_EVENT_IOC_ENABLE, 0) == 0 && ioctl(event, PERF_EVENT_IOC_RESET, 0) == 0, "ENABLE, RESET");
  call_getppid(7);
  ok_equal((long)event_count(event), 7, "counting starts at zero again");
  uint64_t id = 0;
  ok(ioctl(event, PERF_EVENT_IOC_ID, &id) == 0 && id != 0, "ID");
  uint32_t query[6] = {4}; /* struct perf_event_query_bpf: room, programs, ids */
  ok(ioctl(event, PERF_EVENT_IOC_QUERY_BPF, query) == 0 && query[1] == 1 && query[2] != 0, "QUERY_BPF");
  ok_errno(set_program(event, counter_program), EEXIST, "a second program on one event");
  close(event);
  call_getppid(10);
  ok_equal((long)(counter_value(counter_map) - before), 1007, "after close the program runs no more");
}

static void test_link(void) {
  const int event = open_kprobe("sys_getppid", 0);
  const uint64_t before = counter_value(counter_map);
  const int link = create_link(event, counter_program);
  ok(link >= 0, "LINK_CREATE");
  call_getppid(100);
  ok_equal((long)(counter_value(counter_map) - before), 100, "the linked program ran");
  ok_errno(create_link(event, counter_program), EEXIST, "a second link on one event");
  close(event);
  call_getppid(100);
  ok_equal((long)(counter_value(counter_map) - before), 200, "the link keeps the event");
  close(link);
  call_getppid(100);
  ok_equal((long)(counter_value(counter_map) - before), 200, "closing the link detaches");
}

static void test_sharing(void) {
  const uint64_t before = counter_value(counter_map);
  const int armed = armed_probes();
  const int a = open_kprobe("sys_getppid", 0), b = open_kprobe("sys_getppid", 0);
  ok(set_program(a, counter_program) == 0 && set_program(b, counter_program) == 0, "two events on one function");
  ok_equal(armed_probes(), armed + 1, "share one probe");
  call_getppid(10);
  ok_equal((long)(counter_value(counter_map) - before), 20, "both programs run");
  const int copy = dup(a);
  close(a);
  call_getppid(10);
  ok_equal((long)(counter_value(counter_map) - before), 40, "a duplicate keeps the event");
  close(copy);
  call_getppid(10);
  ok_equal((long)(counter_value(counter_map) - before), 50, "the other event stays");
  close(b);
  ok_equal(armed_probes(), armed, "the last one disarms");
}

static void test_places(void) {
  const struct symbol* getppid_symbol = find_symbol("sys_getppid");
  int event = open_kprobe_of(0, NULL, getppid_symbol ? getppid_symbol->address : 0);
  ok(event >= 0, "by address");
  call_getppid(3);
  ok_equal((long)event_count(event), 3, "an event by address counts");
  close(event);
  event = open_kprobe_of(0, "skep::preempt_disable", 0);
  ok(event >= 0, "by demangled name");
  ok(event_count(event) > 0, "and it counts");
  close(event);

  uint8_t plain[TEXT_BYTES], armed[TEXT_BYTES], again[TEXT_BYTES];
  const uint64_t at = getppid_symbol ? getppid_symbol->address : 0;
  ok(read_kernel_text(at, plain) == 0, "reading kernel text");
  event = open_kprobe("sys_getppid", 0);
  read_kernel_text(at, armed);
  close(event);
  read_kernel_text(at, again);
  ok(armed[0] == 0x02 && armed[1] == 0x90, "an armed probe is a c.ebreak");
  ok(memcmp(plain + 2, armed + 2, TEXT_BYTES - 2) == 0, "and changes nothing else");
  ok(memcmp(plain, again, TEXT_BYTES) == 0, "disarming restores the text");

  /* Offsets: 4-byte instructions have a middle. */
  int middle = -1, start = 0;
  while (start < TEXT_BYTES - 4) {
    const int length = (plain[start] & 3) == 3 ? 4 : 2;
    if (length == 4) {
      middle = start + 2;
      break;
    }
    start += length;
  }
  if (middle >= 0) {
    ok_errno(open_kprobe("sys_getppid", (uint64_t)middle), EILSEQ, "the middle of an instruction");
  } else {
    ok(1, "sys_getppid begins with short instructions only");
  }
  ok_errno(open_kprobe("sys_getppid", 1), EILSEQ, "an odd offset");
  ok_errno(open_kprobe("sys_getppid", 1 << 20), EINVAL, "an offset beyond the function");
}

static void test_refusals(void) {
  ok_errno(open_kprobe("no_such_function", 0), ENOENT, "an unknown symbol");
  ok_errno(open_kprobe("", 0), EINVAL, "no symbol and no address");
  ok_errno(open_kprobe(NULL, 0x10000), EINVAL, "a user address");
  ok_errno(open_kprobe(NULL, 0xffffffc080400000ull), EINVAL, "an address in the linear map");
  ok_errno(open_kprobe(NULL, ~0ull), EINVAL, "the last address");
  ok_errno(open_kprobe("trap_from_kernel", 0), EINVAL, "probe machinery");
  ok_errno(open_kprobe("trap_vector", 0), EINVAL, "the trap vector");
  ok_errno(open_kprobe("boot_entry", 0), EINVAL, "boot code");
  ok_errno(open_kprobe("probe_slots", 0), EINVAL, "the slots of out-of-line steps");
  const struct symbol* data = NULL;
  for (int i = 0; i < symbol_count && !data; i++) {
    if (symbols[i].type == 'b' || symbols[i].type == 'B' || symbols[i].type == 'd') data = &symbols[i];
  }
  ok(data && open_kprobe(NULL, data->address) < 0 && errno == EINVAL, "a variable");
  ok_errno(open_kprobe((const char*)8, 0), EFAULT, "a bad pointer to the name");
  ok_errno(open_kprobe((const char*)0xffffffff80200000ull, 0), EFAULT, "a kernel pointer to the name");
  static char long_name[1024];
  memset(long_name, 'x', sizeof(long_name) - 1);
  ok_errno(open_kprobe(long_name, 0), E2BIG, "a name that is too long");
}

static struct perf_event_attr plain_attr(void) {
  struct perf_event_attr attr;
  memset(&attr, 0, sizeof(attr));
  attr.type = (uint32_t)kprobe_type();
  attr.size = sizeof(attr);
  attr.kprobe_func = (uint64_t)"sys_getppid";
  return attr;
}

static void test_attr(void) {
  struct perf_event_attr attr = plain_attr();
  ok_errno(sys_perf_event_open(NULL, -1, 0, -1, 0), EFAULT, "no attr");
  ok_errno(sys_perf_event_open((void*)0xffffffff80200000ull, -1, 0, -1, 0), EFAULT, "a kernel pointer as attr");
  ok_errno(sys_perf_event_open(&attr, -1, 0, -1, 1ul << 40), EINVAL, "an unknown flag");
  ok_errno(sys_perf_event_open(&attr, -1, -1, -1, 0), EINVAL, "neither task nor hart");
  ok_errno(sys_perf_event_open(&attr, -1, 9999, -1, 0), EINVAL, "a hart that is not there");
  ok_errno(sys_perf_event_open(&attr, -1, -2, -1, 0), EINVAL, "a negative hart");
  ok_errno(sys_perf_event_open(&attr, 999999, -1, -1, 0), ESRCH, "a task that is not there");
  ok_errno(sys_perf_event_open(&attr, -1, 0, 999, 0), EBADF, "a group descriptor that is not open");
  ok_errno(sys_perf_event_open(&attr, -1, 0, 0, 0), EBADF, "a group descriptor that is no event");
  attr.type = 4711;
  ok_errno(sys_perf_event_open(&attr, -1, 0, -1, 0), ENOENT, "an unknown type");
  attr = plain_attr();
  attr.__reserved_1 = 1;
  ok_errno(sys_perf_event_open(&attr, -1, 0, -1, 0), EINVAL, "a reserved bit");
  attr = plain_attr();
  attr.read_format = 1u << 20;
  ok_errno(sys_perf_event_open(&attr, -1, 0, -1, 0), EINVAL, "an unknown read format");
  attr = plain_attr();
  attr.config = 1;
  const int retprobe = sys_perf_event_open(&attr, -1, 0, -1, 0);
  ok(retprobe >= 0 || errno == EOPNOTSUPP, "a return probe is served or refused as not supported");
  if (retprobe >= 0) close(retprobe);
  for (int size = 1; size < PERF_ATTR_SIZE_VER0; size += 31) {
    attr = plain_attr();
    attr.size = (uint32_t)size;
    ok(sys_perf_event_open(&attr, -1, 0, -1, 0) < 0 && errno == E2BIG && attr.size == PERF_ATTR_SIZE_VER7,
       "size %d: E2BIG, and the right size is told", size);
  }
  int event;
  for (int size = 0; size <= PERF_ATTR_SIZE_VER7; size = size == 0 ? PERF_ATTR_SIZE_VER0 : size + 8) {
    attr = plain_attr();
    attr.size = (uint32_t)size;
    event = sys_perf_event_open(&attr, -1, 0, -1, 0);
    ok(event >= 0, "size %d is taken", size);
    close(event);
  }
  static struct {
    struct perf_event_attr attr;
    char more[4096];
  } longer;
  longer.attr = plain_attr();
  longer.attr.size = 4096;
  event = sys_perf_event_open(&longer.attr, -1, 0, -1, 0);
  ok(event >= 0, "a longer structure with zeros behind");
  close(event);
  longer.more[100] = 1;
  ok(sys_perf_event_open(&longer.attr, -1, 0, -1, 0) < 0 && errno == E2BIG && longer.attr.size == PERF_ATTR_SIZE_VER7,
     "a longer structure with more in it: E2BIG");
  longer.attr.size = 4104;
  ok_errno(sys_perf_event_open(&longer.attr, -1, 0, -1, 0), E2BIG, "a structure longer than a page");

  attr = plain_attr();
  attr.disabled = 1;
  attr.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING | PERF_FORMAT_ID;
  event = sys_perf_event_open(&attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
  ok(event >= 0, "an event of this task, disabled");
  ok((fcntl(event, F_GETFD) & FD_CLOEXEC) != 0, "close-on-exec as asked");
  call_getppid(5);
  uint64_t words[5] = {0};
  ok(read(event, words, sizeof(words)) == 32, "four words to read");
  ok(words[0] == 0 && words[1] == 0, "nothing counted, no time passed");
  ok_errno(read(event, words, 31), ENOSPC, "too little room to read into");
  ioctl(event, PERF_EVENT_IOC_ENABLE, 0);
  call_getppid(5);
  if (fork() == 0) {
    call_getppid(50);
    _exit(0);
  }
  wait(NULL);
  ok(read(event, words, sizeof(words)) == 32 && words[0] == 5, "counts this task only");
  ok(words[1] > 0 && words[1] == words[2] && words[3] != 0, "time and id");
  ok_errno(ioctl(event, 0x1234, 0), ENOTTY, "an unknown ioctl");
  ok_errno(ioctl(event, PERF_EVENT_IOC_SET_BPF, 999), EBADF, "SET_BPF with no descriptor");
  ok_errno(ioctl(event, PERF_EVENT_IOC_SET_BPF, counter_map), EINVAL, "SET_BPF with a map");
  ok_errno(ioctl(event, PERF_EVENT_IOC_SET_BPF, 0), EINVAL, "SET_BPF with a file");
  const struct bpf_insn nothing[] = {MOV_IMM(0, 0), EXIT()};
  const int filter = load_program(BPF_PROG_TYPE_SOCKET_FILTER, nothing, 2);
  ok_errno(ioctl(event, PERF_EVENT_IOC_SET_BPF, filter), EINVAL, "SET_BPF with a socket filter");
  ok_errno(create_link(event, filter), EINVAL, "LINK_CREATE with a socket filter");
  close(filter);
  const int sleepable = load_program_with(BPF_PROG_TYPE_KPROBE, nothing, 2, BPF_F_SLEEPABLE);
  ok(sleepable >= 0, "a program that may sleep is loaded, for uprobes");
  ok_errno(ioctl(event, PERF_EVENT_IOC_SET_BPF, sleepable), EINVAL, "SET_BPF with a program that may sleep");
  ok_errno(create_link(event, sleepable), EINVAL, "LINK_CREATE with a program that may sleep");
  close(sleepable);
  close(event);
  const int empty = load_program(BPF_PROG_TYPE_KPROBE, nothing, 2);
  event = open_kprobe_of(0, "sys_getppid", 0);
  set_program(event, empty);
  call_getppid(5);
  ok_equal((long)event_count(event), 0, "a program that returns 0 keeps hits from being counted");
  close(empty);
  close(event);
}

static void test_privilege(void) {
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    setgid(1000);
    setuid(1000);
    struct perf_event_attr attr;
    memset(&attr, 0, sizeof(attr));
    attr.type = 6;
    attr.size = sizeof(attr);
    attr.kprobe_func = (uint64_t)"sys_getppid";
    int bad = 0;
    if (sys_perf_event_open(&attr, -1, 0, -1, 0) != -1 || errno != EPERM) bad |= 1;
    attr.kprobe_func = (uint64_t)"no_such_function";
    if (sys_perf_event_open(&attr, -1, 0, -1, 0) != -1 || errno != EPERM) bad |= 2;
    if (open("/sys/kernel/debug/kprobes/list", O_RDONLY) >= 0) bad |= 4;
    if (open("/sys/kernel/debug/tracing/trace_pipe", O_RDONLY) >= 0) bad |= 8;
    _exit(bad);
  }
  int status = -1;
  waitpid(child, &status, 0);
  ok_equal(status, 0, "uid 1000 gets EPERM, and cannot read what probes show");
}

static void test_death(void) {
  const int armed = armed_probes();
  for (int how = 0; how < 2; how++) {
    int ready[2];
    if (pipe(ready) != 0) return;
    const pid_t child = fork();
    if (child == 0) {
      char byte = 0;
      const int event = open_kprobe("sys_getppid", 0), linked = open_kprobe("sys_getuid", 0);
      if (set_program(event, counter_program) == 0 && create_link(linked, counter_program) >= 0) byte = 1;
      if (write(ready[1], &byte, 1) != 1 || how == 0) _exit(0);
      for (;;) pause();
    }
    char byte = 0;
    ok(read(ready[0], &byte, 1) == 1 && byte == 1, "a child attached");
    if (how == 1) {
      ok_equal(armed_probes(), armed + 2, "and its probes stand");
      kill(child, SIGKILL);
    }
    waitpid(child, NULL, 0);
    close(ready[0]);
    close(ready[1]);
    ok_equal(armed_probes(), armed, how == 0 ? "exit takes its probes away" : "kill -9 takes its probes away");
  }
}

static uint64_t recursion_misses(int program) {
  struct bpf_prog_info info;
  union bpf_attr attr;
  memset(&info, 0, sizeof(info));
  memset(&attr, 0, sizeof(attr));
  attr.info.bpf_fd = (uint32_t)program;
  attr.info.info_len = sizeof(info);
  attr.info.info = (uint64_t)&info;
  if (sys_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr) != 0) return ~0ull;
  return info.recursion_misses;
}

static void test_messages(void) {
  const int pipe_fd = open("/sys/kernel/debug/tracing/trace_pipe", O_RDONLY | O_NONBLOCK);
  ok(pipe_fd >= 0, "trace_pipe opens");
  char text[4096];
  while (read(pipe_fd, text, sizeof(text)) > 0) {
  }
  ok_errno(read(pipe_fd, text, sizeof(text)), EAGAIN, "an empty trace_pipe");
  /* "hi 7\n" on the stack, then trace_printk("hi %d\n", 7). */
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
  const int program = load_program(BPF_PROG_TYPE_KPROBE, insns, sizeof(insns) / sizeof(insns[0]));
  const int event = open_kprobe("sys_getppid", 0);
  ok(program >= 0 && set_program(event, program) == 0, "a program that prints");
  call_getppid(1);
  memset(text, 0, sizeof(text));
  const long n = read(pipe_fd, text, sizeof(text) - 1);
  if (n <= 0) text[0] = 0;
  printf("# %s", text);
  /* "     test_kprobe-7       [002] d..1.    12.345678: bpf_trace_printk: hi 7" */
  char task[32];
  snprintf(task, sizeof(task), " test_kprobe-%d ", getpid());
  const char* hart = strstr(text, " [0");
  ok(strstr(text, task) == text + strspn(text, " ") - 1, "a line in trace_pipe begins with the task");
  ok(hart && hart[5] == ']' && hart[7] == 'd', "then hart and flags");
  const char* seconds = hart ? hart + 12 : "";
  char* point = NULL;
  const unsigned long whole = strtoul(seconds, &point, 10);
  ok(point && *point == '.' && whole < 10000 && strspn(point + 1, "0123456789") == 6, "then the time");
  ok(point && strcmp(point + 7, ": bpf_trace_printk: hi 7\n") == 0, "then the text");

  /* A probe on what a running program calls is missed, not followed. */
  const int inner = open_kprobe("skep::trace::trace_message", 0);
  const int inner_program = load_counter(counter_map);
  ok(inner >= 0 && set_program(inner, inner_program) == 0, "a probe inside a helper");
  const uint64_t before = counter_value(counter_map), missed = recursion_misses(inner_program);
  call_getppid(5);
  ok_equal((long)(counter_value(counter_map) - before), 0, "does not run while a program runs");
  ok_equal((long)(recursion_misses(inner_program) - missed), 5, "and counts recursion_misses");
  close(inner);
  close(inner_program);

  /* A blocked reader is woken. */
  while (read(pipe_fd, text, sizeof(text)) > 0) {
  }
  close(pipe_fd);
  fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    const int fd = open("/sys/kernel/tracing/trace_pipe", O_RDONLY);
    _exit(read(fd, text, sizeof(text)) > 0 && strstr(text, "hi 7") ? 0 : 1);
  }
  usleep(100000);
  call_getppid(1);
  int status = -1;
  waitpid(child, &status, 0);
  ok_equal(status, 0, "a reader that waits for trace_pipe is woken");
  close(event);
  close(program);
}

/* Free memory once the grace periods of what was closed are over: the highest of some readings. */
static unsigned long settled_free_memory(void) {
  unsigned long most = 0;
  for (int i = 0; i < 20; i++) {
    struct sysinfo info;
    usleep(20000);
    if (sysinfo(&info) == 0 && info.freeram > most) most = info.freeram;
  }
  return most;
}

static void test_leaks(void) {
  unsigned long before = 0;
  int failed = 0;
  for (int round = 0; round < 210; round++) {
    if (round == 10) before = settled_free_memory(); /* the first rounds warm caches up */
    const int event = open_kprobe("sys_getppid", round % 3 == 2 ? 2 : 0);
    if (event < 0) continue; /* offset 2 may be inside an instruction: refusals must not leak either */
    if (round % 2 == 0) {
      failed += set_program(event, counter_program) != 0;
    } else {
      const int link = create_link(event, counter_program);
      failed += link < 0;
      close(link);
    }
    close(event);
  }
  const unsigned long after = settled_free_memory();
  ok(failed == 0 && after >= before, "200 rounds of attaching lose no memory");
  if (after < before) printf("# %lu bytes less\n", before - after);
  ok_equal(armed_probes(), 1, "only the reader of kernel text is left");
}

int main(void) {
  counter_map = create_map(BPF_MAP_TYPE_ARRAY, 8, 1);
  counter_program = load_counter(counter_map);
  ok(counter_program >= 0, "a counting program");
  ok(load_symbols() > 100, "kallsyms");
  ok(read_kernel_text(find_symbol("sys_getppid") ? find_symbol("sys_getppid")->address : 0, (uint8_t[TEXT_BYTES]){0}) ==
         0,
     "a program that reads kernel text");
  test_counting();
  test_link();
  test_sharing();
  test_places();
  test_refusals();
  test_attr();
  test_privilege();
  test_death();
  test_messages();
  test_leaks();
  return tap_end();
}
