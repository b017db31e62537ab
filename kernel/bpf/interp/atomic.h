// Atomic instructions of the interpreter, on the compiler's atomic operations. RFC 9669 "Atomic operations".
#pragma once

#include "bpf/isa/insn.h"

namespace skep::bpf {

// Executes `insn` (Op::kAtomic) on registers r. The address is aligned to the operation's size (the verifier's work).
void execute_atomic(const Insn& insn, uint64_t* r);

}  // namespace skep::bpf
