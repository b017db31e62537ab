/* Programs through bpf(2) on both engines: /proc/sys/net/core/bpf_jit_enable decides at load time. Callbacks and tail
 * calls give the same on either. What no verifier lets through is tested by test_engines. */
#include <linux/bpf.h>
#include <stdint.h>
#include <sys/syscall.h>

#include "bpf_tap.h"

#define JIT_ENABLE "/proc/sys/net/core/bpf_jit_enable"
#define PACKET_BYTES 64
#define LINK_HEADER_BYTES 14
#define PTR(p) ((uint64_t)(uintptr_t)(p))
#define INSN(c, d, s, o, i) ((struct bpf_insn){.code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i)})
#define MOV(d, i) INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define MOVX(d, s) INSN(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define CALL(h) INSN(BPF_JMP | BPF_CALL, 0, 0, 0, h)
#define EXIT() INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
#define LDDW(d, pseudo, low) INSN(BPF_LD | BPF_IMM | BPF_DW, d, pseudo, 0, low), INSN(0, 0, 0, 0, 0)

static long sys_bpf(int command, void *attr, unsigned size) {
  long r = syscall(__NR_bpf, command, attr, size);

  return r < 0 ? -errno : r;
}

/* 0, or the negative error number of the write. */
static int set_jit(const char *value) {
  int fd = open(JIT_ENABLE, O_WRONLY), error = 0;

  if (fd < 0) return -errno;
  if (write(fd, value, strlen(value)) < 0) error = -errno;
  close(fd);
  return error;
}

static int get_jit(void) {
  char text[16] = {0};
  int fd = open(JIT_ENABLE, O_RDONLY);

  if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0) return -1;
  close(fd);
  return atoi(text);
}

static char verifier_log[4096];

/* BTF of two functions, int main() and static int callback(): a callback must have a type. */
static int function_types(void) {
  static const struct {
    uint16_t magic;
    uint8_t version, flags;
    uint32_t header_bytes, types_at, types_bytes, strings_at, strings_bytes;
    uint32_t types[4 + 3 + 3 + 3];
    char strings[20];
  } blob = {.magic = 0xeb9f,
            .version = 1,
            .header_bytes = 24,
            .types_bytes = sizeof(blob.types),
            .strings_at = sizeof(blob.types),
            .strings_bytes = sizeof(blob.strings),
            .types = {1, 1u << 24, 4, 1u << 24 | 32, /* 1: int */
                      0, 13u << 24, 1,               /* 2: int () */
                      5, 12u << 24 | 1, 2,           /* 3: main, global */
                      10, 12u << 24, 2},             /* 4: callback, static */
            .strings = "\0int\0main\0callback"};
  union bpf_attr a;

  memset(&a, 0, sizeof(a));
  a.btf = PTR(&blob);
  a.btf_size = sizeof(blob);
  return sys_bpf(BPF_BTF_LOAD, &a, sizeof(a));
}

/* `callback`: where the second function begins, 0 for none. */
static int load_functions(const struct bpf_insn *insns, size_t bytes, uint32_t callback) {
  struct bpf_func_info functions[2] = {{0, 3}, {callback, 4}};
  int btf = callback ? function_types() : -1;
  union bpf_attr a;
  long fd;

  memset(&a, 0, sizeof(a));
  a.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
  a.insns = PTR(insns);
  a.insn_cnt = bytes / sizeof(*insns);
  a.license = PTR("GPL");
  a.log_level = 1;
  a.log_buf = PTR(verifier_log);
  a.log_size = sizeof(verifier_log);
  if (callback) {
    a.prog_btf_fd = btf;
    a.func_info = PTR(functions);
    a.func_info_rec_size = sizeof(functions[0]);
    a.func_info_cnt = 2;
  }
  fd = sys_bpf(BPF_PROG_LOAD, &a, sizeof(a));
  if (fd < 0) printf("# %ld (BTF %d): %s\n", fd, btf, verifier_log);
  if (btf >= 0) close(btf);
  return fd;
}

static int load(const struct bpf_insn *insns, size_t bytes) { return load_functions(insns, bytes, 0); }

/* The program's return value on a packet of 64 zero bytes; -1 when it does not run. */
static long run(int fd) {
  static unsigned char packet[PACKET_BYTES];
  union bpf_attr a;

  memset(&a, 0, sizeof(a));
  a.test.prog_fd = fd;
  a.test.data_in = PTR(packet);
  a.test.data_size_in = sizeof(packet);
  return sys_bpf(BPF_PROG_TEST_RUN, &a, sizeof(a)) == 0 ? (long)a.test.retval : -1;
}

static long load_and_run(const struct bpf_insn *insns, size_t bytes, uint32_t callback) {
  int fd = load_functions(insns, bytes, callback);
  long result = fd < 0 ? -1 : run(fd);

  if (fd >= 0) close(fd);
  return result;
}

static int is_compiled(int fd) {
  struct bpf_prog_info info;
  union bpf_attr a;

  memset(&info, 0, sizeof(info));
  memset(&a, 0, sizeof(a));
  a.info.bpf_fd = fd;
  a.info.info_len = sizeof(info);
  a.info.info = PTR(&info);
  return sys_bpf(BPF_OBJ_GET_INFO_BY_FD, &a, sizeof(a)) == 0 && info.jited_prog_len > 0;
}

static int create_map(uint32_t type, uint32_t value, uint32_t entries) {
  union bpf_attr a;

  memset(&a, 0, sizeof(a));
  a.map_type = type;
  a.key_size = 4;
  a.value_size = value;
  a.max_entries = entries;
  return sys_bpf(BPF_MAP_CREATE, &a, sizeof(a));
}

static int put(int map, uint32_t key, const void *value) {
  union bpf_attr a;

  memset(&a, 0, sizeof(a));
  a.map_fd = map;
  a.key = PTR(&key);
  a.value = PTR(value);
  return sys_bpf(BPF_MAP_UPDATE_ELEM, &a, sizeof(a));
}

static void test_setting(void) {
  const struct bpf_insn seven[] = {MOV(0, 7), EXIT()};
  int before, after;

  ok_equal(get_jit(), 1, "programs are compiled unless somebody says otherwise");
  before = load(seven, sizeof(seven));
  ok_equal(set_jit("0\n"), 0, "0 is a setting");
  ok_equal(get_jit(), 0, "and is read back");
  after = load(seven, sizeof(seven));
  ok(is_compiled(before) && !is_compiled(after), "it counts for what is loaded from then on");
  ok(run(before) == 7 && run(after) == 7, "both programs run");
  close(before);
  close(after);
  ok_equal(set_jit("3"), -EINVAL, "3 is none");
  ok_equal(set_jit("-1"), -EINVAL, "nor is -1");
  ok_equal(set_jit("yes"), -EINVAL, "nor is a word");
  ok_equal(get_jit(), 0, "what is refused changes nothing");
  ok_equal(set_jit(" 2 \n"), 0, "2 prints the code to the kernel's log");
  before = load(seven, sizeof(seven));
  ok(is_compiled(before) && run(before) == 7, "and compiles");
  close(before);
  set_jit("1");
}

static int write_as_user(void) {
  if (setuid(1000) != 0) return 99;
  return set_jit("0") == -EACCES ? 0 : 1;
}

/* bpf_loop(10, callback, NULL, 0) with a callback that returns `stop`. */
static long loop(int32_t turns, int32_t stop) {
  const struct bpf_insn code[] = {
      MOV(1, turns), LDDW(2, BPF_PSEUDO_FUNC, 5), MOV(3, 0), MOV(4, 0), CALL(BPF_FUNC_loop), EXIT(), MOV(0, stop),
      EXIT()};

  return load_and_run(code, sizeof(code), 7);
}

static long for_each(int map, int32_t stop) {
  const struct bpf_insn code[] = {LDDW(1, BPF_PSEUDO_MAP_FD, map),
                                  LDDW(2, BPF_PSEUDO_FUNC, 5),
                                  MOV(3, 0),
                                  MOV(4, 0),
                                  CALL(BPF_FUNC_for_each_map_elem),
                                  EXIT(),
                                  MOV(0, stop),
                                  EXIT()};

  return load_and_run(code, sizeof(code), 8);
}

static void test_callbacks(const char *engine) {
  uint64_t value = 1;
  int array = create_map(BPF_MAP_TYPE_ARRAY, 8, 5), hash = create_map(BPF_MAP_TYPE_HASH, 8, 100), i;

  for (i = 0; i < 17; i++) put(hash, i * 3, &value);
  ok_equal(loop(10, 0), 10, "bpf_loop makes its turns");
  ok_equal(loop(10, 1), 1, "bpf_loop stops when the callback says so");
  ok_equal(loop(0, 0), 0, "bpf_loop makes none");
  ok_equal((int32_t)loop((8 << 20) + 1, 0), -E2BIG, "bpf_loop has a limit");
  ok_equal(for_each(array, 0), 5, "bpf_for_each_map_elem sees an array's elements");
  ok_equal(for_each(hash, 0), 17, "and a hash's");
  ok_equal(for_each(hash, 1), 1, "and stops when told");
  printf("# on the %s\n", engine);
  close(array);
  close(hash);
}

/* Adds 1 to the element whose key is skb->len + `to_key`, which no verifier knows; the new value, or 99 without one. */
static long count_at(int map, int to_key) {
  const struct bpf_insn code[] = {INSN(BPF_LDX | BPF_MEM | BPF_W, 7, 1, 0, 0),
                                  INSN(BPF_ALU64 | BPF_ADD | BPF_K, 7, 0, 0, to_key),
                                  INSN(BPF_STX | BPF_MEM | BPF_W, 10, 7, -4, 0),
                                  MOVX(2, 10),
                                  INSN(BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, -4),
                                  LDDW(1, BPF_PSEUDO_MAP_FD, map),
                                  CALL(BPF_FUNC_map_lookup_elem),
                                  INSN(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 5, 0),
                                  INSN(BPF_LDX | BPF_MEM | BPF_DW, 1, 0, 0, 0),
                                  INSN(BPF_ALU64 | BPF_ADD | BPF_K, 1, 0, 0, 1),
                                  INSN(BPF_STX | BPF_MEM | BPF_DW, 0, 1, 0, 0),
                                  MOVX(0, 1),
                                  EXIT(),
                                  MOV(0, 99),
                                  EXIT()};

  return load_and_run(code, sizeof(code), 0);
}

/* Lookups with a key that is known only when the program runs: inlined, or a direct call. */
static void test_lookups(const char *engine) {
  static const struct {
    uint32_t type;
    const char *name;
  } types[] = {{BPF_MAP_TYPE_ARRAY, "array"},
               {BPF_MAP_TYPE_PERCPU_ARRAY, "per-CPU array"},
               {BPF_MAP_TYPE_HASH, "hash"},
               {BPF_MAP_TYPE_PERCPU_HASH, "per-CPU hash"}};
  const int length = PACKET_BYTES - LINK_HEADER_BYTES;
  size_t i, cpu, cpus = sysconf(_SC_NPROCESSORS_CONF);

  for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
    uint64_t values[64] = {0}, sum = 0;
    uint32_t key = 2;
    int map = create_map(types[i].type, 8, 5), n, right = 1;

    put(map, key, values);
    for (n = 0; n < 6; n++) {
      long got = count_at(map, 2 - length);

      if (got < 1 || got > n + 1) right = 0;
    }
    ok(right, "an element of a map of type %s, on the %s", types[i].name, engine);
    memset(values, 0, sizeof(values));
    bpf_map_lookup_elem(map, &key, values);
    for (cpu = 0; cpu < cpus; cpu++) sum += values[cpu];
    ok_equal((long)sum, 6, "it is the right one");
    ok(count_at(map, 5 - length) == 99 && count_at(map, -1 - length) == 99 && count_at(map, 1 << 30) == 99,
       "there is none behind the end");
    close(map);
  }
}

static void test_tail_calls(const char *engine) {
  int programs = create_map(BPF_MAP_TYPE_PROG_ARRAY, 4, 3);
  const struct bpf_insn jump[] = {MOVX(6, 1), LDDW(2, BPF_PSEUDO_MAP_FD, programs),
                                  MOV(3, 1),  CALL(BPF_FUNC_tail_call),
                                  MOVX(1, 6), LDDW(2, BPF_PSEUDO_MAP_FD, programs),
                                  MOV(3, 0),  CALL(BPF_FUNC_tail_call),
                                  MOV(0, 5),  EXIT()};
  const struct bpf_insn target[] = {INSN(BPF_LDX | BPF_MEM | BPF_W, 0, 1, 0, 0), EXIT()}; /* skb->len */
  int from, to;

  from = load(jump, sizeof(jump));
  to = load(target, sizeof(target));
  printf("# on the %s\n", engine);
  ok_equal(run(from), 5, "tail calls to empty slots fail");
  ok_equal(put(programs, 0, &from), 0, "a program in its own array");
  ok_equal(run(from), 5, "a program that calls itself ends after 33 times");
  ok_equal(put(programs, 1, &to), 0, "another program");
  /* skb->len of a test run is without the link header. */
  ok_equal(run(from), (long)PACKET_BYTES - LINK_HEADER_BYTES, "it gets the context, and its result is the program's");
  close(from);
  close(to);
  close(programs);
}

static int use_both(void) {
  set_jit("0");
  test_callbacks("interpreter");
  test_tail_calls("interpreter");
  test_lookups("interpreter");
  set_jit("1");
  test_callbacks("JIT");
  test_tail_calls("JIT");
  test_lookups("JIT");
  return 0;
}

int main(void) {
  struct traces before;

  test_setting();
  ok_equal(in_child(write_as_user), 0, "only root may change it");
  sleep_ms(300);
  before = look();
  use_both();
  ok_nothing_left(&before, "callbacks, tail calls and lookups");
  return tap_end();
}
