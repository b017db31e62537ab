// Registers that the fixed mapping of BPF registers leaves over, handed out for the length of a loop.
#pragma once

#include "bpf/jit/assembler.h"
#include "bpf/jit/opt/loops.h"

namespace skep::bpf::jit {

// A set of machine registers, bit n for xn.
using MachineRegs = uint32_t;
constexpr MachineRegs machine_bit(Reg r) { return MachineRegs{1} << riscv::number(r); }

// Where the translator keeps r0 … r9.
inline constexpr Reg kRegisterMap[kRegisters - 1] = {Reg::kA5, Reg::kA0, Reg::kA1, Reg::kA2, Reg::kA3,
                                                     Reg::kA4, Reg::kS0, Reg::kS1, Reg::kS2, Reg::kS3};

// The loop before which a value that is needed inside of loop `inner` is best computed: the outermost one that no call
// can disturb, or else the outermost one; kNoLoop for none.
uint8_t hoisting_loop(const Loops& loops, uint8_t inner);
// How often an instruction at this depth runs, roughly.
constexpr uint32_t loop_weight(uint8_t depth) { return 1u << (3 * (depth < 5 ? depth : 5)); }

class RegisterPool {
 public:
  enum Kind : uint8_t { kAny, kCompressible };

  explicit RegisterPool(Scratch& scratch) : taken_(scratch) {}

  // `live`: find_live_registers() of the function.
  void prepare(const Code& code, const Loops& loops, std::span<const RegSet> live);

  // A register that keeps its value throughout the loop, from its entry on; Reg::kZero when none is left. `kind` says
  // which to try first. ENOMEM.
  Result<Reg> take(uint8_t loop, Kind kind);

  // Callee-saved registers that were taken: the prologue saves them.
  MachineRegs saved() const { return saved_; }

 private:
  struct Taken {
    Reg reg;
    uint8_t loop;
  };
  bool is_free(Reg reg, uint8_t loop) const;
  MachineRegs free_of_bpf(const Loop& loop) const;

  const Loops* loops_ = nullptr;
  std::span<const RegSet> live_;
  InsnIndex start_ = 0;
  bool exchanges_ = false;  // compare-and-exchange uses t3 and t4
  MachineRegs saved_ = 0;
  ScratchVec<Taken> taken_;
};

}  // namespace skep::bpf::jit
