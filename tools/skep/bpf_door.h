// bpf(2) of the core in this very process, for the host's tools and for the riscv64 runner: each has its own platform
// and implements these.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "uapi/bpf.h"

namespace skep::tool {

// The result, or the negative error number. With `memory`, only the attributes and that memory count as user memory
// during the call (a program runs in it, and may read any address); without, all of this process does.
long call_bpf(uint32_t command, bpf_attr& attr, const void* memory = nullptr, size_t bytes = 0);
void close_bpf_descriptor(int fd);
// Frees what waits for a grace period.
void settle_bpf();

}  // namespace skep::tool
