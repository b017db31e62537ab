// The real BPF core on the host, seen from libbpf's tests. A header of its own: the core's uapi headers and the
// system's <linux/bpf.h> define the same names and cannot meet in one translation unit.
#pragma once

#include <stddef.h>

namespace skep::libbpf::core {

// bpf(2) of the core: a result >= 0 or -errno. All of this process's memory counts as the user's.
long bpf(int command, void* attr, unsigned size);
long close(int fd);

int open_descriptors();
size_t live_bytes();  // of the core's memory, after everything that waits for a grace period is gone

// While it lives, the current task is this user.
class AsUser {
 public:
  explicit AsUser(unsigned uid);
  ~AsUser();
};

}  // namespace skep::libbpf::core
