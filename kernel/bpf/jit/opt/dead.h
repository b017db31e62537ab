// Which registers' values may still be read, and pass "dead": what computes a value that nobody reads is left out.
#pragma once

#include "bpf/jit/opt/step.h"

namespace skep::bpf::jit {

// Fills `live` (one per slot of the function) with the registers that are live before each step: a backward data-flow
// analysis, in loops repeated until it settles. When that takes very long, everything counts as live, so that the cost
// stays linear. With `remove`, arithmetic whose result is dead does not count as reading anything.
void find_live_registers(const Code& code, std::span<RegSet> live, bool remove);

// Turns arithmetic whose result is dead into nothing. `live` as found with `remove`.
void remove_dead_code(Code& code, std::span<const RegSet> live);

}  // namespace skep::bpf::jit
