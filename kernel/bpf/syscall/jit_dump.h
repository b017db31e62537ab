// net.core.bpf_jit_enable = 2.
#pragma once

#include "bpf/prog.h"

namespace skep::bpf {

// Prints a program's native code to the kernel's log, in the lines that Linux's bpf_jit_disasm reads: a heading, then
// 16 bytes a line. Task.
void dump_jit_code(const Program& program);

}  // namespace skep::bpf
