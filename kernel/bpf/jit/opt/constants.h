// Pass "constants": a constant that instructions in a loop need in a register is put there once, before the loop. The
// translator, run once to listen, asks for the constants; here they are given registers that nobody else uses.
#pragma once

#include "bpf/jit/assembler.h"
#include "bpf/jit/constant.h"
#include "bpf/jit/opt/loops.h"
#include "bpf/jit/opt/registers.h"

namespace skep::bpf::jit {

struct Hoisted {
  uint64_t value = 0;
  Reg reg = Reg::kZero;
  uint8_t loop = kNoLoop;  // holds from the entry of this loop to its end
};

class ConstantPlan {
 public:
  explicit ConstantPlan(Scratch& scratch) : candidates_(scratch), hoisted_(scratch) {}

  void prepare(const Loops& loops) { loops_ = &loops; }

  // The instruction at `at` would save `cost` instructions if `value` were in a register. Any number of times.
  void request(InsnIndex at, uint64_t value, uint32_t cost);
  // Gives registers to what pays most. ENOMEM.
  Result<void> assign(RegisterPool& pool);
  // The register that holds `value` at an instruction; Reg::kZero for none.
  Reg find(InsnIndex at, uint64_t value) const;
  std::span<const Hoisted> all() const { return hoisted_.span(); }

 private:
  static constexpr size_t kMaxCandidates = 128;
  struct Candidate {
    uint64_t value = 0;
    uint32_t gain = 0;  // instructions saved, uses in deeper loops counting more
    uint8_t loop = kNoLoop;
  };

  const Loops* loops_ = nullptr;
  ScratchVec<Candidate> candidates_;
  ScratchVec<Hoisted> hoisted_;
};

// The sequences of the last few constants that take a search.
class ConstantCache {
 public:
  explicit ConstantCache(Scratch& scratch) : entries_(scratch) {}

  // `again`: it was asked for before.
  ConstantSequence find(uint64_t value, const JitTarget& target, bool& again);

 private:
  static constexpr size_t kEntries = 16;
  struct Entry {
    uint64_t value;
    ConstantSequence sequence;
  };
  ScratchVec<Entry> entries_;
  size_t next_ = 0;  // to be replaced
};

}  // namespace skep::bpf::jit
