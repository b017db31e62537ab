/* bpf(2) called with every command number from 0 to 60, attribute sizes from 0 to a page, and pointers that lead
 * nowhere, as root and as uid 1000: each call has the errno that Linux gives, and none leaves anything behind.
 * usage: test_bpf_hostile [STEP]   sizes beyond the usual ones in steps of STEP bytes (default 61; 1 for every size) */
#include <linux/bpf.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "bpf_tap.h"

#define COMMANDS 60
#define PAGE 4096
#define KERNEL_POINTER 0xffffffff80200000ULL
#define NOWHERES (sizeof(nowhere) / sizeof(*nowhere))

/* Null, kernel text, a page that is not mapped: with every size. Then nearly null, the end of user space, the last
 * bytes of all: with the sizes that attributes have. */
static const uint64_t nowhere[] = {0, KERNEL_POINTER, 0x1000000000ULL, 8, 0x3ffffffff000ULL, ~0ULL - 8};
#define WITH_EVERY_SIZE 3
#define USUAL_SIZE 160

static long sys_bpf(int command, uint64_t attr, unsigned size) {
  long r = syscall(__NR_bpf, command, attr, size);

  return r < 0 ? -errno : r;
}

#define PTR(p) ((uint64_t)(uintptr_t)(p))

static int mistakes;
static unsigned step = 61;

static unsigned next_size(unsigned size) {
  if (size < USUAL_SIZE) return size + 1;
  return size < PAGE && size + step > PAGE ? PAGE : size + step;
}

/* The call with attributes that cannot be read. With size 0 there is nothing to read: Linux then sees all zeroes. */
static void expect(int command, uint64_t attr, unsigned size, long wanted) {
  long r = sys_bpf(command, attr, size);

  if (size == 0 && r < 0) return;
  if (r == wanted) return;
  if (mistakes++ < 10) {
    printf("# command %d, attributes at %#llx, size %u: %ld, not %ld\n", command, (unsigned long long)attr, size, r,
           wanted);
  }
}

/* Every command with every size, at each pointer that leads nowhere. */
static int unreadable_attributes(void) {
  int command;
  unsigned size;
  size_t i;

  for (command = 0; command <= COMMANDS; command++) {
    for (size = 0; size <= PAGE + step; size = next_size(size)) {
      const size_t pointers = size <= USUAL_SIZE ? NOWHERES : WITH_EVERY_SIZE;

      for (i = 0; i < pointers; i++) expect(command, nowhere[i], size, size > PAGE ? -E2BIG : -EFAULT);
    }
  }
  return mistakes;
}

/* Attributes that end right before memory that is not there; 0 or NULL. */
static unsigned char *last_page(void) {
  unsigned char *page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  if (page == MAP_FAILED || munmap(page + PAGE, PAGE) != 0) return NULL;
  return page;
}

/* Every command with every size of attributes that can be read and mean nothing. */
static int meaningless_attributes(void) {
  static const unsigned char fills[] = {0, 1, 3, 0x7f, 0xff};
  unsigned char *page = last_page();
  int command;
  unsigned size;
  size_t i;

  if (!page) return 99;
  for (i = 0; i < sizeof(fills); i++) {
    for (command = 0; command <= COMMANDS; command++) {
      memset(page, fills[i], PAGE); /* again for each command: some write their answer there */
      for (size = 0; size <= PAGE; size = next_size(size)) {
        long r = sys_bpf(command, PTR(page + PAGE - size), size);

        /* Past the end of what the kernel knows, only zeroes may follow. */
        if (size > 256 && fills[i] != 0 && r != -E2BIG && r != -EINVAL) mistakes++;
        if (r > 2) close(r);
      }
    }
  }
  return mistakes;
}

/* Attributes of the right size, whose every pointer and number leads nowhere; their first field is a map's fd. */
static int wild_fields(void) {
  unsigned char *page = last_page();
  union bpf_attr a;
  int command, map;
  size_t i, at;

  memset(&a, 0, sizeof(a));
  a.map_type = BPF_MAP_TYPE_HASH;
  a.key_size = 4;
  a.value_size = 8;
  a.max_entries = 2;
  map = sys_bpf(BPF_MAP_CREATE, PTR(&a), sizeof(a));
  if (map < 0 || !page) return 99;
  for (command = 0; command <= COMMANDS; command++) {
    for (i = 0; i < NOWHERES; i++) {
      for (at = 8; at < sizeof(a); at += 8) {
        long r;

        /* One field at a time, then all that follow. */
        memset(page, 0, PAGE);
        memcpy(page, &map, sizeof(map));
        memcpy(page + at, &nowhere[i], 8);
        r = sys_bpf(command, PTR(page), sizeof(a));
        if (r > 2) close(r);
        for (size_t rest = at; rest < sizeof(a); rest += 8) memcpy(page + rest, &nowhere[i], 8);
        r = sys_bpf(command, PTR(page), sizeof(a));
        if (r > 2) close(r);
      }
    }
  }
  return sys_bpf(1000, PTR(page), 8) == -EINVAL ? 0 : 1;
}

/* The same calls by somebody else: EPERM, whatever the arguments. */
static int not_root(void) {
  unsigned char *page = last_page();
  int command;
  unsigned size;
  size_t i;

  if (!page || setuid(1000) != 0) return 99;
  for (command = 0; command <= COMMANDS; command++) {
    for (size = 0; size <= PAGE; size = next_size(size)) {
      for (i = 0; i < NOWHERES; i++) mistakes += sys_bpf(command, nowhere[i], size) != -EPERM;
      mistakes += sys_bpf(command, PTR(page + PAGE - size), size) != -EPERM;
    }
  }
  return mistakes;
}

static void test(int (*work)(void), const struct traces *before, const char *what) {
  ok_equal(in_child(work), 0, what);
  ok_nothing_left(before, what);
}

int main(int argc, char **argv) {
  struct traces before;

  if (argc > 1) step = (unsigned)atoi(argv[1]);
  if (step == 0) step = 1;
  printf("# %d commands, sizes 0 to %d\n", COMMANDS + 1, PAGE);
  in_child(wild_fields); /* what is set up on first use is no leak, nor is our own output buffer */
  sleep_ms(300);
  before = look();
  test(unreadable_attributes, &before, "attributes at null, kernel and unmapped addresses, of all sizes");
  test(meaningless_attributes, &before, "attributes without a meaning, of all sizes");
  test(wild_fields, &before, "attributes whose fields lead nowhere");
  test(not_root, &before, "uid 1000 gets EPERM for every command, size and pointer");
  return tap_end();
}
