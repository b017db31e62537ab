// Pass "idioms": two or three steps that the processor does in one instruction. What they replace is then dead.
#pragma once

#include "bpf/jit/jit.h"
#include "bpf/jit/opt/step.h"

namespace skep::bpf::jit {

// (x << n) | (x >> (w - n)), also with + or ^, becomes a rotation of w bits, where the target has Zbb;
// a + (b << n), 64 bits, n of 1, 2, 3, becomes one addition, where it has Zba.
void find_idioms(Code& code, std::span<const bool> is_target, const JitTarget& target);

}  // namespace skep::bpf::jit
