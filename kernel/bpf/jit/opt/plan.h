// What the optimising tier knows and has decided about one function. Functions beyond kMaxOptimized are translated
// without a plan.
//
//   step         the form in which passes see the code
//   inline       pass: lookups and helpers without a call
//   jumps        pass: jumps to and over jumps
//   copies       pass: copy propagation, address folding
//   idioms       passes: rotations, shift-and-add
//   dead         pass: liveness, unread results
//   loops        intervals of instructions that backward jumps make
//   registers    what the fixed mapping leaves over
//   preheader    what is computed before a loop
//   induction    pass: pointers advanced instead of counters
//   coalesce     pass: values computed where they are moved to
//   extensions   pass: upper halves across joins
//   constants    pass: constants kept across a loop
//
// Passes do not repeat the translator's rules. They run it to listen: it asks for what would help, they decide, and it
// is run again.
#pragma once

#include "bpf/jit/jit.h"
#include "bpf/jit/opt/constants.h"
#include "bpf/jit/opt/extensions.h"
#include "bpf/jit/opt/preheader.h"
#include "bpf/jit/opt/registers.h"

namespace skep::bpf::jit {

inline constexpr uint32_t kMaxOptimized = 16384;  // instructions of a function
inline constexpr uint32_t kMaxRounds = 6;         // translations of a function, but for the final one
static_assert(kMaxOptimized <= UINT16_MAX, "joins are numbered by 16 bits");

struct Plan {
  Plan(const JitTarget& target, Scratch& scratch)
      : passes_off(target.passes_off),
        target(target),
        loops(scratch),
        live(scratch),
        upper_live(scratch),
        registers(scratch),
        preheaders(scratch),
        joins(scratch),
        constants(scratch),
        sequences(scratch),
        scratch_(scratch) {}

  // Improves the function's steps, and finds what the translator will ask for.
  Result<void> prepare(const Image& image, Code& code, std::span<bool> is_target);
  bool has(JitPass p) const { return (passes_off & pass_bit(p)) == 0; }
  // Before each translation.
  void begin_round() { joins.begin_round(); }
  // Between two translations: decides with what the last one asked for. False when the next one is final.
  Result<bool> another_round();

  uint32_t passes_off;
  const JitTarget& target;
  bool needs_to_listen = false;  // the function has loops
  uint32_t round = 0;
  FunctionUsage usage;
  Loops loops;
  ScratchVec<RegSet> live;
  ScratchVec<RegSet> upper_live;  // find_live_upper_halves()
  RegisterPool registers;
  Preheaders preheaders;
  JoinFacts joins;
  ConstantPlan constants;
  ConstantCache sequences;

 private:
  void find_dead(Code& code);

  Scratch& scratch_;
};

}  // namespace skep::bpf::jit
