/* The kernel's own types: as a file and as a BTF object, and programs that follow pointers to its tasks by plain loads,
 * on both engines. What they find is what user space knows. */
#include <bpf/btf.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <sys/syscall.h>

#include "bpf_tap.h"

#define BTF_FILE "/sys/kernel/btf/vmlinux"
#define JIT_ENABLE "/proc/sys/net/core/bpf_jit_enable"
#define PTR(p) ((uint64_t)(uintptr_t)(p))
#define INSN(c, d, s, o, i) ((struct bpf_insn){.code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i)})
#define MOV(d, i) INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define MOVX(d, s) INSN(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define LOAD(size, d, s, o) INSN(BPF_LDX | BPF_MEM | (size), d, s, o, 0)
#define CALL(h) INSN(BPF_JMP | BPF_CALL, 0, 0, 0, h)
#define EXIT() INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define WORD BPF_W
#define DOUBLE BPF_DW

static struct btf *types;
static char verifier_log[8192];

static void set_jit(const char *value) {
  int fd = open(JIT_ENABLE, O_WRONLY);

  if (fd < 0 || write(fd, value, strlen(value)) < 0) ok(0, "set the engine");
  close(fd);
}

/* Where a member of a structure lies; -1 when there is none. */
static int offset_of(const char *structure, const char *member) {
  const struct btf_type *t = btf__type_by_id(types, btf__find_by_name_kind(types, structure, BTF_KIND_STRUCT));
  int i;

  for (i = 0; t && i < btf_vlen(t); i++) {
    const struct btf_member *m = btf_members(t) + i;

    if (strcmp(btf__name_by_offset(types, m->name_off), member) == 0) return (int)(m->offset / 8);
  }
  return -1;
}
#define TASK(member) offset_of("task_struct", member)

static int load(uint32_t type, const struct bpf_insn *insns, size_t count, uint32_t attach_type,
                uint32_t attach_btf_id) {
  union bpf_attr a;
  long fd;

  memset(&a, 0, sizeof(a));
  verifier_log[0] = '\0';
  a.prog_type = type;
  a.insns = PTR(insns);
  a.insn_cnt = count;
  a.license = PTR("GPL");
  a.log_level = 1;
  a.log_buf = PTR(verifier_log);
  a.log_size = sizeof(verifier_log);
  a.expected_attach_type = attach_type;
  a.attach_btf_id = attach_btf_id;
  fd = syscall(__NR_bpf, BPF_PROG_LOAD, &a, sizeof(a));
  return fd < 0 ? -errno : (int)fd;
}

/* What a raw tracepoint's program returns; -1 when it cannot be loaded or run. */
static long result_of(const struct bpf_insn *insns, size_t count) {
  uint64_t arguments[1] = {0};
  union bpf_attr a;
  int fd = load(BPF_PROG_TYPE_RAW_TRACEPOINT, insns, count, 0, 0);
  long r;

  if (fd < 0) {
    printf("# %d: %s\n", fd, verifier_log);
    return -1;
  }
  memset(&a, 0, sizeof(a));
  a.test.prog_fd = fd;
  a.test.ctx_in = PTR(arguments);
  a.test.ctx_size_in = sizeof(arguments);
  r = syscall(__NR_bpf, BPF_PROG_TEST_RUN, &a, sizeof(a));
  close(fd);
  return r < 0 ? -1 : a.test.retval;
}
#define RESULT_OF(...) \
  result_of((const struct bpf_insn[]){__VA_ARGS__}, COUNT(((const struct bpf_insn[]){__VA_ARGS__})))

static void test_object(void) {
  static uint8_t from_file[64 << 10];
  struct bpf_btf_info info;
  __u32 id = 0, size, info_bytes = sizeof(info);
  char name[32] = "";
  const void *data;
  ssize_t n;
  int fd = open(BTF_FILE, O_RDONLY);

  n = fd < 0 ? -1 : read(fd, from_file, sizeof(from_file));
  ok(n > 0, BTF_FILE " can be read");
  ok_equal(lseek(fd, 0, SEEK_END), n, "... and tells its length");
  close(fd);
  fd = open(BTF_FILE, O_WRONLY);
  ok(fd < 0 || write(fd, "x", 1) < 0, "... and cannot be written");
  if (fd >= 0) close(fd);
  types = btf__load_vmlinux_btf();
  if (!ok(types != NULL, "the kernel has a BTF object")) exit(tap_end());
  data = btf__raw_data(types, &size);
  ok(size == n && memcmp(data, from_file, size) == 0, "... with the same content");
  ok_equal(bpf_btf_get_next_id(0, &id), 0, "it has an id");
  fd = bpf_btf_get_fd_by_id(id);
  memset(&info, 0, sizeof(info));
  info.name = PTR(name);
  info.name_len = sizeof(name);
  ok(bpf_obj_get_info_by_fd(fd, &info, &info_bytes) == 0 && info.kernel_btf && strcmp(name, "vmlinux") == 0 &&
         info.name_len == strlen(name),
     "it is the kernel's, and called vmlinux");
  memset(&info, 0, sizeof(info));
  memset(name, 'x', sizeof(name));
  info.name = PTR(name);
  info.name_len = 4;
  info_bytes = sizeof(info);
  ok(bpf_obj_get_info_by_fd(fd, &info, &info_bytes) == -ENOSPC && strcmp(name, "vml") == 0, "a short name is cut");
  close(fd);
}

static void test_loads(const char *engine) {
  long main_pid = getpid(), parent = getppid();
  struct bpf_insn wild[] = {
      CALL(BPF_FUNC_get_current_task_btf), MOV(6, 64), LOAD(DOUBLE, 0, 0, TASK("real_parent")),
      INSN(BPF_ALU64 | BPF_ADD | BPF_K, 6, 0, 0, -1), INSN(BPF_JMP | BPF_JNE | BPF_K, 6, 0, -3, 0),
      /* r0 is NULL by now, and so is what it points to */
      LOAD(WORD, 1, 0, TASK("tgid")), LOAD(DOUBLE, 2, 0, TASK("group_leader")), LOAD(DOUBLE, 3, 2, TASK("start_time")),
      MOVX(0, 1), INSN(BPF_ALU64 | BPF_OR | BPF_X, 0, 3, 0, 0), INSN(BPF_JMP | BPF_JEQ | BPF_K, 2, 0, 1, 0), MOV(0, 1),
      EXIT()};
  union {
    char text[16];
    uint32_t words[4];
  } comm = {""};
  FILE *f = fopen("/proc/self/comm", "r");

  if (f) {
    if (fgets(comm.text, sizeof(comm.text), f)) comm.text[strcspn(comm.text, "\n")] = '\0';
    fclose(f);
  }
  ok_equal(RESULT_OF(CALL(BPF_FUNC_get_current_task_btf), LOAD(WORD, 0, 0, TASK("pid")), EXIT()), main_pid, engine);
  ok_equal(RESULT_OF(CALL(BPF_FUNC_get_current_task_btf), LOAD(DOUBLE, 1, 0, TASK("real_parent")),
                     LOAD(WORD, 0, 1, TASK("tgid")), EXIT()),
           parent, "current->real_parent->tgid");
  ok_equal(RESULT_OF(CALL(BPF_FUNC_get_current_task_btf), LOAD(DOUBLE, 1, 0, TASK("group_leader")),
                     LOAD(WORD, 0, 1, TASK("tgid")), EXIT()),
           main_pid, "current->group_leader->tgid");
  ok_equal(RESULT_OF(CALL(BPF_FUNC_get_current_task_btf), LOAD(WORD, 0, 0, TASK("comm") + 4), EXIT()), comm.words[1],
           "current->comm");
  ok_equal(RESULT_OF(CALL(BPF_FUNC_get_current_task_btf), MOVX(1, 0), CALL(BPF_FUNC_task_pt_regs),
                     LOAD(DOUBLE, 0, 0, offset_of("pt_regs", "a7")), EXIT()),
           __NR_bpf, "the system call's number in the task's registers");
  ok_equal(result_of(wild, COUNT(wild)), 0, "loads through NULL are 0");
}

/* An orphan's parent is pid 1. */
static int orphan_sees_init(void) {
  int ends[2], status = 1;
  char verdict = 1;
  pid_t middle;

  if (pipe(ends) != 0) return 1;
  middle = fork();
  if (middle == 0) {
    if (fork() == 0) {
      while (getppid() != 1) sleep_ms(5);
      verdict = RESULT_OF(CALL(BPF_FUNC_get_current_task_btf), LOAD(DOUBLE, 1, 0, TASK("real_parent")),
                          LOAD(WORD, 0, 1, TASK("tgid")), EXIT()) != 1;
      _exit(write(ends[1], &verdict, 1) != 1);
    }
    _exit(0);
  }
  waitpid(middle, &status, 0);
  close(ends[1]);
  if (read(ends[0], &verdict, 1) != 1) verdict = 1;
  close(ends[0]);
  return verdict;
}

static void test_refusals(void) {
  struct bpf_insn store[] = {CALL(BPF_FUNC_get_current_task_btf), INSN(BPF_ST | BPF_MEM | BPF_W, 0, 0, 0, 1), MOV(0, 0),
                             EXIT()};
  struct bpf_insn beyond[] = {CALL(BPF_FUNC_get_current_task_btf), LOAD(WORD, 0, 0, 4096), EXIT()};
  struct bpf_insn argument[] = {LOAD(DOUBLE, 1, 1, 0), LOAD(WORD, 1, 1, TASK("tgid")), MOV(0, 0), EXIT()};
  struct bpf_insn missing[] = {LOAD(DOUBLE, 1, 1, 8), MOV(0, 0), EXIT()};
  int function = libbpf_find_vmlinux_btf_id("wake_up_new_task", BPF_TRACE_FENTRY), fd;
  union bpf_attr a;

  ok_equal(load(BPF_PROG_TYPE_RAW_TRACEPOINT, store, COUNT(store), 0, 0), -EACCES, "no store to a task");
  ok(strstr(verifier_log, "only read is supported") != NULL, "... and the log says so");
  ok_equal(load(BPF_PROG_TYPE_RAW_TRACEPOINT, beyond, COUNT(beyond), 0, 0), -EACCES, "no load beyond a task");
  ok(strstr(verifier_log, "access beyond struct task_struct") != NULL, "... and the log says so");
  ok(function > 0, "the kernel's BTF has wake_up_new_task");
  fd = load(BPF_PROG_TYPE_TRACING, argument, COUNT(argument), BPF_TRACE_FENTRY, function);
  if (!ok(fd >= 0, "a program for its entry is loaded")) printf("# %d: %s\n", fd, verifier_log);
  memset(&a, 0, sizeof(a));
  a.raw_tracepoint.prog_fd = fd;
  ok(syscall(__NR_bpf, BPF_RAW_TRACEPOINT_OPEN, &a, sizeof(a)) < 0 && errno == EOPNOTSUPP,
     "... and cannot be attached yet");
  close(fd);
  ok_equal(load(BPF_PROG_TYPE_TRACING, missing, COUNT(missing), BPF_TRACE_FENTRY, function), -EACCES,
           "a program that asks for more arguments is refused");
  ok(strstr(verifier_log, "func 'wake_up_new_task' doesn't have 2-th argument") != NULL, "... and the log says why");
  ok_equal(load(BPF_PROG_TYPE_TRACING, argument, COUNT(argument), BPF_TRACE_FENTRY, 0x7fffffff), -EINVAL,
           "no program for a type that is not there");
}

int main(void) {
  test_object();
  set_jit("0");
  test_loads("current->pid, interpreter");
  set_jit("1");
  test_loads("current->pid, JIT");
  ok_equal(orphan_sees_init(), 0, "an orphan's real_parent is pid 1");
  test_refusals();
  btf__free(types);
  return tap_end();
}
