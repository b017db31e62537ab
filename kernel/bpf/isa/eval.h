// The meaning of scalar arithmetic and comparison, in one place: used by the interpreter and by the verifier's constant
// folding. The JIT stays independent of it, so that comparing the two means something.
#pragma once

#include <stdint.h>

#include <optional>

#include "bpf/isa/insn.h"

namespace skep::bpf {

// dst op operand for kAdd … kMov, kMovSx, byte swaps. 32-bit results are zero-extended. RFC 9669 "Arithmetic
// instructions": x / 0 = 0, x % 0 = x, INT_MIN / -1 = INT_MIN, INT_MIN % -1 = 0, shifts use the low 5 or 6 bits.
constexpr uint64_t eval_alu(Op op, Width width, uint8_t size, uint64_t a, uint64_t b);

// The verdict of a conditional jump kJeq … kJsle.
constexpr bool eval_jump(Op op, Width width, uint64_t a, uint64_t b);

}  // namespace skep::bpf

#include "bpf/isa/eval_impl.h"
