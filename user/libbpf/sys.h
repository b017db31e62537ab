// The one door from this library to the kernel: every system call it makes. sys.cc is the guest's implementation; host
// tests link their own. Functions return a value >= 0 or -errno and leave errno alone.
#pragma once

#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <stddef.h>

#include "memory.h"

namespace skep::libbpf::sys {

long bpf(int command, union bpf_attr* attr, unsigned size);
// pid, cpu, group, flags as perf_event_open(2).
long perf_event_open(struct perf_event_attr* attr, int pid, int cpu, int group_fd, unsigned long flags);
long ioctl(int fd, unsigned long request, unsigned long argument);
long close(int fd);
// A duplicate of fd that is closed on exec.
long duplicate(int fd);
// The whole file. ENOENT and so on from open or read; EFBIG above `limit` bytes.
Result<Vec<unsigned char>> read_file(const char* path, size_t limit);
// Maps a BPF map's values, shared; nullptr when the kernel cannot.
void* map_shared(int map_fd, size_t bytes, bool writable);
void unmap(void* address, size_t bytes);

}  // namespace skep::libbpf::sys
