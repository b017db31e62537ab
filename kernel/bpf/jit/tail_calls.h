// Tail calls. Every function from which one may be made, itself or through those that it calls, keeps the address of
// the run's count of tail calls, which it gets in a6 and hands on: the count is one for all of them, as in Linux
// since 6.11. Whoever enters such a function from outside (a C caller, or a helper that calls back) does not know a6,
// and enters through a stub in front of the function that makes the count.
#pragma once

#include "bpf/jit/assembler.h"
#include "bpf/prog.h"

namespace skep::bpf::jit {

inline constexpr Reg kTailCallCount = Reg::kA6;

// Who calls whom, as far as tail calls make it matter.
class CallGraph {
 public:
  CallGraph(const Image& image, Scratch& scratch) : image_(image), calls_(scratch), tail_calls_(scratch) {}

  // For each call of the image. ENOMEM.
  Result<void> add(InsnIndex at, const Insn& call);
  // Sets, per subprogram, whether some tail call can be reached. `callers` is all false.
  void find_tail_callers(std::span<bool> callers) const;

 private:
  struct Call {
    InsnIndex from, to;
  };
  size_t subprogram_of(InsnIndex at) const;

  const Image& image_;
  ScratchVec<Call> calls_;            // of subprograms
  ScratchVec<InsnIndex> tail_calls_;  // where they are
};

// The stub: a C function that makes a count and calls `body`. `taken` is where the count begins: for a callback at the
// limit, so that it makes no tail calls, as the interpreter has it.
void emit_entry_stub(Assembler& as, Label stub, Label body, uint32_t taken);

}  // namespace skep::bpf::jit
