// The BPF subsystem as one object: id tables and the command dispatch of bpf(2). A kernel has one instance (bpf_port),
// a host test makes its own.
#pragma once

#include <stdint.h>

#include "bpf/btf/btf.h"
#include "bpf/maps/map.h"
#include "bpf/prog.h"

namespace skep::bpf {

// bpf(2): the command's result or an error. `attr` is a user address, `size` the caller's sizeof(union bpf_attr). Task.
Result<long> bpf_syscall(uint32_t command, platform::UserAddress attr, uint32_t size);

}  // namespace skep::bpf
