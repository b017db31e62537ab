// Pass: whose upper 32 bits does anybody still look at? BPF zero-extends every 32-bit result, RV64 does not; where the
// answer is "nobody's" the extension is left out, and a 32-bit loop costs what it costs natively.
#pragma once

#include "bpf/jit/opt/step.h"

namespace skep::bpf::jit {

// Fills `live` (one per slot of the function): the registers whose upper half may be
// read after the instruction, before it is overwritten. A backward data-flow analysis over the function, in loops
// repeated until it settles; when that takes very long, everything counts as read, so that the cost stays linear.
void find_live_upper_halves(const Code& code, std::span<RegSet> live);

}  // namespace skep::bpf::jit
