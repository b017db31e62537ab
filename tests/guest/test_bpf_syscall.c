/* bpf(2) from user space: maps, loading, ids, test runs, and nothing of it stays behind. The same is tested in more
 * detail on the host; calls that make no sense are in test_bpf_hostile.c. */
#include <linux/bpf.h>
#include <stdint.h>
#include <sys/syscall.h>

#include "bpf_tap.h"

#define KERNEL_POINTER 0xffffffff80200000ULL

static long sys_bpf(int command, void *attr, unsigned size) {
  long r = syscall(__NR_bpf, command, attr, size);

  return r < 0 ? -errno : r;
}

#define PTR(p) ((uint64_t)(uintptr_t)(p))

static long create_map(uint32_t type, uint32_t key, uint32_t value, uint32_t entries) {
  union bpf_attr a;

  memset(&a, 0, sizeof(a));
  a.map_type = type;
  a.key_size = key;
  a.value_size = value;
  a.max_entries = entries;
  return sys_bpf(BPF_MAP_CREATE, &a, sizeof(a));
}

static long element(int command, int fd, const void *key, void *value, uint64_t flags) {
  union bpf_attr a;

  memset(&a, 0, sizeof(a));
  a.map_fd = fd;
  a.key = PTR(key);
  if (command != BPF_MAP_DELETE_ELEM) a.value = PTR(value);
  a.flags = flags;
  return sys_bpf(command, &a, sizeof(a));
}

static char verifier_log[4096];

static long load(uint32_t type, const struct bpf_insn *insns, uint32_t count) {
  union bpf_attr a;

  memset(&a, 0, sizeof(a));
  memset(verifier_log, 0, sizeof(verifier_log));
  a.prog_type = type;
  a.insns = PTR(insns);
  a.insn_cnt = count;
  a.license = PTR("GPL");
  a.log_level = 1;
  a.log_buf = PTR(verifier_log);
  a.log_size = sizeof(verifier_log);
  return sys_bpf(BPF_PROG_LOAD, &a, sizeof(a));
}

#define INSN(c, d, s, o, i) ((struct bpf_insn){.code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i)})
#define MOV(d, i) INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define EXIT() INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
#define CALL(h) INSN(BPF_JMP | BPF_CALL, 0, 0, 0, h)

static void test_maps(void) {
  uint32_t key = 1, next;
  uint64_t value = 10, values[64];
  int hash = create_map(BPF_MAP_TYPE_HASH, 4, 8, 2);
  int array = create_map(BPF_MAP_TYPE_ARRAY, 4, 8, 2);
  int percpu = create_map(BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, 1);
  int cpus = libbpf_num_possible_cpus(), i, same = 1;
  union bpf_attr a;

  ok(hash >= 0 && array >= 0 && percpu >= 0, "maps are made");
  ok_equal(element(BPF_MAP_LOOKUP_ELEM, hash, &key, &value, 0), -ENOENT, "a hash begins empty");
  ok_equal(element(BPF_MAP_UPDATE_ELEM, hash, &key, &value, BPF_EXIST), -ENOENT, "BPF_EXIST wants an element");
  ok_equal(element(BPF_MAP_UPDATE_ELEM, hash, &key, &value, BPF_NOEXIST), 0, "insert");
  ok_equal(element(BPF_MAP_UPDATE_ELEM, hash, &key, &value, BPF_NOEXIST), -EEXIST, "BPF_NOEXIST wants none");
  value = 0;
  ok(element(BPF_MAP_LOOKUP_ELEM, hash, &key, &value, 0) == 0 && value == 10, "look up");
  key = 2;
  ok_equal(element(BPF_MAP_UPDATE_ELEM, hash, &key, &value, 0), 0, "insert a second one");
  key = 3;
  ok_equal(element(BPF_MAP_UPDATE_ELEM, hash, &key, &value, 0), -E2BIG, "a full hash");
  memset(&a, 0, sizeof(a));
  a.map_fd = hash;
  a.next_key = PTR(&next);
  ok(sys_bpf(BPF_MAP_GET_NEXT_KEY, &a, sizeof(a)) == 0 && (next == 1 || next == 2), "the first key");
  key = 1;
  ok_equal(element(BPF_MAP_DELETE_ELEM, hash, &key, NULL, 0), 0, "delete");
  ok_equal(element(BPF_MAP_DELETE_ELEM, hash, &key, NULL, 0), -ENOENT, "delete again");
  key = 1;
  for (i = 0, same = 1; i < 5000; i++) {
    same &= element(BPF_MAP_UPDATE_ELEM, hash, &key, &value, 0) == 0;
    same &= element(BPF_MAP_DELETE_ELEM, hash, &key, NULL, 0) == 0;
  }
  ok(same, "5000 times insert and delete");
  key = 2;
  ok_equal(element(BPF_MAP_LOOKUP_ELEM, array, &key, &value, 0), -ENOENT, "an index past the end");
  ok_equal(element(BPF_MAP_UPDATE_ELEM, array, &key, &value, 0), -E2BIG, "an update past the end");
  key = 0;
  ok_equal(element(BPF_MAP_DELETE_ELEM, array, &key, NULL, 0), -EINVAL, "array elements cannot go");
  for (i = 0; i < cpus; i++) values[i] = 100 + i;
  ok_equal(element(BPF_MAP_UPDATE_ELEM, percpu, &key, values, 0), 0, "one value for each CPU in");
  memset(values, 0, sizeof(values));
  ok_equal(element(BPF_MAP_LOOKUP_ELEM, percpu, &key, values, 0), 0, "one value for each CPU out");
  for (i = 0, same = 1; i < cpus; i++) same &= values[i] == (uint64_t)(100 + i);
  ok(same && cpus >= 1, "and they are the same (%d CPUs)", cpus);
  ok_equal(element(BPF_MAP_LOOKUP_ELEM, 999, &key, &value, 0), -EBADF, "no such descriptor");
  ok_equal(element(BPF_MAP_LOOKUP_ELEM, 0, &key, &value, 0), -EINVAL, "a descriptor of something else");
  ok_equal(element(BPF_MAP_LOOKUP_ELEM, array, NULL, &value, 0), -EFAULT, "a null key");
  ok_equal(element(BPF_MAP_LOOKUP_ELEM, array, (void *)KERNEL_POINTER, &value, 0), -EFAULT, "a key in the kernel");
  ok_equal(element(BPF_MAP_LOOKUP_ELEM, array, &key, (void *)KERNEL_POINTER, 0), -EFAULT, "a value into the kernel");
  ok_equal(create_map(BPF_MAP_TYPE_ARRAY, 8, 8, 1), -EINVAL, "an array with a long key");
  ok_equal(create_map(BPF_MAP_TYPE_ARRAY, 4, 8, 0xffffffff), -ENOMEM, "an array of 32 GiB");
  ok_equal(create_map(BPF_MAP_TYPE_HASH, 4, 0x7fffffff, 1), -E2BIG, "a hash with huge values");
  ok_equal(create_map(1000, 4, 8, 1), -EINVAL, "an unknown map type");
  close(hash);
  close(array);
  close(percpu);
}

static void test_programs(void) {
  const struct bpf_insn seven[] = {MOV(0, 7), EXIT()};
  const struct bpf_insn bad[] = {INSN(BPF_ALU64 | BPF_MOV | BPF_X, 0, 3, 0, 0), EXIT()};
  const struct bpf_insn no_map[] = {INSN(BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_FD, 0, 999), INSN(0, 0, 0, 0, 0),
                                    MOV(0, 0), EXIT()};
  const struct bpf_insn who[] = {CALL(BPF_FUNC_get_current_pid_tgid), EXIT()};
  const struct bpf_insn argument[] = {INSN(BPF_LDX | BPF_MEM | BPF_DW, 0, 1, 8, 0), EXIT()};
  unsigned char packet[64];
  uint64_t arguments[2] = {1, 4711};
  uint32_t id = 0;
  struct bpf_prog_info info;
  union bpf_attr a;
  int filter, raw, again;

  memset(packet, 0, sizeof(packet));
  ok_equal(load(BPF_PROG_TYPE_SOCKET_FILTER, bad, 2), -EACCES, "a program that reads a register nobody wrote");
  ok(strstr(verifier_log, "R3 !read_ok") != NULL, "and the log says so");
  ok_equal(load(BPF_PROG_TYPE_SOCKET_FILTER, no_map, 4), -EBADF, "a map that is not there");
  ok(strstr(verifier_log, "fd 999 is not pointing to valid bpf_map") != NULL, "and the log says so");
  ok_equal(load(BPF_PROG_TYPE_XDP, seven, 2), -EINVAL, "a program type that is not there");
  ok_equal(load(BPF_PROG_TYPE_SOCKET_FILTER, seven, 0), -E2BIG, "no instructions");
  ok_equal(load(BPF_PROG_TYPE_SOCKET_FILTER, (void *)KERNEL_POINTER, 2), -EFAULT, "instructions in the kernel");
  filter = load(BPF_PROG_TYPE_SOCKET_FILTER, seven, 2);
  ok(filter >= 0, "a socket filter");
  memset(&a, 0, sizeof(a));
  a.test.prog_fd = filter;
  a.test.data_in = PTR(packet);
  a.test.data_size_in = sizeof(packet);
  a.test.repeat = 1000;
  ok_equal(sys_bpf(BPF_PROG_TEST_RUN, &a, sizeof(a)), 0, "runs 1000 times");
  ok_equal(a.test.retval, 7, "and returns what it should");
  a.test.data_size_in = 13;
  ok_equal(sys_bpf(BPF_PROG_TEST_RUN, &a, sizeof(a)), -EINVAL, "a packet without a whole link header");

  raw = load(BPF_PROG_TYPE_RAW_TRACEPOINT, who, 2);
  memset(&a, 0, sizeof(a));
  a.test.prog_fd = raw;
  ok(sys_bpf(BPF_PROG_TEST_RUN, &a, sizeof(a)) == 0 && a.test.retval == (uint32_t)getpid(), "a helper knows our pid");
  close(raw);
  raw = load(BPF_PROG_TYPE_RAW_TRACEPOINT, argument, 2);
  memset(&a, 0, sizeof(a));
  a.test.prog_fd = raw;
  a.test.ctx_in = PTR(arguments);
  a.test.ctx_size_in = sizeof(arguments);
  ok(sys_bpf(BPF_PROG_TEST_RUN, &a, sizeof(a)) == 0 && a.test.retval == 4711, "a raw tracepoint reads its arguments");

  memset(&info, 0, sizeof(info));
  memset(&a, 0, sizeof(a));
  a.info.bpf_fd = filter;
  a.info.info_len = sizeof(info);
  a.info.info = PTR(&info);
  ok_equal(sys_bpf(BPF_OBJ_GET_INFO_BY_FD, &a, sizeof(a)), 0, "a program's information");
  ok(info.type == BPF_PROG_TYPE_SOCKET_FILTER && info.xlated_prog_len == 16 && info.jited_prog_len > 0, "is right");
  ok(memcmp(info.tag, "\xa0\x4f\x5e\xef\x06\xa7\xf5\x55", 8) != 0, "has a tag of its own");
  a.info.bpf_fd = 999;
  ok_equal(sys_bpf(BPF_OBJ_GET_INFO_BY_FD, &a, sizeof(a)), -EBADFD, "information about nothing");
  again = bpf_prog_get_fd_by_id(info.id);
  ok(again >= 0, "a second descriptor by id");
  close(filter);
  close(raw);
  ok(bpf_prog_get_next_id(0, &id) == 0 && id == info.id, "which keeps the program alive");
  close(again);
  ok(bpf_prog_get_next_id(0, &id) != 0 && errno == ENOENT, "until it is closed");
}

#define LOAD_MAP(d, fd) INSN(BPF_LD | BPF_IMM | BPF_DW, d, BPF_PSEUDO_MAP_FD, 0, fd), INSN(0, 0, 0, 0, 0)
#define MOVE(d, s) INSN(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define ADD(d, i) INSN(BPF_ALU64 | BPF_ADD | BPF_K, d, 0, 0, i)
#define STORE(size, d, o, i) INSN(BPF_ST | BPF_MEM | (size), d, 0, o, i)
#define UNLESS_ZERO_SKIP(r, n) INSN(BPF_JMP | BPF_JNE | BPF_K, r, 0, n, 0)
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static long run_filter(int program) {
  unsigned char packet[64];
  union bpf_attr a;
  long r;

  memset(packet, 0, sizeof(packet));
  memset(&a, 0, sizeof(a));
  a.test.prog_fd = program;
  a.test.data_in = PTR(packet);
  a.test.data_size_in = sizeof(packet);
  r = sys_bpf(BPF_PROG_TEST_RUN, &a, sizeof(a));
  return r < 0 ? r : (long)a.test.retval;
}

static void test_ringbuf(void) {
  int ring = create_map(BPF_MAP_TYPE_RINGBUF, 0, 0, 4096);
  uint64_t value = 0;
  int program, i, last = 0;
  const struct bpf_insn submit[] = {LOAD_MAP(1, ring),
                                    MOV(2, 8),
                                    MOV(3, 0),
                                    CALL(BPF_FUNC_ringbuf_reserve),
                                    UNLESS_ZERO_SKIP(0, 2),
                                    MOV(0, 0),
                                    EXIT(),
                                    STORE(BPF_DW, 0, 0, 42),
                                    MOVE(1, 0),
                                    MOV(2, 0),
                                    CALL(BPF_FUNC_ringbuf_submit),
                                    LOAD_MAP(1, ring),
                                    MOV(2, BPF_RB_AVAIL_DATA),
                                    CALL(BPF_FUNC_ringbuf_query),
                                    EXIT()};
  const struct bpf_insn keep[] = {LOAD_MAP(1, ring), MOV(2, 8), MOV(3, 0), CALL(BPF_FUNC_ringbuf_reserve),
                                  MOV(0, 0),         EXIT()};

  ok(ring >= 0, "a ring buffer");
  ok_equal(create_map(BPF_MAP_TYPE_RINGBUF, 0, 0, 5000), -EINVAL, "one that is no power of two");
  ok_equal(element(BPF_MAP_LOOKUP_ELEM, ring, &value, &value, 0), -524, "it has no elements");
  ok_equal(load(BPF_PROG_TYPE_SOCKET_FILTER, keep, COUNT(keep)), -EINVAL, "a program that keeps its record");
  ok(strstr(verifier_log, "Unreleased reference id=") != NULL, "and the log says so");
  program = load(BPF_PROG_TYPE_SOCKET_FILTER, submit, COUNT(submit));
  ok(program >= 0, "a program that submits it");
  ok_equal(run_filter(program), 16, "one record");
  for (i = 0; i < 255; i++) last = run_filter(program);
  ok_equal(last, 4096, "records until it is full");
  ok_equal(run_filter(program), 0, "and no more");
  close(program);
  close(ring);
}

static void test_maps_of_descriptors(void) {
  int inner = create_map(BPF_MAP_TYPE_ARRAY, 4, 8, 1), other = create_map(BPF_MAP_TYPE_ARRAY, 4, 16, 1);
  int programs = create_map(BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 2);
  uint32_t key = 0, id = 0;
  uint64_t value = 7;
  int outer, program;
  union bpf_attr a;

  memset(&a, 0, sizeof(a));
  a.map_type = BPF_MAP_TYPE_ARRAY_OF_MAPS;
  a.key_size = a.value_size = 4;
  a.max_entries = 2;
  a.inner_map_fd = inner;
  outer = sys_bpf(BPF_MAP_CREATE, &a, sizeof(a));
  ok(outer >= 0, "an array of maps");
  ok_equal(element(BPF_MAP_UPDATE_ELEM, outer, &key, &other, 0), -EINVAL, "takes no map of another shape");
  ok_equal(element(BPF_MAP_LOOKUP_ELEM, outer, &key, &id, 0), -ENOENT, "begins empty");
  ok_equal(element(BPF_MAP_UPDATE_ELEM, outer, &key, &inner, 0), 0, "takes one like its example");
  ok(element(BPF_MAP_LOOKUP_ELEM, outer, &key, &id, 0) == 0 && id > 0, "and names it by its id");
  element(BPF_MAP_UPDATE_ELEM, inner, &key, &value, 0);
  {
    const struct bpf_insn look[] = {STORE(BPF_W, 10, -4, 0),
                                    LOAD_MAP(1, outer),
                                    MOVE(2, 10),
                                    ADD(2, -4),
                                    CALL(BPF_FUNC_map_lookup_elem),
                                    UNLESS_ZERO_SKIP(0, 1),
                                    EXIT(),
                                    MOVE(1, 0),
                                    MOVE(2, 10),
                                    ADD(2, -4),
                                    CALL(BPF_FUNC_map_lookup_elem),
                                    UNLESS_ZERO_SKIP(0, 1),
                                    EXIT(),
                                    INSN(BPF_LDX | BPF_MEM | BPF_DW, 0, 0, 0, 0),
                                    EXIT()};

    program = load(BPF_PROG_TYPE_SOCKET_FILTER, look, COUNT(look));
  }
  ok(program >= 0, "a program that looks into it");
  ok_equal(run_filter(program), 7, "finds the inner map's value");
  element(BPF_MAP_DELETE_ELEM, outer, &key, NULL, 0);
  ok_equal(run_filter(program), 0, "and nothing when the map is gone");

  ok_equal(element(BPF_MAP_UPDATE_ELEM, programs, &key, &program, 0), 0, "a prog_array takes a program");
  ok_equal(element(BPF_MAP_UPDATE_ELEM, programs, &key, &inner, 0), -EINVAL, "but no map");
  ok(element(BPF_MAP_LOOKUP_ELEM, programs, &key, &id, 0) == 0 && id > 0, "and names it by its id");
  close(program);
  close(programs);
  close(outer);
  close(other);
  close(inner);
}

/* A program in a prog_array that it holds itself: the last descriptor breaks the circle. */
static int make_circle(void) {
  int programs = create_map(BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 2);
  const struct bpf_insn holds[] = {LOAD_MAP(1, programs), MOV(0, 0), EXIT()};
  int program = load(BPF_PROG_TYPE_SOCKET_FILTER, holds, COUNT(holds));
  uint32_t key = 1;
  int wrong = programs < 0 || program < 0 || element(BPF_MAP_UPDATE_ELEM, programs, &key, &program, 0) != 0;

  close(program);
  close(programs);
  return wrong;
}

/* What a program does that uses maps and programs and then closes them; all of it is the kernel's memory. */
static int use_and_close(void) {
  const struct bpf_insn seven[] = {MOV(0, 7), EXIT()};
  uint32_t key = 1;
  uint64_t value[64] = {0};
  int round, wrong = 0;

  for (round = 0; round < 50; round++) {
    int hash = create_map(BPF_MAP_TYPE_PERCPU_HASH, 4, 8, 100);
    int array = create_map(BPF_MAP_TYPE_ARRAY, 4, 4096, 16);
    int program = load(BPF_PROG_TYPE_SOCKET_FILTER, seven, 2);

    wrong += hash < 0 || array < 0 || program < 0;
    wrong += element(BPF_MAP_UPDATE_ELEM, hash, &key, value, 0) != 0;
    wrong += element(BPF_MAP_DELETE_ELEM, hash, &key, NULL, 0) != 0;
    wrong += make_circle();
    close(hash);
    close(array);
    if (round % 2) close(program); /* the others go when the process does */
  }
  return wrong;
}

int main(void) {
  struct traces before;
  int round, wrong = 0;

  test_maps();
  test_programs();
  test_ringbuf();
  test_maps_of_descriptors();
  /* Once for whatever is set up on first use. */
  in_child(use_and_close);
  sleep_ms(300);
  before = look();
  for (round = 0; round < 4; round++) wrong += in_child(use_and_close) != 0;
  ok_equal(wrong, 0, "maps and programs, used and closed 200 times");
  ok_nothing_left(&before, "maps and programs");
  return tap_end();
}
