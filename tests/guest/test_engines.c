/* The public bpf_conformance corpus and loads that fault, on both engines inside of the kernel. Needs the test kernel
 * (tests/kernel) and the cases in /tests/engine_cases: the suite "engines" boots both; elsewhere nothing is tested. */
#include <stdint.h>

#include "tap.h"

#define FILE_NAME "/sys/kernel/debug/bpf_engines"
#define CASES "/tests/engine_cases"

static const char *const engines[] = {"interp", "jit", "rv64"};
#define ENGINES (sizeof(engines) / sizeof(engines[0]))

/* Runs one case; `reply` gets what the kernel says of it. */
static void run_case(const char *engine, const char *insns, const char *mem, char *reply, size_t room) {
  char line[4096];
  FILE *f = fopen(FILE_NAME, "w");
  size_t n;

  snprintf(reply, room, "the case cannot be written");
  if (!f) return;
  snprintf(line, sizeof(line), "%s %s %s\n", engine, insns, mem);
  n = fwrite(line, 1, strlen(line), f);
  if (fclose(f) != 0 || n != strlen(line)) return;
  f = fopen(FILE_NAME, "r");
  if (!f) return;
  if (!fgets(reply, (int)room, f)) snprintf(reply, room, "no reply");
  fclose(f);
  reply[strcspn(reply, "\n")] = '\0';
}

static void run_corpus(FILE *cases) {
  char line[4096], reply[64];
  int right[ENGINES] = {0}, total = 0;
  size_t e;

  while (fgets(line, sizeof(line), cases)) {
    char *save, *name = strtok_r(line, " \n", &save), *insns = strtok_r(NULL, " \n", &save);
    char *mem = strtok_r(NULL, " \n", &save), *wanted = strtok_r(NULL, " \n", &save);

    if (!wanted) continue;
    total++;
    for (e = 0; e < ENGINES; e++) {
      run_case(engines[e], insns, mem, reply, sizeof(reply));
      if (strcmp(reply, wanted) == 0) {
        right[e]++;
      } else {
        printf("# %s, %s: %s, expected %s\n", name, engines[e], reply, wanted);
      }
    }
  }
  for (e = 0; e < ENGINES; e++)
    check(right[e] == total && total > 0, "bpf_conformance, %s: %d of %d", engines[e], right[e], total);
}

/* r1 = ADDRESS ll; r0 = 77; r2 = 5; r0 = *(uSIZE *)(r1 + 8); r0 += r2; exit: 5 when the load reads 0. */
static void run_faults(void) {
  static const uint64_t nowhere[] = {
      0, 8, 0x10000, 0x3fffffffff, 0xdead000000000000, 0xffffffc000000000, 0xfffffffffffff000};
  static const unsigned opcodes[] = {0x71, 0x69, 0x61, 0x79, 0x91, 0x89, 0x81};
  char insns[256], reply[64];
  size_t e, a, o, right;

  for (e = 0; e < ENGINES; e++) {
    char engine[32];

    snprintf(engine, sizeof(engine), "%s+faults", engines[e]);
    for (right = a = 0; a < sizeof(nowhere) / sizeof(nowhere[0]); a++) {
      for (o = 0; o < sizeof(opcodes) / sizeof(opcodes[0]); o++) {
        uint32_t low = __builtin_bswap32((uint32_t)nowhere[a]), high = __builtin_bswap32((uint32_t)(nowhere[a] >> 32));

        snprintf(insns, sizeof(insns),
                 "18010000%08x00000000%08xb70000004d000000b702000005000000%"
                 "02x100800000000000f200000000000009500000000000000",
                 low, high, opcodes[o]);
        run_case(engine, insns, "-", reply, sizeof(reply));
        if (strcmp(reply, "0x5") == 0) {
          right++;
        } else {
          printf("# %s, %#lx, opcode %#x: %s\n", engine, (unsigned long)nowhere[a], opcodes[o], reply);
        }
      }
    }
    check(right == a * o, "loads through bad pointers read 0, %s", engines[e]);
  }
}

int main(void) {
  FILE *cases;

  if (access(FILE_NAME, W_OK) != 0) {
    printf("1..0 # SKIP this is not the test kernel; the suite engines boots it\n");
    return 0;
  }
  run_faults();
  cases = fopen(CASES, "r");
  if (cases) {
    run_corpus(cases);
    fclose(cases);
  } else {
    printf("# no %s: the public conformance cases are not here\n", CASES);
  }
  return done();
}
