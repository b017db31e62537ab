/* User memory: mappings, protection, the break, copy-on-write, and addresses that a system call must refuse. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "tap.h"

#define PAGE 4096UL

static void *map(size_t bytes, int prot, int flags) { return mmap(NULL, bytes, prot, flags | MAP_ANONYMOUS, -1, 0); }

/* Whether touching the byte ends a process; `write` tells how it is touched. */
static int faults(volatile char *at, int write) {
  pid_t pid = fork();
  int status;

  if (pid == 0) {
    if (write) {
      *at = 1;
    } else {
      (void)*at;
    }
    _exit(0);
  }
  waitpid(pid, &status, 0);
  return WIFSIGNALED(status);
}

static void test_mapping(void) {
  char *m = map(16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);
  int zero = 1;

  for (size_t i = 0; i < 16 * PAGE; i++) zero &= m[i] == 0;
  check(m != MAP_FAILED && zero, "anonymous memory reads as zero");
  memset(m, 7, 16 * PAGE);
  check_equal(munmap(m + 4 * PAGE, PAGE), 0, "a page in the middle can be unmapped");
  check(faults(m + 4 * PAGE, 0), "and is gone");
  check(!faults(m + 3 * PAGE, 1) && !faults(m + 5 * PAGE, 1), "while its neighbours stay");
  check_equal(mprotect(m, PAGE, PROT_READ), 0, "a page can be made read-only");
  check(faults(m, 1) && !faults(m, 0) && m[0] == 7, "it can be read but not written");
  check_equal(mprotect(m, PAGE, PROT_NONE), 0, "or inaccessible");
  check(faults(m, 0), "it cannot be read");
  mprotect(m, PAGE, PROT_READ | PROT_WRITE);
  check(m[0] == 7 && !faults(m, 1), "its content comes back with its rights");
  errno = 0;
  check(mprotect(m, 16 * PAGE, PROT_READ) == -1 && errno == ENOMEM, "protecting across a hole is ENOMEM");
  check(mmap(m + 4 * PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == m + 4 * PAGE,
        "MAP_FIXED fills the hole");
  errno = 0;
  check(mmap(m, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | 0x100000, -1, 0) == MAP_FAILED && errno == EEXIST,
        "MAP_FIXED_NOREPLACE refuses what is taken");
  check_equal(munmap(m, 16 * PAGE), 0, "everything can be unmapped at once");
}

static void test_refusals(void) {
  const struct {
    unsigned long address, bytes;
    int prot, flags, error;
    const char *what;
  } cases[] = {
      {0, 0, 3, MAP_PRIVATE | MAP_ANONYMOUS, EINVAL, "no length"},
      {0, PAGE, 3, MAP_ANONYMOUS, EINVAL, "neither shared nor private"},
      {0, PAGE, 64, MAP_PRIVATE | MAP_ANONYMOUS, EINVAL, "unknown protection"},
      {0, 1UL << 62, 3, MAP_PRIVATE | MAP_ANONYMOUS, ENOMEM, "more than there are addresses"},
      {0, ~0UL, 3, MAP_PRIVATE | MAP_ANONYMOUS, ENOMEM, "the longest length"},
      {1, PAGE, 3, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, EINVAL, "a fixed address off a page"},
      {0, PAGE, 3, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, ENOMEM, "address 0"},
      {0xffffffc080000000UL, PAGE, 3, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, ENOMEM, "a kernel address"},
      {0x4000000000UL - PAGE, 2 * PAGE, 3, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, ENOMEM,
       "across the end of user space"},
      {0, PAGE, 3, MAP_PRIVATE, EBADF, "a file that is not open"},
  };

  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    errno = 0;
    syscall(SYS_mmap, cases[i].address, cases[i].bytes, cases[i].prot, cases[i].flags, -1, 0);
    if (!check_equal(errno, cases[i].error, cases[i].what)) printf("# case %zu\n", i);
  }
  errno = 0;
  check(munmap((void *)1, PAGE) == -1 && errno == EINVAL, "unmapping off a page is EINVAL");
  errno = 0;
  check(munmap((void *)0xffffffc080000000UL, PAGE) == -1 && errno == EINVAL, "unmapping kernel memory is EINVAL");
  errno = 0;
  check(mprotect((void *)0x3fffffe000UL, PAGE, PROT_READ | PROT_WRITE) == -1,
        "the signal trampoline cannot be made writable");
}

static void test_break(void) {
  char *start = (char *)syscall(SYS_brk, 0), *grown;

  grown = (char *)syscall(SYS_brk, start + 10 * PAGE);
  check(grown == start + 10 * PAGE, "the break grows");
  memset(start, 1, 10 * PAGE);
  check((char *)syscall(SYS_brk, start) == start, "and shrinks");
  check((char *)syscall(SYS_brk, 0xffffffff00000000UL) == start, "a kernel address leaves it alone");
  check((char *)syscall(SYS_brk, 1) == start, "and so does one below the program");
}

static void test_copy_on_write(void) {
  char *private = map(64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);
  char *shared = map(PAGE, PROT_READ | PROT_WRITE, MAP_SHARED);
  long before, after;
  int i, status;

  memset(private, 1, 64 * PAGE);
  faults(private, 0); /* the first fork and the first look make room that stays */
  meminfo_kb("MemUnused");
  before = meminfo_kb("MemUnused");
  for (i = 0; i < 10; i++) {
    pid_t pid = fork();

    if (pid == 0) {
      int bad = 0;

      for (int k = 0; k < 64; k++) bad |= private[k * PAGE] != 1;
      memset(private, 2, 32 * PAGE);
      shared[i] = 42;
      _exit(bad);
    }
    private[0] = 1;
    waitpid(pid, &status, 0);
    if (status != 0) break;
  }
  usleep(50000);
  after = meminfo_kb("MemUnused");
  check_equal(i, 10, "children see the parent's memory");
  check(private[0] == 1 && private[31 * PAGE] == 1, "their writes do not reach it");
  check(shared[0] == 42 && shared[9] == 42, "unless it is shared");
  check_equal(after, before, "their copies are freed");
  munmap(private, 64 * PAGE);
  munmap(shared, PAGE);
}

static void test_file_mapping(void) {
  int fd = open("/tmp/mapped", O_RDWR | O_CREAT | O_TRUNC, 0600), ends[2];
  char *m, c = 0;

  write(fd, "hello", 5);
  m = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
  check(m != MAP_FAILED && memcmp(m, "hello\0\0\0", 8) == 0, "a private file mapping holds the file, then zeros");
  errno = 0;
  check(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED && errno == ENODEV,
        "a writable shared file mapping is refused");
  errno = 0;
  check(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 1) == MAP_FAILED && errno == EINVAL,
        "an offset off a page is EINVAL");
  munmap(m, PAGE);
  close(fd);
  unlink("/tmp/mapped");
  pipe(ends);
  write(ends[1], "x", 1);
  errno = 0;
  check(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, ends[0], 0) == MAP_FAILED && errno == ENODEV,
        "a pipe cannot be mapped");
  check(read(ends[0], &c, 1) == 1 && c == 'x', "and keeps what is in it");
  close(ends[0]);
  close(ends[1]);
}

/* System calls with pointers to everywhere: each must answer EFAULT, and the kernel must survive. */
static void test_bad_pointers(void) {
  static const unsigned long addresses[] = {
      0,
      8,
      PAGE - 1,
      0x3ffffff000UL,
      0x3fffffffffUL,
      0x4000000000UL,
      0x8000000000000000UL,
      0xffffffc080200000UL,
      0xffffffd010000000UL,
      0xffffffff80200000UL,
      0xffffffffffffffffUL,
      0xfffffffffffffff8UL,
  };
  int bad = 0, fd = open("/dev/zero", O_RDONLY);

  for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
    unsigned long a = addresses[i];

    bad += syscall(SYS_read, fd, a, 64) != -1 || errno != EFAULT;
    bad += syscall(SYS_openat, AT_FDCWD, a, 0) != -1 || errno != EFAULT;
    bad += syscall(SYS_clock_gettime, 0, a) != -1 || errno != EFAULT;
    bad += syscall(SYS_uname, a) != -1 || errno != EFAULT;
    bad += syscall(SYS_pipe2, a, 0) != -1 || errno != EFAULT;
    bad += syscall(SYS_execve, a, 0, 0) != -1 || errno != EFAULT;
    bad += syscall(SYS_nanosleep, a, 0) != -1 || errno != EFAULT;
    bad += syscall(SYS_getrandom, a, 64, 0) != -1 || errno != EFAULT;
    if (a != 0) bad += syscall(SYS_rt_sigaction, SIGUSR1, a, 0, 8) != -1 || errno != EFAULT;
  }
  check_equal(bad, 0, "bad pointers are EFAULT everywhere");
  {
    char *m = map(2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);

    munmap(m + PAGE, PAGE);
    errno = 0;
    check(syscall(SYS_getrandom, m + PAGE - 8, 16, 0) <= 8, "a buffer that runs out of its mapping is not overrun");
    memset(m, 'a', PAGE);
    errno = 0;
    check(open(m + PAGE - 100, O_RDONLY) == -1 && errno == EFAULT, "a string that runs out of its mapping is EFAULT");
    memcpy(m + PAGE - 5, "/etc", 5);
    close(fd);
    fd = open(m + PAGE - 5, O_RDONLY);
    check(fd >= 0, "one that ends in its last byte is not");
    close(fd);
    mprotect(m, PAGE, PROT_READ);
    errno = 0;
    check(syscall(SYS_uname, m) == -1 && errno == EFAULT, "the kernel does not write where the program may not");
    munmap(m, PAGE);
  }
}

static void test_exhaustion(void) {
  long before = meminfo_kb("MemUnused");
  int status;
  pid_t pid = fork();

  if (pid == 0) {
    for (;;) {
      char *m = map(8 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE);

      if (m == MAP_FAILED) _exit(0);
      for (size_t i = 0; i < 8 << 20; i += PAGE) m[i] = 1;
    }
  }
  waitpid(pid, &status, 0);
  usleep(50000);
  check(WIFSIGNALED(status) || WIFEXITED(status), "a program that takes all memory is ended");
  check_equal(meminfo_kb("MemUnused"), before, "and gives it back");
}

int main(void) {
  test_mapping();
  test_refusals();
  test_break();
  test_copy_on_write();
  test_file_mapping();
  test_bad_pointers();
  test_exhaustion();
  return done();
}
