// Pass "coalesce": a value that is computed in one register only to be moved to another is computed there at once.
//
//   before: r4 = r3 + r2; r1 += -1; r2 = r4; … r4 …        after: r2 = r3 + r2; r1 += -1; … r2 …
#pragma once

#include "bpf/jit/opt/step.h"

namespace skep::bpf::jit {

// `live`: find_live_registers() of the code, with dead steps removed. Afterwards it names too many.
bool coalesce_moves(Code& code, std::span<const bool> is_target, std::span<RegSet> live);

}  // namespace skep::bpf::jit
