// Tail calls. Every function from which one may be made, itself or through those that it calls, keeps the address of
// the run's count of tail calls, which it gets in a6 and hands on: the count is one for all of them, as in Linux
// since 6.11. Whoever enters such a function from outside (a C caller, or a helper that calls back) does not know a6,
// and enters through a stub in front of the function that makes the count.
#pragma once

#include "bpf/jit/assembler.h"
#include "bpf/prog.h"

namespace skep::bpf::jit {

inline constexpr Reg kTailCallCount = Reg::kA6;

// Per subprogram: some tail call can be reached. All false for a program without any. ENOMEM.
Result<Vec<bool>> find_tail_callers(const Image& image);

// The stub: a C function that makes a count and calls `body`. `taken` is where the count begins: for a callback at the
// limit, so that it makes no tail calls, as the interpreter has it.
void emit_entry_stub(Assembler& as, Label stub, Label body, uint32_t taken);

}  // namespace skep::bpf::jit
