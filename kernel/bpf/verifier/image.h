// From a verified program to what the engines run.
#pragma once

#include "bpf/verifier/analysis.h"

namespace skep::bpf::verifier {

// Resolves map references, settles the facts, rounds the stacks. Takes code, subprograms and facts out of the analysis.
Result<Image> build_image(Analysis& analysis, Shape& shape);

}  // namespace skep::bpf::verifier
