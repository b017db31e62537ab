// Pass "facts": results that the verifier found to be the same on every run are loaded as constants. What they were
// computed from is then often dead, and so may be what that was computed from.
#pragma once

#include "bpf/jit/opt/step.h"

namespace skep::bpf::jit {

// Only arithmetic and loads from memory that nobody can change, and only what one instruction loads: the constant never
// costs more than what it replaces. Does nothing for an image without facts.
void use_known_results(Code& code, const Image& image);

}  // namespace skep::bpf::jit
