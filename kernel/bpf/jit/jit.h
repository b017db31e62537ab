// The JIT: BPF to RV64. Independent of the interpreter and of isa/eval.h by design.
#pragma once

#include <stdint.h>

#include "bpf/prog.h"

namespace skep::bpf {

// What the processor offers beyond RV64IMAC, from the device tree.
struct JitTarget {
  bool zba = false;
  bool zbb = false;
};

// Compiles a whole image into sealed executable memory. ENOMEM; E2BIG when a function is too large for the backend;
// EINVAL for an operation it does not know (cannot happen after verification). Task context.
// The entry point is a C function: uint64_t (*)(uint64_t r1, uint64_t r2).
Result<JitCode> jit_compile(const Image& image, const JitTarget& target);

// The platform's processor, set once at boot (kernel) or by the test.
const JitTarget& jit_target();
void set_jit_target(const JitTarget& target);

}  // namespace skep::bpf
