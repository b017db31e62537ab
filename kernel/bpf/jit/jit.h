// The JIT: BPF to RV64. Independent of the interpreter and of isa/eval.h by design.
//
//   driver.cc       jit_compile: the passes in order, memory, sealing
//   usage           what instructions and functions do with registers
//   tail_calls      their count, their entry stubs, their code
//   upper_half      pass: which 32-bit results need no zero-extension
//   opt/            the optimising tier: what is decided about a function before it is translated (opt/plan.h)
//   translate*      instruction selection, a BPF instruction (or a fused pair) at a time
//   constant        shortest sequences for constants
//   assembler       instruction buffer with labels
//   layout          branch relaxation, bytes
#pragma once

#include <stdint.h>

#include "bpf/jit/opt/passes.h"
#include "bpf/prog.h"

namespace skep::bpf {

// What the processor offers beyond RV64IMAC, from the device tree; and which passes to leave out.
struct JitTarget {
  bool zba = false;
  bool zbb = false;
  uint32_t passes_off = 0;  // pass_bit() of each
};

// Compiles a whole image into sealed executable memory. ENOMEM; E2BIG when the code is too large; EINVAL for an
// operation it does not know or a program that writes r10 (cannot happen after verification). Task context. The entry
// point is a C function: uint64_t (*)(uint64_t r1, uint64_t r2).
Result<JitCode> jit_compile(const Image& image, const JitTarget& target);

// The platform's processor, set once at boot (kernel) or by the test.
const JitTarget& jit_target();
void set_jit_target(const JitTarget& target);

// Where execution resumes when the instruction at `pc`, inside of `code`, faulted on a load address; 0 when `pc` is not
// a load that may fault. For the kernel's trap handler: any context.
uint64_t find_jit_fixup(const JitCode& code, uint64_t pc);

}  // namespace skep::bpf
