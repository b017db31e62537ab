// BTF objects of the kernel, and what tracing programs are for, by name, in its own.
#pragma once

#include <bpf/libbpf.h>

#include "btf.h"

namespace skep::libbpf {

// A BTF object of the kernel's list, by its id; and the kernel's own, ENOENT when it has none.
Result<Unique<btf>> read_kernel_btf(uint32_t id);
Result<Unique<btf>> read_vmlinux_btf();
// The type's id; ENOENT when the kernel does not have it.
Result<uint32_t> find_attach_type_id(const btf& kernel_types, std::string_view name, enum bpf_attach_type attach_type);
// For a program whose section names its target: what attach_btf_id is to be. 0 when the section names none. ESRCH (the
// reason is printed) when the kernel has no such type, or no BTF at all.
Result<uint32_t> attach_type_id_of(const bpf_program& prog);

}  // namespace skep::libbpf
