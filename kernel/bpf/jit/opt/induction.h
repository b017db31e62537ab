// Pass "induction": an address that is a base plus a counter, computed anew in every turn of a loop, becomes a pointer
// that is advanced where the counter was; the test that ends the loop compares the pointer, and the counter goes.
//
//   before: p = base + i;  *(p + 8) …;  i += 8; if i != 256 goto        after: *(q + 8) …;  q += 8; if q != end goto
#pragma once

#include "bpf/jit/opt/preheader.h"
#include "bpf/jit/opt/registers.h"

namespace skep::bpf::jit {

struct InductionContext {
  Code& code;
  const Loops& loops;
  std::span<const RegSet> live;  // find_live_registers()
  RegisterPool& registers;
  Preheaders& preheaders;
};

// True when something changed. ENOMEM.
Result<bool> replace_counters(const InductionContext& cx);

}  // namespace skep::bpf::jit
