// The core as object files need it. Apart from the other headers: libbpf's need the system's <linux/bpf.h>, which
// defines the same names as the core's own.
#pragma once

#include <stdint.h>

#include <string>

namespace skep::tool {

// bpf(2) with all of this process's memory as user memory: a result >= 0 or -errno.
long object_bpf(int command, void* attr, unsigned size);
long object_close(int fd);
long object_duplicate(int fd);

// `skep verify OBJECT`: the verdict on its programs (on `program` alone unless that is empty), with their logs. An exit
// status of command.h.
int verify_object(const std::string& path, const std::string& program, uint32_t log_level);

// `skep jit OBJECT`: the listing of its programs, in the same way, while a NativeLoads (jit_door.h) lives.
int show_jit_of_object(const std::string& path, const std::string& program);

}  // namespace skep::tool
