// System calls of the guest, through libc.
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace skep::libbpf::sys {
namespace {

// libc answers -1 with errno; this library's inside wants -errno.
long result_of(long r) { return r < 0 ? -errno : r; }

class ErrnoKept {
 public:
  ErrnoKept() : saved_(errno) {}
  ~ErrnoKept() { errno = saved_; }

 private:
  int saved_;
};

}  // namespace

long bpf(int command, union bpf_attr* attr, unsigned size) {
  ErrnoKept keep;
  return result_of(syscall(SYS_bpf, command, attr, size));
}

long perf_event_open(struct perf_event_attr* attr, int pid, int cpu, int group_fd, unsigned long flags) {
  ErrnoKept keep;
  return result_of(syscall(SYS_perf_event_open, attr, pid, cpu, group_fd, flags));
}

long ioctl(int fd, unsigned long request, unsigned long argument) {
  ErrnoKept keep;
  return result_of(::ioctl(fd, request, argument));
}

long close(int fd) {
  ErrnoKept keep;
  return result_of(::close(fd));
}

long duplicate(int fd) {
  ErrnoKept keep;
  return result_of(fcntl(fd, F_DUPFD_CLOEXEC, 0));
}

Result<Vec<unsigned char>> read_file(const char* path, size_t limit) {
  ErrnoKept keep;
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return fail(static_cast<Errno>(errno));
  Vec<unsigned char> bytes;
  Errno error = static_cast<Errno>(0);
  unsigned char chunk[4096];
  for (;;) {
    const ssize_t n = read(fd, chunk, sizeof(chunk));
    if (n == 0) break;
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      error = static_cast<Errno>(errno);
    } else if (bytes.size() + static_cast<size_t>(n) > limit) {
      error = Errno::kEFBIG;
    } else if (auto r = bytes.append(std::span<const unsigned char>(chunk, static_cast<size_t>(n))); !r) {
      error = r.error();
    }
    if (error != static_cast<Errno>(0)) break;
  }
  ::close(fd);
  if (error != static_cast<Errno>(0)) return fail(error);
  return bytes;
}

void* map_shared(int map_fd, size_t bytes, bool writable) {
  ErrnoKept keep;
  void* address = mmap(nullptr, bytes, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, map_fd, 0);
  return address == MAP_FAILED ? nullptr : address;
}

void unmap(void* address, size_t bytes) {
  ErrnoKept keep;
  munmap(address, bytes);
}

}  // namespace skep::libbpf::sys
