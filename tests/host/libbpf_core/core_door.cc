#include "tests/host/libbpf_core/core_door.h"

#include <stdint.h>

#include "bpf/system.h"
#include "tests/host/platform/host_platform.h"

namespace skep::libbpf::core {

long bpf(int command, void* attr, unsigned size) {
  skep::bpf::bpf_system().jit_enabled = false;  // this machine does not run RV64
  host::UserWindow everything(reinterpret_cast<const void*>(1), INT64_MAX);
  return to_syscall_return(
      skep::bpf::bpf_syscall(static_cast<uint32_t>(command), reinterpret_cast<uint64_t>(attr), size));
}

long close(int fd) { return host::close_descriptor(fd) ? 0 : -static_cast<long>(Errno::kEBADF); }

int open_descriptors() { return host::open_descriptors(); }

size_t live_bytes() {
  // A callback may queue another one.
  for (int i = 0; i < 8 && host::pending_grace_callbacks() > 0; i++) host::run_grace_period();
  return host::live_bytes();
}

AsUser::AsUser(unsigned uid) { host::current_task().uid = uid; }
AsUser::~AsUser() { host::current_task().uid = 0; }

}  // namespace skep::libbpf::core
