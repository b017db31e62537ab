/* Damaged objects against the real kernel: cut off at every 64 bytes, and with flipped bits. Each either loads or is
 * refused with an error number and a message; none leaves anything. usage: test_bad_objects [VARIANTS [SEED]] (default
 * 1000 variants) */
#include <sys/wait.h>

#include "bpf_tap.h"

static unsigned char original[64 * 1024], damaged[64 * 1024];
static unsigned long long state;

static unsigned next_random(void) {
  state = state * 6364136223846793005ull + 1442695040888963407ull;
  return (unsigned)(state >> 33);
}

static size_t read_object(const char *path) {
  size_t length = 0;
  ssize_t n;
  int fd = open(path, O_RDONLY);

  if (fd < 0) return 0;
  while ((n = read(fd, original + length, sizeof(original) - length)) > 0) length += (size_t)n;
  close(fd);
  return length;
}

/* 1: loaded, 0: refused as it should be, -1: refused without a reason. */
static int try_object(size_t length) {
  struct bpf_object *object;
  int result;

  forget_messages();
  errno = 0;
  object = bpf_object__open_mem(damaged, length, NULL);
  if (!object) return errno != 0 && messages_length > 0 ? 0 : -1;
  result = bpf_object__load(object);
  bpf_object__close(object);
  if (result == 0) return 1;
  return result < 0 && messages_length > 0 ? 0 : -1;
}

struct tally {
  int loaded, silent;
};

static void count(struct tally *tally, int result) {
  tally->loaded += result == 1;
  tally->silent += result < 0;
}

static struct tally try_truncations(size_t length, int unused) {
  struct tally tally = {0, 0};
  size_t n;

  (void)unused;
  memcpy(damaged, original, length);
  for (n = 64; n < length; n += 64) count(&tally, try_object(n));
  return tally;
}

static struct tally try_flips(size_t length, int variants) {
  struct tally tally = {0, 0};

  while (variants-- > 0) {
    unsigned flips = 1 + next_random() % 8;

    memcpy(damaged, original, length);
    while (flips-- > 0) damaged[next_random() % length] ^= (unsigned char)(1u << next_random() % 8);
    count(&tally, try_object(length));
  }
  return tally;
}

/* Runs a part in a process of its own, so that what the heap of this one keeps is not taken for a leak. */
static struct tally tally_in_child(struct tally (*part)(size_t, int), size_t length, int variants) {
  struct tally tally = {-1, -1};
  int ends[2];
  pid_t child;

  if (pipe(ends) < 0) return tally;
  child = fork();
  if (child == 0) {
    tally = part(length, variants);
    _exit(write(ends[1], &tally, sizeof(tally)) == sizeof(tally) ? 0 : 1);
  }
  close(ends[1]);
  if (read(ends[0], &tally, sizeof(tally)) != sizeof(tally)) tally.loaded = tally.silent = -1;
  close(ends[0]);
  waitpid(child, NULL, 0);
  /* Where this one's random numbers go on does not depend on the child's. */
  next_random();
  return tally;
}

static void test_object(const char *path, int variants) {
  size_t length = read_object(path);
  struct traces before;
  struct tally tally;

  if (!ok(length > 0 && length < sizeof(original), "%s can be read", path)) return;
  memcpy(damaged, original, length);
  ok_equal(try_object(length), 1, "the whole object loads");
  tally_in_child(try_truncations, length, 0); /* what the kernel's own caches take at first use is no leak */
  tally_in_child(try_flips, length, variants < 50 ? variants : 50);
  sleep_ms(300);
  before = look();
  tally = tally_in_child(try_truncations, length, 0);
  ok_equal(tally.loaded, 0, "cut off: none loads");
  ok_equal(tally.silent, 0, "cut off: each refusal has an error and a message");
  ok_nothing_left(&before, "cut off");
  tally = tally_in_child(try_flips, length, variants);
  printf("# %d of %d variants loaded\n", tally.loaded, variants);
  ok_equal(tally.silent, 0, "flipped bits: each refusal has an error and a message");
  ok_nothing_left(&before, "flipped bits");
}

int main(int argc, char **argv) {
  const int variants = argc > 1 ? atoi(argv[1]) : 1000;

  state = argc > 2 ? strtoull(argv[2], NULL, 10) : 20221122;
  libbpf_set_print(keep_message);
  test_object("/lib/bpf/lathist.bpf.o", variants / 2);
  test_object("/tests/bpf/globals.bpf.o", variants / 4);
  test_object("/tests/bpf/subprog.bpf.o", variants - variants / 2 - variants / 4);
  return tap_end();
}
