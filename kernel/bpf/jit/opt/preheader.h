// Registers of the optimiser's own, beyond r10, and what is computed into them before a loop is entered.
#pragma once

#include "bpf/jit/assembler.h"
#include "bpf/jit/opt/step.h"

namespace skep::bpf::jit {

class Preheaders {
 public:
  struct Entry {
    uint8_t loop = 0;
    Step step;
  };

  explicit Preheaders(Scratch& scratch) : steps_(scratch) {}

  // The machine registers of the extra ones.
  bool has_room(uint8_t more) const { return count_ + more <= kRegisterLimit - kFirstExtra; }
  uint8_t new_register(Reg reg) {
    machine_[count_] = reg;
    return static_cast<uint8_t>(kFirstExtra + count_++);
  }
  Reg machine(uint8_t extra) const { return machine_[extra - kFirstExtra]; }

  // `step`, an arithmetic one, runs once before the loop, after those added before.
  Result<void> add(uint8_t loop, const Step& step) { return steps_.push_back({loop, step}); }
  std::span<const Entry> all() const { return steps_.span(); }

 private:
  Reg machine_[kRegisterLimit - kFirstExtra] = {};
  uint8_t count_ = 0;
  ScratchVec<Entry> steps_;
};

}  // namespace skep::bpf::jit
