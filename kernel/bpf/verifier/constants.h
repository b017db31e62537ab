// Results that are the same on every run, for the engines and for readers.
#pragma once

#include "bpf/memory.h"
#include "bpf/prog.h"

namespace skep::bpf {

// Sets result_known and constant in image.facts: for instructions whose destination register holds one number (or one
// address) whichever way it was reached. Follows what the verifier found reachable; knows nothing of other paths'
// pruning, so the facts hold on every run. Values of frozen read-only maps are constants. Works in `scratch`. ENOMEM.
Result<void> find_constants(Image& image, Scratch& scratch);

}  // namespace skep::bpf
