#include "bpf/system.h"
#include "tests/host/platform/host_platform.h"
#include "tools/skep/bpf_door.h"

namespace skep::tool {

long call_bpf(uint32_t command, bpf_attr& attr, const void* memory, size_t bytes) {
  const auto address = reinterpret_cast<uint64_t>(&attr);
  if (memory == nullptr) {
    host::UserWindow everything(reinterpret_cast<const void*>(1), INT64_MAX);
    return to_syscall_return(bpf::bpf_syscall(command, address, sizeof(attr)));
  }
  host::UserWindow attributes(&attr, sizeof(attr)), data(memory, bytes);
  return to_syscall_return(bpf::bpf_syscall(command, address, sizeof(attr)));
}

void close_bpf_descriptor(int fd) { host::close_descriptor(fd); }

void settle_bpf() {
  // What is freed may give up something else: program, map, BTF.
  for (int i = 0; i < 8 && host::pending_grace_callbacks() > 0; i++) host::run_grace_period();
}

}  // namespace skep::tool
