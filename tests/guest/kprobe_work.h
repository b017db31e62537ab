/* A workload that touches much of the kernel and knows what must come out, for the kprobe sweep and stress tests. */
#ifndef SKEP_TESTS_KPROBE_WORK_H
#define SKEP_TESTS_KPROBE_WORK_H

#include <sched.h>
#include <sys/utsname.h>
#include <time.h>

#include "kprobe_util.h"

/* Returns NULL, or what went wrong. */
static inline const char* small_work(void) {
  static pid_t parent;
  if (parent == 0) parent = getppid();
  if (getppid() != parent) return "getppid";
  struct utsname name;
  if (uname(&name) != 0 || strcmp(name.machine, "riscv64") != 0) return "uname";
  int ends[2];
  char out[300], in[300];
  for (size_t i = 0; i < sizeof(out); i++) out[i] = (char)(i * 7);
  if (pipe(ends) != 0) return "pipe";
  const int moved = write(ends[1], out, sizeof(out)) == sizeof(out) && read(ends[0], in, sizeof(in)) == sizeof(in) &&
                    memcmp(in, out, sizeof(in)) == 0;
  close(ends[0]);
  close(ends[1]);
  if (!moved) return "write and read";
  const size_t bytes = 3 * 4096;
  volatile char* memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return "mmap";
  int sum = 0;
  for (size_t i = 0; i < bytes; i += 4096) {
    sum += memory[i];
    memory[i] = 1;
  }
  if (sum != 0 || munmap((void*)memory, bytes) != 0) return "fresh memory";
  struct timespec a, b;
  clock_gettime(CLOCK_MONOTONIC, &a);
  sched_yield();
  clock_gettime(CLOCK_MONOTONIC, &b);
  if (b.tv_sec < a.tv_sec || (b.tv_sec == a.tv_sec && b.tv_nsec < a.tv_nsec)) return "clock";
  if (syscall(SYS_read, 999, in, 1) != -1 || errno != EBADF) return "an error number";
  if (write(1, (void*)8, 1) != -1 || errno != EFAULT) return "a bad pointer";
  return NULL;
}

/* As small_work(), and a child that does the same and ends with a status. */
static inline const char* large_work(void) {
  const char* wrong = small_work();
  if (wrong) return wrong;
  const pid_t child = fork();
  if (child < 0) return "fork";
  if (child == 0) _exit(42);
  int status = 0;
  if (waitpid(child, &status, 0) != child) return "waitpid";
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 42) return "the child's status";
  const int fd = open("/proc/meminfo", O_RDONLY);
  char text[64];
  if (fd < 0 || read(fd, text, sizeof(text)) <= 0) return "/proc/meminfo";
  close(fd);
  return NULL;
}

#endif
