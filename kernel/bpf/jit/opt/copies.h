// Pass "copies": an operand that is a copy of another register is read from there, and an address that is another
// register plus a constant is folded into the load's or store's offset. What copied is then often dead (opt/dead.h).
#pragma once

#include "bpf/jit/opt/step.h"

namespace skep::bpf::jit {

// `is_target`: per slot of the program, whether some jump goes there.
void propagate_copies(Code& code, std::span<const bool> is_target);

}  // namespace skep::bpf::jit
