// Passes "rotate" and "shift_add": two or three steps that the processor does in one instruction. What they replace is
// then dead.
#pragma once

#include "bpf/jit/opt/step.h"

namespace skep::bpf::jit {

// (x << n) | (x >> (w - n)), also with + or ^, becomes a rotation of w bits. For targets with Zbb.
void find_rotations(Code& code, std::span<const bool> is_target);
// a + (b << n), 64 bits, n of 1, 2, 3, becomes one addition. For targets with Zba.
void find_shift_adds(Code& code, std::span<const bool> is_target);

}  // namespace skep::bpf::jit
