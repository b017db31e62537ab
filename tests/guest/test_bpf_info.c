/* What OBJ_GET_INFO_BY_FD tells of a loaded program: the verified and the native code, where source lines lie in both,
 * arrays that are shorter than what there is. And bpfdump, which prints it. Linux: bpf_prog_get_info_by_fd(). */
#include <linux/bpf.h>
#include <stdint.h>
#include <sys/syscall.h>

#include "bpf_tap.h"

#define OBJECT "/tests/bpf/listing.bpf.o"
#define JIT_ENABLE "/proc/sys/net/core/bpf_jit_enable"
#define PTR(p) ((uint64_t)(uintptr_t)(p))
#define MANY 128

static int set_jit(const char *value) {
  int fd = open(JIT_ENABLE, O_WRONLY), written;

  if (fd < 0) return -1;
  written = write(fd, value, strlen(value)) > 0;
  close(fd);
  return written ? 0 : -1;
}

/* 0, or the negative error number. */
static int get_info(int fd, struct bpf_prog_info *info) {
  __u32 bytes = sizeof(*info);

  return bpf_obj_get_info_by_fd(fd, info, &bytes) == 0 ? 0 : -errno;
}

static struct bpf_object *load(int *fd) {
  struct bpf_object *object = bpf_object__open_file(OBJECT, NULL);

  if (!object || bpf_object__load(object) != 0) {
    bpf_object__close(object);
    return NULL;
  }
  *fd = bpf_program__fd(bpf_object__find_program_by_name(object, "count_mixed"));
  return object;
}

static void sizes(int fd) {
  struct bpf_prog_info info = {0};
  __u32 n;

  ok_equal(get_info(fd, &info), 0, "information without arrays");
  ok(info.xlated_prog_len > 0 && info.xlated_prog_len % 8 == 0, "size of the verified code");
  ok(info.jited_prog_len > 0, "size of the native code");
  ok(info.nr_jited_ksyms == 2 && info.nr_jited_func_lens == 2 && info.nr_func_info == 2 && info.nr_prog_tags == 2,
     "two functions");
  ok(info.nr_line_info > 5 && info.nr_jited_line_info == info.nr_line_info, "as many native lines as lines");
  ok(info.func_info_rec_size == sizeof(struct bpf_func_info) &&
         info.line_info_rec_size == sizeof(struct bpf_line_info) && info.jited_line_info_rec_size == sizeof(__u64),
     "record sizes");
  ok(info.btf_id != 0 && info.nr_map_ids == 2 && info.verified_insns > 0, "BTF, maps, instructions verified");
  ok(info.run_cnt == 0 && info.run_time_ns == 0, "no run");
  n = info.nr_line_info;
  ok(info.xlated_prog_insns == 0 && info.jited_prog_insns == 0 && info.line_info == 0 && n == info.nr_line_info,
     "pointers stay null");
}

static void verified_code(int fd) {
  static struct bpf_insn insns[256];
  __u32 maps[2] = {0}, found = 0, i;
  struct bpf_prog_info info = {
      .xlated_prog_len = sizeof(insns), .xlated_prog_insns = PTR(insns), .nr_map_ids = 2, .map_ids = PTR(maps)};
  int clean = 1;

  ok_equal(get_info(fd, &info), 0, "the verified code");
  for (i = 0; i + 1 < info.xlated_prog_len / 8; i++) {
    if (insns[i].code != (BPF_LD | BPF_IMM | BPF_DW)) continue;
    if (insns[i].src_reg == BPF_PSEUDO_MAP_FD) {
      found++;
      if (((__u32)insns[i].imm != maps[0] && (__u32)insns[i].imm != maps[1]) || insns[i + 1].imm != 0) clean = 0;
    }
    i++;
  }
  ok(found == 2 && clean, "names its maps by their ids, and no address");
  ok(insns[info.xlated_prog_len / 8 - 1].code == (BPF_JMP | BPF_EXIT), "ends with exit");
}

static void native_code(int fd) {
  static unsigned char code[4096];
  static __u64 lines[MANY];
  static struct bpf_line_info records[MANY];
  struct bpf_func_info functions[2] = {{0}};
  __u64 starts[2] = {0};
  __u32 lengths[2] = {0}, i;
  struct bpf_prog_info info = {.jited_prog_len = sizeof(code),
                               .jited_prog_insns = PTR(code),
                               .nr_jited_ksyms = 2,
                               .jited_ksyms = PTR(starts),
                               .nr_jited_func_lens = 2,
                               .jited_func_lens = PTR(lengths),
                               .nr_func_info = 2,
                               .func_info = PTR(functions),
                               .func_info_rec_size = sizeof(functions[0]),
                               .nr_line_info = MANY,
                               .line_info = PTR(records),
                               .line_info_rec_size = sizeof(records[0]),
                               .nr_jited_line_info = MANY,
                               .jited_line_info = PTR(lines),
                               .jited_line_info_rec_size = sizeof(lines[0])};
  int ascending = 1, inside = 1, apart = 1, rets = 0;

  ok_equal(get_info(fd, &info), 0, "the native code");
  ok(starts[1] == starts[0] + lengths[0] && lengths[0] + lengths[1] <= info.jited_prog_len && lengths[1] > 0,
     "the functions follow each other");
  for (i = 0; i + 1 < info.jited_prog_len; i += 2) rets += code[i] == 0x82 && code[i + 1] == 0x80;
  ok(rets >= 2, "each has its return");
  for (i = 0; i < info.nr_jited_line_info; i++) {
    int second = records[i].insn_off >= functions[1].insn_off;

    if (i > 0 && (lines[i] < lines[i - 1] || records[i].insn_off <= records[i - 1].insn_off)) ascending = 0;
    if (lines[i] < starts[second] || lines[i] >= starts[second] + lengths[second]) inside = 0;
    if (records[i].insn_off >= info.xlated_prog_len / 8) apart = 0;
  }
  ok(ascending, "lines ascend in both codes");
  ok(inside, "each lies in the code of its function");
  ok(apart, "and names an instruction that is left");
  ok(functions[0].insn_off == 0 && functions[1].insn_off > 0 && functions[0].type_id != functions[1].type_id,
     "func_info");
}

/* As much as there is room for, and the whole count. */
static void short_arrays(int fd) {
  unsigned char insns[24], code[24];
  __u64 starts[2] = {7, 7}, lines[2] = {7, 7};
  __u32 maps[2] = {0, 7}, lengths[2] = {0, 7};
  struct bpf_line_info records[2];
  struct bpf_prog_info whole = {0}, info = {.xlated_prog_len = 16,
                                            .xlated_prog_insns = PTR(insns),
                                            .jited_prog_len = 5,
                                            .jited_prog_insns = PTR(code),
                                            .nr_jited_ksyms = 1,
                                            .jited_ksyms = PTR(starts),
                                            .nr_jited_func_lens = 1,
                                            .jited_func_lens = PTR(lengths),
                                            .nr_map_ids = 1,
                                            .map_ids = PTR(maps),
                                            .nr_line_info = 1,
                                            .line_info = PTR(records),
                                            .line_info_rec_size = sizeof(records[0]),
                                            .nr_jited_line_info = 1,
                                            .jited_line_info = PTR(lines),
                                            .jited_line_info_rec_size = sizeof(lines[0])};

  memset(insns, 0xee, sizeof(insns));
  memset(code, 0xee, sizeof(code));
  memset(records, 0xee, sizeof(records));
  ok_equal(get_info(fd, &whole), 0, "the whole sizes");
  ok_equal(get_info(fd, &info), 0, "arrays that are too short");
  ok(info.xlated_prog_len == whole.xlated_prog_len && info.jited_prog_len == whole.jited_prog_len &&
         info.nr_jited_ksyms == 2 && info.nr_jited_func_lens == 2 && info.nr_map_ids == 2 &&
         info.nr_line_info == whole.nr_line_info && info.nr_jited_line_info == whole.nr_line_info,
     "tell how much there is");
  ok(insns[15] != 0xee && insns[16] == 0xee && code[5] == 0xee && starts[0] != 7 && starts[1] == 7 && lengths[0] != 0 &&
         lengths[1] == 7 && maps[0] != 0 && maps[1] == 7 && lines[0] != 7 && lines[1] == 7 &&
         records[1].insn_off == 0xeeeeeeee,
     "and are not overrun");
}

static void refusals(int fd) {
  struct bpf_prog_info info = {.nr_line_info = 1, .line_info_rec_size = 8};
  unsigned char larger[sizeof(info) + 8] = {0};
  __u32 bytes = sizeof(larger);

  ok_equal(get_info(fd, &info), -EINVAL, "a wrong record size");
  info = (struct bpf_prog_info){.xlated_prog_len = 8, .xlated_prog_insns = 8};
  ok_equal(get_info(fd, &info), -EFAULT, "a bad pointer");
  info = (struct bpf_prog_info){.jited_prog_len = 8, .jited_prog_insns = ~0ull};
  ok_equal(get_info(fd, &info), -EFAULT, "a pointer into the kernel");
  ok(bpf_obj_get_info_by_fd(fd, larger, &bytes) == 0 && bytes == sizeof(info), "a structure of a newer kernel");
  larger[sizeof(info)] = 1;
  bytes = sizeof(larger);
  ok(bpf_obj_get_info_by_fd(fd, larger, &bytes) != 0 && errno == E2BIG, "with something in what is not known here");
  memset(&info, 0xee, sizeof(info));
  bytes = 8;
  ok(bpf_obj_get_info_by_fd(fd, &info, &bytes) == 0 && bytes == 8 && info.type == BPF_PROG_TYPE_KPROBE &&
         info.tag[0] == 0xee,
     "a structure of an older one");
}

/* What a child without privilege gets from a descriptor that it inherited: bpf(2) is root's. */
static void other_user(int fd) {
  int status;
  pid_t child = fork();

  if (child == 0) {
    struct bpf_prog_info info = {0};

    if (setuid(1000) != 0) _exit(99);
    _exit(get_info(fd, &info) == -EPERM && info.type == 0 ? 0 : 1);
  }
  ok(child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0,
     "another user learns nothing");
}

/* Runs a command; its output (cut) and exit status. */
static int run_command(const char *command, char *output, size_t room) {
  FILE *pipe = popen(command, "r");
  size_t n = 0, more;

  if (!pipe) return -1;
  while (n + 1 < room && (more = fread(output + n, 1, room - 1 - n, pipe)) > 0) n += more;
  output[n] = '\0';
  return WEXITSTATUS(pclose(pipe));
}

/* All of `wanted` (ended by NULL) occur in the text. */
static int has_all(const char *text, const char *const *wanted) {
  for (; *wanted; wanted++) {
    if (!strstr(text, *wanted)) return printf("# '%s' is missing\n", *wanted), 0;
  }
  return 1;
}

static void dumps(int fd) {
  static char output[64 * 1024];
  static const char *const both[] = {
      "count_mixed: ", "\nmix: ",   "; listing.bpf.c:",           "__u64 *seen = bpf_map_lookup_elem(",
      " = map[id:",    " by_pid ",  "call bpf_map_lookup_elem#1", " | ",
      "ret\n",         "  # mix\n", "helper_get_prandom_u32",     NULL};
  static const char *const xlated[] = {"; listing.bpf.c:", "(95) exit\n", NULL};
  struct bpf_prog_info info = {0};
  char command[64];

  get_info(fd, &info);
  ok(run_command("bpfdump", output, sizeof(output)) == 0 && strstr(output, "count_mixed"), "bpfdump lists programs");
  snprintf(command, sizeof(command), "bpfdump %u", info.id);
  ok(run_command(command, output, sizeof(output)) == 0 && has_all(output, both), "prints both codes side by side");
  ok(strstr(output, ".word") == NULL && strstr(output, ".half") == NULL, "knows every native instruction");
  ok(run_command("bpfdump --xlated count_mixed", output, sizeof(output)) == 0 && has_all(output, xlated) &&
         !strstr(output, "ret\n"),
     "prints the verified code, by the program's name");
  ok(run_command("bpfdump --jited count_mixed", output, sizeof(output)) == 0 && strstr(output, "ret\n") &&
         !strstr(output, "(95) exit"),
     "prints the native code");
  ok_equal(run_command("bpfdump 4711 2>&1", output, sizeof(output)), 1, "a program that is not there");
  ok_equal(run_command("bpfdump --jited 2>&1", output, sizeof(output)), 2, "wrong usage");
}

/* A program that is interpreted has no native code. */
static void interpreted(void) {
  static unsigned char code[64];
  __u64 line = 7;
  struct bpf_prog_info info = {.jited_prog_len = sizeof(code),
                               .jited_prog_insns = PTR(code),
                               .nr_jited_line_info = 1,
                               .jited_line_info = PTR(&line),
                               .jited_line_info_rec_size = sizeof(line)};
  static char output[64 * 1024];
  struct bpf_object *object;
  int fd = -1;

  ok_equal(set_jit("0"), 0, "the JIT can be turned off");
  object = load(&fd);
  ok_equal(set_jit("1"), 0, "and on");
  if (!ok(object != NULL, "a program for the interpreter")) return;
  ok_equal(get_info(fd, &info), 0, "its information");
  ok(info.jited_prog_len == 0 && info.nr_jited_line_info == 0 && line == 7 && info.nr_line_info > 0, "no native code");
  ok(run_command("bpfdump --jited count_mixed", output, sizeof(output)) == 0 && strstr(output, "interpreter"),
     "bpfdump says so");
  bpf_object__close(object);
}

int main(void) {
  int fd = -1;
  struct bpf_object *object;

  libbpf_set_print(keep_message);
  object = load(&fd);
  if (ok(object != NULL, "a program with a subprogram loads")) {
    sizes(fd);
    verified_code(fd);
    native_code(fd);
    short_arrays(fd);
    refusals(fd);
    other_user(fd);
    dumps(fd);
    bpf_object__close(object);
  } else {
    printf("# %s\n", messages);
  }
  interpreted();
  return tap_end();
}
