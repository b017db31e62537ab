// From a buffer with labels to bytes: chooses the shortest form of every branch that reaches its label, and encodes.
#pragma once

#include <stdint.h>

#include <span>

#include "bpf/jit/assembler.h"
#include "bpf/jit/jit.h"

namespace skep::bpf::jit {

class Layout {
 public:
  // `far_calls`: calls of absolute addresses load the address as a constant instead of assuming that it lies within
  // ±2 GiB of the code.
  Layout(const Assembler& assembler, const JitTarget& target, bool far_calls, Scratch& scratch)
      : assembler_(assembler), target_(target), far_calls_(far_calls), sizes_(scratch), before_(scratch) {}

  // Fixes the size of every pending instruction. Linear in their number: branches only ever grow, and after a few
  // rounds all that are near their limit grow at once. ENOMEM; E2BIG when the code exceeds 1 GiB; EINVAL for an unbound
  // label.
  Result<void> relax();

  // Of the instructions, and of them with the constants behind them.
  uint32_t code_bytes() const {
    return static_cast<uint32_t>(assembler_.code().size()) * 2 + before_[before_.size() - 1];
  }
  uint32_t bytes() const { return literals_at() + static_cast<uint32_t>(assembler_.literals().size() * 8); }
  // Byte offset of a place of the assembler.
  uint32_t offset_of(Position at) const { return at.halfwords * 2 + before_[at.pending]; }
  uint32_t offset_of(Label label) const { return offset_of(assembler_.position_of(label)); }

  // True when every absolute call reaches its target from code placed at `address`.
  bool calls_reach(uint64_t address) const;

  // Writes bytes() bytes of code that will run at `address`.
  void write(std::span<uint8_t> out, uint64_t address) const;

 private:
  uint8_t fixed_size(const Instruction& insn) const;
  uint8_t size_for_distance(const Instruction& insn, int64_t distance) const;
  uint32_t offset_of_pending(uint32_t n) const { return assembler_.pending()[n].halfwords * 2 + before_[n]; }
  void compute_offsets();
  void write_pending(uint8_t* out, uint32_t n, uint64_t address) const;
  uint32_t literals_at() const { return assembler_.literals().empty() ? code_bytes() : (code_bytes() + 7) & ~7u; }

  const Assembler& assembler_;
  const JitTarget& target_;
  const bool far_calls_;
  // Per pending instruction, and the end.
  ScratchVec<uint8_t> sizes_;    // bytes
  ScratchVec<uint32_t> before_;  // bytes of all pending ones before it
};

}  // namespace skep::bpf::jit
