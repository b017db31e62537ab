// Which registers' values may still be read: a backward data-flow analysis over one function.
#pragma once

#include "bpf/jit/usage.h"

namespace skep::bpf::jit {

// Fills `live` (one per slot of the function) with the registers that are live before each instruction. Repeated until
// it settles; after a few rounds without, everything counts as live, so that the cost stays linear.
void find_live_registers(const Image& image, const Subprogram& function, std::span<RegSet> live);

}  // namespace skep::bpf::jit
