// What the loader needs of bpf.cc beyond <bpf/bpf.h>.
#pragma once

#include <bpf/bpf.h>

namespace skep::libbpf {

// bpf_map_create() for a type that may be outside the enum: objects can say any number, and the kernel answers EINVAL.
int create_map_of_type(__u32 type, const char* name, __u32 key_size, __u32 value_size, __u32 max_entries,
                       const bpf_map_create_opts& opts);

}  // namespace skep::libbpf
