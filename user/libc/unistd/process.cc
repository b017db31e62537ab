// Processes, users, memory mappings and the machine.
#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "../internal/syscall.h"

using libc::call;

#define INT_CALL(...) static_cast<int>(call(__VA_ARGS__))
#define ID_CALL(...) static_cast<unsigned>(libc::sys(__VA_ARGS__))

extern "C" {

long syscall(long number, ...) {
  va_list args;
  va_start(args, number);
  long a[6];
  for (long& v : a) v = va_arg(args, long);
  va_end(args);
  return call(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

pid_t getpid() { return INT_CALL(__NR_getpid); }
pid_t getppid() { return INT_CALL(__NR_getppid); }
pid_t gettid() { return INT_CALL(__NR_gettid); }
pid_t getpgid(pid_t pid) { return INT_CALL(__NR_getpgid, pid); }
pid_t getpgrp() { return getpgid(0); }
int setpgid(pid_t pid, pid_t group) { return INT_CALL(__NR_setpgid, pid, group); }
int setpgrp() { return setpgid(0, 0); }
pid_t getsid(pid_t pid) { return INT_CALL(__NR_getsid, pid); }
pid_t setsid() { return INT_CALL(__NR_setsid); }

uid_t getuid() { return ID_CALL(__NR_getuid); }
uid_t geteuid() { return ID_CALL(__NR_geteuid); }
gid_t getgid() { return ID_CALL(__NR_getgid); }
gid_t getegid() { return ID_CALL(__NR_getegid); }
int setuid(uid_t uid) { return INT_CALL(__NR_setuid, uid); }
int setgid(gid_t gid) { return INT_CALL(__NR_setgid, gid); }
int setreuid(uid_t real, uid_t effective) { return INT_CALL(__NR_setreuid, real, effective); }
int setregid(gid_t real, gid_t effective) { return INT_CALL(__NR_setregid, real, effective); }
int setresuid(uid_t real, uid_t effective, uid_t saved) { return INT_CALL(__NR_setresuid, real, effective, saved); }
int setresgid(gid_t real, gid_t effective, gid_t saved) { return INT_CALL(__NR_setresgid, real, effective, saved); }
int seteuid(uid_t uid) { return setresuid(~0u, uid, ~0u); }
int setegid(gid_t gid) { return setresgid(~0u, gid, ~0u); }
int getresuid(uid_t* real, uid_t* effective, uid_t* saved) { return INT_CALL(__NR_getresuid, real, effective, saved); }
int getresgid(gid_t* real, gid_t* effective, gid_t* saved) { return INT_CALL(__NR_getresgid, real, effective, saved); }
int getgroups(int count, gid_t groups[]) { return INT_CALL(__NR_getgroups, count, groups); }
int setgroups(size_t count, const gid_t* groups) { return INT_CALL(__NR_setgroups, count, groups); }

int getrlimit(int resource, rlimit* limit) { return prlimit(0, resource, nullptr, limit); }
int setrlimit(int resource, const rlimit* limit) { return prlimit(0, resource, limit, nullptr); }
int prlimit(pid_t pid, int resource, const rlimit* limit, rlimit* old) {
  return INT_CALL(__NR_prlimit64, pid, resource, limit, old);
}
int getrusage(int who, rusage* usage) { return INT_CALL(__NR_getrusage, who, usage); }
// The kernel answers 20 - nice, so that no answer looks like an error.
int getpriority(int which, id_t who) {
  const int r = INT_CALL(__NR_getpriority, which, who);
  return r < 0 ? r : 20 - r;
}
int setpriority(int which, id_t who, int priority) { return INT_CALL(__NR_setpriority, which, who, priority); }
int nice(int increment) {
  errno = 0;
  const int old = getpriority(PRIO_PROCESS, 0);
  if (old == -1 && errno != 0) return -1;
  return setpriority(PRIO_PROCESS, 0, old + increment) < 0 ? -1 : getpriority(PRIO_PROCESS, 0);
}
int sched_yield() { return INT_CALL(__NR_sched_yield); }
int sched_getcpu() {
  unsigned cpu = 0;
  return call(__NR_getcpu, &cpu, nullptr, nullptr) < 0 ? -1 : static_cast<int>(cpu);
}
int sched_setaffinity(pid_t pid, size_t size, const cpu_set_t* set) {
  return INT_CALL(__NR_sched_setaffinity, pid, size, set);
}
int sched_getaffinity(pid_t pid, size_t size, cpu_set_t* set) {
  const long r = call(__NR_sched_getaffinity, pid, size, set);
  if (r < 0) return -1;
  // The kernel fills only as many bytes as it has.
  memset(reinterpret_cast<char*>(set) + r, 0, size - static_cast<size_t>(r));
  return 0;
}

void* mmap(void* address, size_t length, int prot, int flags, int fd, off_t offset) {
  return reinterpret_cast<void*>(call(__NR_mmap, address, length, prot, flags, fd, offset));
}
int munmap(void* address, size_t length) { return INT_CALL(__NR_munmap, address, length); }
int mprotect(void* address, size_t length, int prot) { return INT_CALL(__NR_mprotect, address, length, prot); }
void* mremap(void* old_address, size_t old_length, size_t new_length, int flags, ...) {
  void* new_address = nullptr;
  if ((flags & MREMAP_FIXED) != 0) {
    va_list args;
    va_start(args, flags);
    new_address = va_arg(args, void*);
    va_end(args);
  }
  return reinterpret_cast<void*>(call(__NR_mremap, old_address, old_length, new_length, flags, new_address));
}
int madvise(void* address, size_t length, int advice) { return INT_CALL(__NR_madvise, address, length, advice); }
int msync(void* address, size_t length, int flags) { return INT_CALL(__NR_msync, address, length, flags); }
int mlock(const void* address, size_t length) { return INT_CALL(__NR_mlock, address, length); }
int munlock(const void* address, size_t length) { return INT_CALL(__NR_munlock, address, length); }

// The kernel's brk answers where the break is now, moved or not.
static unsigned long current_break;
int brk(void* end) {
  const auto wanted = reinterpret_cast<unsigned long>(end);
  current_break = static_cast<unsigned long>(libc::sys(__NR_brk, wanted));
  if (current_break >= wanted) return 0;
  errno = ENOMEM;
  return -1;
}
void* sbrk(intptr_t increment) {
  if (current_break == 0) brk(nullptr);
  const unsigned long old = current_break;
  if (increment != 0 && brk(reinterpret_cast<void*>(old + static_cast<unsigned long>(increment))) < 0) {
    return reinterpret_cast<void*>(-1);
  }
  return reinterpret_cast<void*>(old);
}

int getpagesize() { return 4096; }
ssize_t getrandom(void* buffer, size_t n, unsigned flags) { return call(__NR_getrandom, buffer, n, flags); }
int getentropy(void* buffer, size_t n) {
  if (n > 256) {
    errno = EIO;
    return -1;
  }
  return getrandom(buffer, n, 0) == static_cast<ssize_t>(n) ? 0 : -1;
}

int uname(utsname* out) { return INT_CALL(__NR_uname, out); }
int sysinfo(struct sysinfo* out) { return INT_CALL(__NR_sysinfo, out); }
int gethostname(char* name, size_t size) {
  utsname u;
  if (uname(&u) < 0) return -1;
  if (strlcpy(name, u.nodename, size) < size) return 0;
  errno = ENAMETOOLONG;
  return -1;
}
int sethostname(const char* name, size_t size) { return INT_CALL(__NR_sethostname, name, size); }
int reboot(int command) {
  constexpr unsigned kMagic1 = 0xfee1dead, kMagic2 = 672274793;  // the kernel's guard against calls by mistake
  return INT_CALL(__NR_reboot, kMagic1, kMagic2, static_cast<unsigned>(command), nullptr);
}

int epoll_create1(int flags) { return INT_CALL(__NR_epoll_create1, flags); }
int epoll_create(int) { return epoll_create1(0); }
int epoll_ctl(int epfd, int operation, int fd, epoll_event* event) {
  return INT_CALL(__NR_epoll_ctl, epfd, operation, fd, event);
}
int epoll_wait(int epfd, epoll_event* events, int count, int timeout_ms) {
  return INT_CALL(__NR_epoll_pwait, epfd, events, count, timeout_ms, nullptr, 0);
}
}
