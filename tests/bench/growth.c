/* growth: what BPF_PROG_LOAD costs against the size of the program, in guest instructions (one hart, -icount shift=0).
 *
 * Each family of programs comes in sizes that double. A line per program as linux-bench prints it,
 *   R|growth|FAMILY.SIZE|cost|cost|insns=N|ratio=R
 * where R is what twice the instructions cost against the size before, and TAP behind: families that are to be linear
 * fail when that is more than 2.4 times as much. Arguments: a largest size (default 1000000), families to leave out the
 * others.
 *
 * - straight64: arithmetic in 64 bits on numbers that nothing is known of
 * - straight32: the same in 32 bits
 * - diamonds: branches in a row, each of which joins at once
 * - bits: blocks of 16 diamonds that each set a bit of one register, which is then looked at bit by bit
 * - spills: a register stored to and loaded from one of 60 stack slots, in turn
 * - nested: loops of 4 turns inside of each other (size: how many)
 */
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LARGEST 1000000u
#define MOST_PER_DOUBLING 2.4

static struct bpf_insn *code;
static unsigned length;
static int count, failures;

static void put(uint8_t opcode, uint8_t dst, uint8_t src, int16_t off, int32_t imm) {
  struct bpf_insn insn = {.code = opcode, .dst_reg = dst, .src_reg = src, .off = off, .imm = imm};

  code[length++] = insn;
}

/* r2 and r3: numbers of the context that may be anything, in 32 bits. */
static void begin(void) {
  length = 0;
  put(BPF_LDX | BPF_MEM | BPF_W, 2, 1, 0, 0);
  put(BPF_LDX | BPF_MEM | BPF_W, 3, 1, 8, 0);
  put(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0);
  put(BPF_ALU64 | BPF_MOV | BPF_X, 4, 2, 0, 0);
  put(BPF_ALU64 | BPF_MOV | BPF_X, 5, 3, 0, 0);
}

static void end(void) {
  put(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0);
  put(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

static void straight(unsigned size, uint8_t class) {
  begin();
  while (length + 2 < size) {
    switch (length % 8) {
      case 0:
        put(class | BPF_ADD | BPF_X, 4, 2, 0, 0);
        break;
      case 1:
        put(class | BPF_XOR | BPF_X, 5, 4, 0, 0);
        break;
      case 2:
        put(class | BPF_LSH | BPF_K, 4, 0, 0, 3);
        break;
      case 3:
        put(class | BPF_MOV | BPF_X, 0, 5, 0, 0);
        break;
      case 4:
        put(class | BPF_AND | BPF_K, 0, 0, 0, 0xff);
        break;
      case 5:
        put(class | BPF_ADD | BPF_K, 4, 0, 0, 12345);
        break;
      case 6:
        put(class | BPF_RSH | BPF_K, 5, 0, 0, 7);
        break;
      default:
        put(class | BPF_OR | BPF_X, 5, 0, 0, 0);
        break;
    }
  }
  end();
}

static void straight64(unsigned size) { straight(size, BPF_ALU64); }
static void straight32(unsigned size) { straight(size, BPF_ALU); }

static void diamonds(unsigned size) {
  begin();
  while (length + 4 <= size) {
    put(BPF_JMP32 | BPF_JGT | BPF_K, 2, 0, 1, (int32_t)(length * 2654435761u >> 1));
    put(BPF_ALU64 | BPF_ADD | BPF_K, 0, 0, 0, (int32_t)length);
  }
  end();
}

static void bits(unsigned size) {
  begin();
  while (length + 2 + 1 + 16 * 4 <= size) {
    put(BPF_ALU64 | BPF_MOV | BPF_K, 4, 0, 0, 0);
    for (int i = 0; i < 16; i++) {
      put(BPF_JMP | BPF_JSET | BPF_K, 2, 0, 1, 1 << i);
      put(BPF_ALU64 | BPF_OR | BPF_K, 4, 0, 0, 1 << i);
    }
    for (int i = 0; i < 16; i++) {
      put(BPF_JMP | BPF_JSET | BPF_K, 4, 0, 1, 1 << i);
      put(BPF_ALU64 | BPF_ADD | BPF_K, 5, 0, 0, i);
    }
  }
  end();
}

static void spills(unsigned size) {
  begin();
  for (int slot = 0; length + 4 <= size; slot = (slot + 1) % 60) {
    put(BPF_STX | BPF_MEM | BPF_DW, 10, 2, (int16_t)(-8 - 8 * slot), 0);
    put(BPF_LDX | BPF_MEM | BPF_DW, 4, 10, (int16_t)(-8 - 8 * slot), 0);
  }
  end();
}

static void nest(int depth) {
  unsigned head;

  if (depth == 0) {
    put(BPF_ALU64 | BPF_ADD | BPF_X, 5, 2, 0, 0);
    return;
  }
  /* The counters live on the stack: there are more loops than registers. */
  put(BPF_ST | BPF_MEM | BPF_DW, 10, 0, (int16_t)(-8 * depth), 0);
  head = length;
  nest(depth - 1);
  put(BPF_LDX | BPF_MEM | BPF_DW, 4, 10, (int16_t)(-8 * depth), 0);
  put(BPF_ALU64 | BPF_ADD | BPF_K, 4, 0, 0, 1);
  put(BPF_STX | BPF_MEM | BPF_DW, 10, 4, (int16_t)(-8 * depth), 0);
  put(BPF_JMP | BPF_JLT | BPF_K, 4, 0, (int16_t)((int)head - (int)length - 1), 4);
}

static void nested(unsigned size) {
  begin();
  nest((int)size);
  end();
}

static uint64_t instructions(void) {
  uint64_t n;

  __asm__ volatile("rdinstret %0" : "=r"(n));
  return n;
}

/* -1 when the program is refused. */
static long load_cost(void) {
  union bpf_attr attr;
  uint64_t before, after;
  long fd;

  memset(&attr, 0, sizeof attr);
  attr.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
  attr.insn_cnt = length;
  attr.insns = (uint64_t)(uintptr_t)code;
  attr.license = (uint64_t)(uintptr_t)"GPL";
  before = instructions();
  fd = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof attr);
  after = instructions();
  if (fd < 0) return -1;
  close((int)fd);
  return (long)(after - before);
}

static const struct family {
  const char *name;
  void (*make)(unsigned size);
  unsigned smallest, largest;
  int is_linear;
} families[] = {
    {"straight64", straight64, 1000, LARGEST, 1}, {"straight32", straight32, 1000, LARGEST, 1},
    {"diamonds", diamonds, 1000, 32000, 1},       {"bits", bits, 500, 16000, 1},
    {"spills", spills, 1000, 128000, 1},          {"nested", nested, 1, 8, 0},
};

static void measure(const struct family *f, unsigned limit) {
  long before = 0;
  unsigned length_before = 0;
  double worst = 0;
  int all_loaded = 1;

  for (unsigned size = f->smallest; size <= f->largest * 21 / 20; size *= 2) { /* 1,024,000 counts as a million */
    unsigned wanted = size < f->largest ? size : f->largest;
    long cost;
    double ratio;

    if (f->is_linear && wanted > limit) break;
    f->make(wanted);
    cost = load_cost();
    if (cost < 0) {
      printf("R|growth|%s.%u|na|na|insns=%u\n", f->name, wanted, length);
      all_loaded = 0;
      break;
    }
    ratio = before ? 2.0 * (double)cost / (double)before * length_before / length : 0;
    if (ratio > worst) worst = ratio;
    printf("R|growth|%s.%u|%ld.0|%ld.0|insns=%u|ratio=%d.%02d\n", f->name, wanted, cost, cost, length, (int)ratio,
           (int)(ratio * 100) % 100);
    fflush(stdout);
    before = cost;
    length_before = length;
  }
  if (!all_loaded || (f->is_linear && worst > MOST_PER_DOUBLING)) {
    failures++;
    printf("not ");
  }
  printf("ok %d - %s: %s, at most %d.%02d times the cost per doubling\n", ++count, f->name,
         all_loaded ? "all sizes load" : "a size was refused", (int)worst, (int)(worst * 100) % 100);
  fflush(stdout);
}

static int is_wanted(const char *name, int argc, char **argv) {
  for (int i = 2; i < argc; i++) {
    if (strcmp(argv[i], name) == 0) return 1;
  }
  return argc <= 2;
}

int main(int argc, char **argv) {
  unsigned limit = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : LARGEST;

  code = malloc((LARGEST + 64) * sizeof *code);
  if (!code) return 1;
  for (unsigned i = 0; i < sizeof families / sizeof families[0]; i++) {
    if (is_wanted(families[i].name, argc, argv)) measure(&families[i], limit);
  }
  printf("1..%d\n", count);
  return failures != 0;
}
