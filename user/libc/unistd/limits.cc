// Numbers about the system.
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <unistd.h>

extern "C" {

int get_nprocs() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) < 0) return 1;
  int n = 0;
  for (const unsigned long word : set.bits) n += __builtin_popcountl(word);
  return n > 0 ? n : 1;
}
int get_nprocs_conf() { return get_nprocs(); }

long sysconf(int name) {
  switch (name) {
    case _SC_ARG_MAX:
      return ARG_MAX;
    case _SC_CLK_TCK:
      return 100;
    case _SC_NGROUPS_MAX:
      return NGROUPS_MAX;
    case _SC_CHILD_MAX:
    case _SC_OPEN_MAX: {
      rlimit limit;
      if (getrlimit(name == _SC_OPEN_MAX ? RLIMIT_NOFILE : RLIMIT_NPROC, &limit) < 0) return -1;
      return limit.rlim_cur == RLIM_INFINITY ? -1 : static_cast<long>(limit.rlim_cur);
    }
    case _SC_PAGESIZE:
      return getpagesize();
    case _SC_NPROCESSORS_CONF:
    case _SC_NPROCESSORS_ONLN:
      return get_nprocs();
    case _SC_PHYS_PAGES:
    case _SC_AVPHYS_PAGES: {
      struct sysinfo info;
      if (sysinfo(&info) < 0) return -1;
      const unsigned long units = name == _SC_PHYS_PAGES ? info.totalram : info.freeram;
      return static_cast<long>(units * info.mem_unit / static_cast<unsigned long>(getpagesize()));
    }
    default:
      errno = EINVAL;
      return -1;
  }
}

long pathconf(const char*, int name) {
  switch (name) {
    case _PC_NAME_MAX:
      return NAME_MAX;
    case _PC_PATH_MAX:
      return PATH_MAX;
    case _PC_PIPE_BUF:
      return PIPE_BUF;
    default:
      errno = EINVAL;
      return -1;
  }
}

int getloadavg(double averages[], int count) {
  struct sysinfo info;
  if (sysinfo(&info) < 0) return -1;
  if (count > 3) count = 3;
  for (int i = 0; i < count; i++) averages[i] = static_cast<double>(info.loads[i]) / 65536;
  return count;
}
}
