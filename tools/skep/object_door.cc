#include "tools/skep/object_door.h"

#include "bpf/system.h"
#include "tests/host/platform/host_platform.h"

namespace skep::tool {

long object_bpf(int command, void* attr, unsigned size) {
  host::UserWindow everything(reinterpret_cast<const void*>(1), INT64_MAX);
  const auto address = reinterpret_cast<uintptr_t>(attr);
  return to_syscall_return(bpf::bpf_syscall(static_cast<uint32_t>(command), address, size));
}

long object_close(int fd) { return host::close_descriptor(fd) ? 0 : -static_cast<long>(Errno::kEBADF); }

long object_duplicate(int fd) {
  const int copy = host::duplicate_descriptor(fd);
  return copy >= 0 ? copy : -static_cast<long>(Errno::kEBADF);
}

}  // namespace skep::tool
