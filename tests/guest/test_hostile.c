// What an unprivileged program could once do to the kernel or to other programs: each case is a bug that was there.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "tap.h"

// Waits at most `ms`; the wait status, -1 when the child has not ended by then.
static int wait_at_most(pid_t pid, int ms) {
  int status;
  for (int waited = 0; waited <= ms; waited += 20) {
    if (waitpid(pid, &status, WNOHANG) == pid) return status;
    usleep(20000);
  }
  return -1;
}

static uintptr_t trampoline_address(void) {
  FILE* maps = fopen("/proc/self/maps", "r");
  char line[256];
  uintptr_t found = 0;
  while (maps && fgets(line, sizeof(line), maps)) {
    if (strstr(line, "[trampoline]")) found = strtoul(line, NULL, 16);
  }
  if (maps) fclose(maps);
  return found;
}

static long clone_writing_tid_to(uintptr_t address) {
  const unsigned long kChildSetTid = 0x1000000;
  return syscall(SYS_clone, SIGCHLD | kChildSetTid, 0, 0, 0, address);
}

// The page of the return from signal handlers is one for all processes. clone() wrote the child's id wherever it was
// told to, whatever the protection.
static void test_clone_writes_where_the_child_may(uintptr_t trampoline) {
  unsigned char before[16];
  check(trampoline != 0, "the trampoline is in /proc/self/maps");
  memcpy(before, (void*)trampoline, sizeof(before));
  long pid = clone_writing_tid_to(trampoline);
  if (pid == 0) _exit(0);
  waitpid((pid_t)pid, NULL, 0);
  check(memcmp(before, (void*)trampoline, sizeof(before)) == 0,
        "clone(CLONE_CHILD_SETTID) leaves the trampoline alone");

  volatile int* page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  pid = clone_writing_tid_to((uintptr_t)page);
  if (pid == 0) _exit(*page != 0);
  check_equal(wait_at_most((pid_t)pid, 5000), 0, "and what the child may only read");
  mprotect((void*)page, 4096, PROT_READ | PROT_WRITE);
  pid = clone_writing_tid_to((uintptr_t)page);
  if (pid == 0) _exit(*page != getpid());
  check_equal(wait_at_most((pid_t)pid, 5000), 0, "but writes where it may write");
  munmap((void*)page, 4096);
}

// A file of /proc/PID/fdinfo that describes itself: its text needs its own position.
static void test_fdinfo_of_itself(void) {
  const pid_t pid = fork();
  if (pid == 0) {
    char text[64];
    const int fd = open("/dev/null", O_RDONLY);
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
    const int info = open(path, O_RDONLY);
    dup2(info, fd);
    _exit(read(info, text, sizeof(text)) > 0 ? 0 : 1);
  }
  check_equal(wait_at_most(pid, 5000), 0, "a descriptor's fdinfo can be read through that descriptor");
}

// An executable with a segment where the trampoline goes: the page under it was lost, and stayed lost.
struct elf_header {
  unsigned char ident[16];
  uint16_t type, machine;
  uint32_t version;
  uint64_t entry, phoff, shoff;
  uint32_t flags;
  uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
struct program_header {
  uint32_t type, flags;
  uint64_t offset, vaddr, paddr, filesz, memsz, align;
};
static const char* const hostile_program = "/tmp/hostile_program";
static uintptr_t trampoline;

static void write_hostile_program(void) {
  const uint64_t kBase = 0x2aaaaaa000;  // where the kernel puts position-independent programs
  static unsigned char image[2 * 4096];
  struct elf_header header = {.ident = "\177ELF\2\1\1",
                              .type = 3,       // ET_DYN
                              .machine = 243,  // EM_RISCV
                              .version = 1,
                              .phoff = sizeof(header),
                              .ehsize = sizeof(header),
                              .phentsize = sizeof(struct program_header),
                              .phnum = 1};
  const struct program_header segment = {.type = 1,       // PT_LOAD
                                         .flags = 4 | 2,  // readable, writable
                                         .vaddr = trampoline - kBase,
                                         .filesz = sizeof(image),
                                         .memsz = sizeof(image),
                                         .align = 4096};
  memcpy(image, &header, sizeof(header));
  memcpy(image + sizeof(header), &segment, sizeof(segment));
  const int fd = open(hostile_program, O_CREAT | O_TRUNC | O_WRONLY, 0755);
  check(write(fd, image, sizeof(image)) == sizeof(image), "a program for the trampoline's place is written");
  close(fd);
}

static int run_hostile_program(void) {
  const pid_t pid = fork();
  if (pid == 0) {
    char* argv[] = {(char*)hostile_program, NULL};
    execve(hostile_program, argv, argv + 1);
    _exit(errno == ENOEXEC ? 0 : 1);
  }
  return wait_at_most(pid, 5000);
}

static void run_often(void) {
  for (int i = 0; i < 32; i++) run_hostile_program();
}

static void test_program_over_the_trampoline(void) {
  write_hostile_program();
  check_equal(run_hostile_program(), 0, "it is ENOEXEC");
  check_no_leak("running it 32 times", run_often, 5);
  unlink(hostile_program);
}

// Children that nobody waits for keep their ids. With all 32768 of them in use the kernel looked for a free one for
// ever, its lock held.
static void test_zombies_are_bounded(void) {
  enum { kTooMany = 2500 };
  int children = 0;
  pid_t pid = 0;
  while (children < kTooMany && (pid = fork()) > 0) children++;
  if (pid == 0) _exit(0);
  check(pid == -1 && errno == EAGAIN, "fork is EAGAIN after %d children that nobody waited for", children);
  int reaped = 0;
  while (wait(NULL) > 0) reaped++;
  check_equal(reaped, children, "all of them can still be waited for");
  pid = fork();
  if (pid == 0) _exit(7);
  int status = -1;
  check(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 7, "and fork works again");
}

// Files of one byte behind a hole of 1 GiB: their lists of pages, 2 MiB each, did not count against the memory that
// files may take.
static void test_files_of_holes(void) {
  enum { kTooMany = 250 };
  const long total = meminfo_kb("MemTotal"), before = meminfo_kb("MemFree");
  char path[64];
  int made = 0, error = 0;
  for (; made < kTooMany && error == 0; made++) {
    snprintf(path, sizeof(path), "/tmp/hole%d", made);
    const int fd = open(path, O_CREAT | O_WRONLY, 0600);
    if (fd < 0 || pwrite(fd, "x", 1, (1L << 30) - 1) != 1) error = errno;
    close(fd);
  }
  check_equal(error, ENOSPC, "files of holes end with ENOSPC");
  const long left = meminfo_kb("MemFree");
  if (!check(left > total / 4, "while memory is left for programs")) printf("# %ld of %ld kB\n", left, total);
  for (int i = 0; i < made; i++) {
    snprintf(path, sizeof(path), "/tmp/hole%d", i);
    unlink(path);
  }
  check_equal(meminfo_kb("MemFree") / 1024, before / 1024, "and all of it comes back");
}

int main(void) {
  if (setgid(1000) != 0 || setuid(1000) != 0) return 1;
  trampoline = trampoline_address();
  test_clone_writes_where_the_child_may(trampoline);
  test_fdinfo_of_itself();
  test_program_over_the_trampoline();
  test_zombies_are_bounded();
  test_files_of_holes();
  return done();
}
