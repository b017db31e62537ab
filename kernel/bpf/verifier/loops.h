// The program's loops as its jumps make them, found before any path is explored. What induction.cc goes by when it
// guesses what a loop leaves unchanged; what it guessed is proved by exploring.
#pragma once

#include <stdint.h>

#include "bpf/isa/insn.h"
#include "bpf/memory.h"

namespace skep::bpf::verifier {

struct Shape;

inline constexpr uint32_t kNoLoop = ~0u;

struct LoopShape {
  InsnIndex head = 0;
  uint32_t outer = kNoLoop;  // the loop around it, in LoopForest::loops
  bool single_entry = true;  // entered only through its head
  bool repeats = false;      // has a may_goto or calls a helper that calls back: those are loops of another kind
  uint16_t writes = 0;       // registers that its instructions write
  uint64_t slots = 0;        // stack slots that it stores to through r10
  uint32_t length = 0;       // instructions, with those of the loops inside
  // Per register: smallest and largest immediate that the loop adds to it (0, 0 when there is none).
  int32_t least_add[kRegisters] = {};
  int32_t most_add[kRegisters] = {};
};

struct LoopForest {
  explicit LoopForest(Scratch& scratch) : loops(scratch), innermost(scratch) {}

  ScratchVec<LoopShape> loops;
  // Per instruction: the smallest loop around it, a head belonging to its own; empty: no loops.
  ScratchVec<uint32_t> innermost;

  bool has_loop_at(InsnIndex at) const {
    return !innermost.empty() && innermost[at] != kNoLoop && loops[innermost[at]].head == at;
  }
  bool contains(uint32_t loop, InsnIndex at) const {
    uint32_t l = innermost[at];
    while (l != loop && l != kNoLoop) l = loops[l].outer;
    return l == loop;
  }
};

// Fills shape.forest. ENOMEM.
Result<void> find_loops(Shape& shape);

}  // namespace skep::bpf::verifier
