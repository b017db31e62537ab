// The loops of one function, as intervals of instructions. A loop is what lies between a backward jump and its target;
// intervals that overlap are united, so that any two loops are nested or apart.
#pragma once

#include <stdint.h>

#include "bpf/jit/opt/step.h"

namespace skep::bpf::jit {

inline constexpr uint8_t kNoLoop = 0xff;
inline constexpr uint32_t kMaxLoopDepth = 64;

struct Loop {
  InsnIndex first = 0;
  InsnIndex last = 0;        // inclusive
  InsnIndex entry = 0;       // where every path from outside comes in, if `single_entry`
  uint8_t parent = kNoLoop;  // the loop around it
  uint8_t depth = 1;         // 1 for an outermost loop
  bool entered = false;      // some entry is known
  bool single_entry = true;
  RegSet touched = kNoRegs;  // registers that it reads or writes
  bool calls = false;        // something in it overwrites the caller-saved registers

  bool contains(InsnIndex at) const { return first <= at && at <= last; }
};

class Loops {
 public:
  explicit Loops(Scratch& scratch) : loops_(scratch), of_slot_(scratch) {}

  // ENOMEM. A function with very many loops is treated as if it had none.
  Result<void> find(Code& code);

  std::span<const Loop> all() const { return loops_.span(); }
  const Loop& operator[](uint8_t n) const { return loops_[n]; }
  // Number of the innermost loop around an instruction, or kNoLoop.
  uint8_t innermost(InsnIndex at) const { return loops_.empty() ? kNoLoop : of_slot_[at - start_]; }

 private:
  static constexpr size_t kMaxLoops = 64;

  Result<void> collect(const Code& code);
  void unite();
  void nest();
  void note_entry(InsnIndex from, InsnIndex to, bool from_outside);

  ScratchVec<Loop> loops_;
  ScratchVec<uint8_t> of_slot_;
  InsnIndex start_ = 0;
};

}  // namespace skep::bpf::jit
