// Pass "jumps": a jump to a jump goes to where that one leads; a conditional jump over an unconditional one takes its
// place, with the condition reversed.
#pragma once

#include "bpf/jit/opt/step.h"

namespace skep::bpf::jit {

// Marks new targets in `is_target`.
void simplify_jumps(Code& code, std::span<bool> is_target);

}  // namespace skep::bpf::jit
