// The program's structure, checked before any path is explored: every slot decoded, jumps and calls inside their
// bounds, functions found, every instruction reachable.
#pragma once

#include <stdint.h>

#include <expected>

#include "bpf/isa/insn.h"
#include "bpf/memory.h"
#include "bpf/verifier/kernel_types.h"
#include "bpf/verifier/loops.h"
#include "bpf/verifier/prototype.h"
#include "bpf/verifier/verifier.h"

namespace skep::bpf::verifier {

// A bit per register whose value may still be used.
class LiveRegisters {
 public:
  LiveRegisters() = default;
  constexpr LiveRegisters(uint16_t any, uint16_t upper) : bits_(any | uint32_t{upper} << 16) {}

  uint16_t any() const { return static_cast<uint16_t>(bits_); }          // all of it, or some
  uint16_t upper() const { return static_cast<uint16_t>(bits_ >> 16); }  // more than its low half
  void add(LiveRegisters o) { bits_ |= o.bits_; }
  void remove(uint16_t registers) { bits_ &= ~(uint32_t{registers} << 16 | registers); }
  bool operator==(const LiveRegisters&) const = default;

 private:
  uint32_t bits_ = 0;
};

struct Shape {
  // Memory of `scratch` and `request` has to outlive it.
  explicit Shape(Scratch& job_scratch)
      : scratch(job_scratch),
        prototypes(scratch),
        is_prune_point(scratch),
        is_repeat_point(scratch),
        live(scratch),
        forest(scratch) {}

  Scratch& scratch;
  Vec<Insn> code;                      // one per slot
  Vec<Subprogram> subprograms;         // sorted by start, [0] is the main program
  ScratchVec<Prototype> prototypes;    // one per subprogram
  ScratchVec<uint8_t> is_prune_point;  // paths may meet here
  // Calls of helpers that call back, and may_goto: what comes back here is taken to repeat any number of times. Paths
  // end here as soon as they bring nothing new (prune.cc).
  ScratchVec<uint8_t> is_repeat_point;
  // When the instruction runs.
  ScratchVec<LiveRegisters> live;
  AttachTarget target;  // what a tracing program is for
  bool has_loops = false;
  LoopForest forest;  // when has_loops

  // The subprogram that holds instruction `at`, and the one that starts there (subprograms.size() when none does).
  uint32_t subprogram_at(InsnIndex at) const;
  uint32_t subprogram_starting_at(InsnIndex at) const;
};

std::expected<void, Rejection> analyse_shape(const VerifyRequest& request, Shape& shape);

// Fills prototypes (prototype.cc).
std::expected<void, Rejection> read_prototypes(const VerifyRequest& request, Shape& shape);
// Fills live (liveness.cc).
Result<void> compute_liveness(Shape& shape);
// The registers that an instruction reads: all, and those of which it reads more than the low half.
struct RegisterUse {
  uint16_t reads = 0;
  uint16_t reads_upper = 0;
  uint16_t writes = 0;
};
RegisterUse register_use(const Insn& insn);
// The instruction hands the address of one of the program's functions to a register.
constexpr bool takes_function(const Insn& insn) {
  return insn.op == Op::kLoadImm64 && !insn.second_slot && insn.pseudo == Pseudo::kFunc;
}
constexpr bool is_conditional_jump(Op op) { return op >= Op::kJeq && op <= Op::kJsle; }
constexpr bool is_arithmetic(Op op) { return op <= Op::kBswap; }

}  // namespace skep::bpf::verifier
