/* What the kprobe tests share: TAP, raw bpf(2) and perf_event_open(2), small programs written by hand, kallsyms. */
#ifndef SKEP_TESTS_KPROBE_UTIL_H
#define SKEP_TESTS_KPROBE_UTIL_H

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "uapi/bpf.h"
#include "uapi/perf_event.h"

/* ---- TAP --------------------------------------------------------------------------------------------------------- */

static int tap_count, tap_failures;

static inline int ok(int good, const char* format, ...) {
  va_list args;
  printf("%sok %d - ", good ? "" : "not ", ++tap_count);
  va_start(args, format);
  vprintf(format, args);
  va_end(args);
  printf("\n");
  if (!good) tap_failures++;
  return good;
}
/* An error number was expected: result is -1 and errno is `wanted`. */
static inline int ok_errno(long result, int wanted, const char* what) {
  const int got = result < 0 ? errno : 0;
  ok(got == wanted, "%s: %s", what, strerror(wanted));
  if (got != wanted) printf("# got %ld, %s\n", result, strerror(got));
  return got == wanted;
}
static inline int ok_equal(long got, long wanted, const char* what) {
  ok(got == wanted, "%s", what);
  if (got != wanted) printf("# got %ld, expected %ld\n", got, wanted);
  return got == wanted;
}
static inline int tap_end(void) {
  printf("1..%d\n", tap_count);
  return tap_failures != 0;
}

/* ---- Raw system calls -------------------------------------------------------------------------------------------- */

static inline long sys_bpf(int command, union bpf_attr* attr) { return syscall(SYS_bpf, command, attr, sizeof(*attr)); }
static inline int sys_perf_event_open(struct perf_event_attr* attr, int pid, int cpu, int group, unsigned long flags) {
  return (int)syscall(SYS_perf_event_open, attr, pid, cpu, group, flags);
}

static inline int kprobe_type(void) {
  char text[16] = "";
  const int fd = open("/sys/bus/event_source/devices/kprobe/type", O_RDONLY);
  if (fd < 0) return -1;
  if (read(fd, text, sizeof(text) - 1) <= 0) text[0] = 0;
  close(fd);
  return atoi(text);
}

/* A kprobe event on function + offset, enabled; or, without a function, on the address `offset`. It counts the hits of
   task `pid` on any hart, or with -1 all hits on hart 0. Programs run on all. */
static inline int open_kprobe_of(int pid, const char* function, uint64_t offset) {
  static int type;
  if (type == 0) type = kprobe_type();
  struct perf_event_attr attr;
  memset(&attr, 0, sizeof(attr));
  attr.type = (uint32_t)type;
  attr.size = sizeof(attr);
  attr.kprobe_func = (uint64_t)function;
  attr.probe_offset = offset;
  return sys_perf_event_open(&attr, pid, pid < 0 ? 0 : -1, -1, PERF_FLAG_FD_CLOEXEC);
}
static inline int open_kprobe(const char* function, uint64_t offset) { return open_kprobe_of(-1, function, offset); }

static inline uint64_t event_count(int fd) {
  uint64_t value = 0;
  return read(fd, &value, sizeof(value)) == sizeof(value) ? value : ~0ull;
}

/* ---- Programs and maps ------------------------------------------------------------------------------------------- */

#define INSN(c, d, s, o, i) ((struct bpf_insn){.code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i)})
#define LOAD_MAP(reg, fd) INSN(0x18, reg, 1, 0, fd), INSN(0, 0, 0, 0, 0)
#define MOV_IMM(reg, value) INSN(0xb7, reg, 0, 0, value)
#define MOV(dst, src) INSN(0xbf, dst, src, 0, 0)
#define ADD_IMM(reg, value) INSN(0x07, reg, 0, 0, value)
#define CALL(helper) INSN(0x85, 0, 0, 0, helper)
#define EXIT() INSN(0x95, 0, 0, 0, 0)
#define STORE_IMM32(base, off, value) INSN(0x62, base, 0, off, value)
#define LOAD64(dst, base, off) INSN(0x79, dst, base, off, 0)
#define ATOMIC_ADD64(base, off, src) INSN(0xdb, base, src, off, 0)
#define JUMP_EQ_IMM(reg, value, skip) INSN(0x15, reg, 0, skip, value)

static inline int load_program_with(int type, const struct bpf_insn* insns, unsigned count, uint32_t flags) {
  static char log[4096];
  union bpf_attr attr;
  memset(&attr, 0, sizeof(attr));
  attr.prog_type = (uint32_t)type;
  attr.insns = (uint64_t)insns;
  attr.insn_cnt = count;
  attr.prog_flags = flags;
  attr.license = (uint64_t)"GPL";
  attr.log_buf = (uint64_t)log;
  attr.log_size = sizeof(log);
  attr.log_level = 1;
  log[0] = 0;
  const int fd = (int)sys_bpf(BPF_PROG_LOAD, &attr);
  if (fd < 0) printf("# program refused: %s\n# %s\n", strerror(errno), log);
  return fd;
}
static inline int load_program(int type, const struct bpf_insn* insns, unsigned count) {
  return load_program_with(type, insns, count, 0);
}

static inline int create_map(int type, unsigned value_bytes, unsigned entries) {
  union bpf_attr attr;
  memset(&attr, 0, sizeof(attr));
  attr.map_type = (uint32_t)type;
  attr.key_size = 4;
  attr.value_size = value_bytes;
  attr.max_entries = entries;
  return (int)sys_bpf(BPF_MAP_CREATE, &attr);
}
static inline int map_read(int fd, uint32_t key, void* value) {
  union bpf_attr attr;
  memset(&attr, 0, sizeof(attr));
  attr.map_fd = (uint32_t)fd;
  attr.key = (uint64_t)&key;
  attr.value = (uint64_t)value;
  return (int)sys_bpf(BPF_MAP_LOOKUP_ELEM, &attr);
}
static inline int map_write(int fd, uint32_t key, const void* value) {
  union bpf_attr attr;
  memset(&attr, 0, sizeof(attr));
  attr.map_fd = (uint32_t)fd;
  attr.key = (uint64_t)&key;
  attr.value = (uint64_t)value;
  return (int)sys_bpf(BPF_MAP_UPDATE_ELEM, &attr);
}

/* A program that adds 1 to element 0 of an array of 8-byte values. */
static inline int load_counter(int map) {
  const struct bpf_insn insns[] = {
      STORE_IMM32(10, -4, 0),
      LOAD_MAP(1, map),
      MOV(2, 10),
      ADD_IMM(2, -4),
      CALL(BPF_FUNC_map_lookup_elem),
      JUMP_EQ_IMM(0, 0, 2),
      MOV_IMM(1, 1),
      ATOMIC_ADD64(0, 0, 1),
      MOV_IMM(0, 1),
      EXIT(),
  };
  return load_program(BPF_PROG_TYPE_KPROBE, insns, sizeof(insns) / sizeof(insns[0]));
}
static inline uint64_t counter_value(int map) {
  uint64_t value = 0;
  return map_read(map, 0, &value) == 0 ? value : ~0ull;
}

static inline int set_program(int event, int program) { return ioctl(event, PERF_EVENT_IOC_SET_BPF, program); }

static inline int create_link(int event, int program) {
  union bpf_attr attr;
  memset(&attr, 0, sizeof(attr));
  attr.link_create.prog_fd = (uint32_t)program;
  attr.link_create.target_fd = (uint32_t)event;
  attr.link_create.attach_type = BPF_PERF_EVENT;
  return (int)sys_bpf(BPF_LINK_CREATE, &attr);
}

/* ---- Kernel text ------------------------------------------------------------------------------------------------- */

#define TEXT_BYTES 64
struct text_request {
  uint64_t address;
  uint8_t bytes[TEXT_BYTES];
};

/* Reads kernel text with a program on sys_getpgid: returns 0 on success. */
static inline int read_kernel_text(uint64_t address, uint8_t bytes[TEXT_BYTES]) {
  static int map = -1, event = -1;
  struct text_request request = {.address = address};
  if (map < 0) {
    map = create_map(BPF_MAP_TYPE_ARRAY, sizeof(struct text_request), 1);
    const struct bpf_insn insns[] = {
        STORE_IMM32(10, -4, 0),
        LOAD_MAP(1, map),
        MOV(2, 10),
        ADD_IMM(2, -4),
        CALL(BPF_FUNC_map_lookup_elem),
        JUMP_EQ_IMM(0, 0, 5),
        LOAD64(3, 0, 0),
        MOV(1, 0),
        ADD_IMM(1, 8),
        MOV_IMM(2, TEXT_BYTES),
        CALL(BPF_FUNC_probe_read_kernel),
        MOV_IMM(0, 1),
        EXIT(),
    };
    const int program = load_program(BPF_PROG_TYPE_KPROBE, insns, sizeof(insns) / sizeof(insns[0]));
    event = open_kprobe("sys_getpgid", 0);
    if (map < 0 || program < 0 || event < 0 || set_program(event, program) != 0) return -1;
    close(program);
  }
  if (map_write(map, 0, &request) != 0) return -1;
  syscall(SYS_getpgid, 0);
  if (map_read(map, 0, &request) != 0) return -1;
  memcpy(bytes, request.bytes, TEXT_BYTES);
  return 0;
}

struct symbol {
  uint64_t address;
  uint64_t size; /* up to the next symbol of any type */
  char type;
  char name[160];
};
static struct symbol* symbols;
static int symbol_count;

static inline int is_function(const struct symbol* s) { return s->type == 't' || s->type == 'T'; }

static inline int load_symbols(void) {
  FILE* file = fopen("/proc/kallsyms", "r");
  char line[512];
  int room = 0;
  if (!file) return 0;
  while (fgets(line, sizeof(line), file)) {
    struct symbol s;
    char* rest;
    memset(&s, 0, sizeof(s));
    /* "ffffffff80200000 T name" */
    s.address = strtoull(line, &rest, 16);
    if (rest == line || rest[0] != ' ' || rest[1] == 0 || rest[2] != ' ') continue;
    s.type = rest[1];
    snprintf(s.name, sizeof(s.name), "%.*s", (int)strcspn(rest + 3, " \t\n"), rest + 3);
    if (symbol_count == room) {
      room = room ? room * 2 : 4096;
      symbols = realloc(symbols, (size_t)room * sizeof(*symbols));
      if (!symbols) return 0;
    }
    symbols[symbol_count++] = s;
  }
  fclose(file);
  for (int i = 0; i < symbol_count; i++) {
    int next = i + 1;
    while (next < symbol_count && symbols[next].address == symbols[i].address) next++;
    symbols[i].size = next < symbol_count ? symbols[next].address - symbols[i].address : 0;
  }
  return symbol_count;
}
static inline const struct symbol* find_symbol(const char* name) {
  for (int i = 0; i < symbol_count; i++) {
    if (strcmp(symbols[i].name, name) == 0) return &symbols[i];
  }
  return NULL;
}
/* Armed probes, as /sys/kernel/debug/kprobes/list has them. */
static inline int armed_probes(void) {
  FILE* file = fopen("/sys/kernel/debug/kprobes/list", "r");
  char line[512];
  int n = 0;
  if (!file) return -1;
  while (fgets(line, sizeof(line), file)) n++;
  fclose(file);
  return n;
}

#endif
