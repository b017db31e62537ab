// Skep's side of bpf/platform.h.
#pragma once

#include <stdint.h>

namespace skep::bpf_port {

// Tells the JIT what the processor can do. Boot, once the device tree is read.
void init();
// /proc/sys/net/core. Boot, once there is a file system.
void register_files();

}  // namespace skep::bpf_port

// bpf(2): a result or a negative error number.
extern "C" long sys_bpf(uint64_t command, uint64_t attr, uint64_t size);
