#include "bpf/jit/opt/registers.h"

namespace skep::bpf::jit {
namespace {

// In the order in which they are taken. The temporaries cost nothing but do not survive calls.
constexpr Reg kTemporaries[] = {Reg::kA6, Reg::kA7, Reg::kT5, Reg::kT4, Reg::kT3};
constexpr Reg kPreserved[] = {Reg::kS4, Reg::kS5, Reg::kS6, Reg::kS7, Reg::kS8, Reg::kS9, Reg::kS10, Reg::kS11};

}  // namespace

uint8_t hoisting_loop(const Loops& loops, uint8_t inner) {
  uint8_t undisturbed = kNoLoop, outermost = kNoLoop;
  for (uint8_t n = inner; n != kNoLoop; n = loops[n].parent) {
    if (!loops[n].single_entry || !loops[n].entered) continue;
    outermost = n;
    if (!loops[n].calls) undisturbed = n;
  }
  return undisturbed != kNoLoop ? undisturbed : outermost;
}

void RegisterPool::prepare(const Code& code, const Loops& loops, std::span<const RegSet> live) {
  loops_ = &loops;
  live_ = live;
  start_ = code.start();
  for (InsnIndex at = code.start(); at < code.end(); at++) {
    exchanges_ |= code[at].is(Op::kAtomic) && code[at].atomic == AtomicOp::kCmpXchg;
  }
}

bool RegisterPool::is_free(Reg reg, uint8_t loop) const {
  const Loop& wanted = (*loops_)[loop];
  for (const Taken& t : taken_) {
    const Loop& other = (*loops_)[t.loop];
    if (t.reg == reg && other.first <= wanted.last && wanted.first <= other.last) return false;
  }
  return true;
}

// The registers of r0 … r5 when the loop neither touches them nor leaves them as they are for somebody behind it.
MachineRegs RegisterPool::free_of_bpf(const Loop& loop) const {
  const RegSet busy = live_[loop.entry - start_] | loop.touched;
  MachineRegs free = 0;
  for (uint8_t r = 0; r <= 5; r++) {
    if ((busy & reg_bit(r)) == 0) free |= machine_bit(kRegisterMap[r]);
  }
  return free;
}

Result<Reg> RegisterPool::take(uint8_t loop, Kind kind) {
  const bool calls = (*loops_)[loop].calls;
  const MachineRegs of_bpf = calls ? 0 : free_of_bpf((*loops_)[loop]);
  const auto try_take = [&](Reg reg) -> Result<bool> {
    if (!is_free(reg, loop)) return false;
    TRY(taken_.push_back({reg, loop}));
    return true;
  };
  const auto from_bpf = [&]() -> Result<Reg> {
    for (const Reg reg : kRegisterMap) {
      if ((of_bpf & machine_bit(reg)) != 0 && TRY(try_take(reg))) return reg;
    }
    return Reg::kZero;
  };
  if (kind == kCompressible) {
    if (const Reg reg = TRY(from_bpf()); reg != Reg::kZero) return reg;
  }
  for (const Reg reg : kTemporaries) {
    const bool used = exchanges_ && (reg == Reg::kT3 || reg == Reg::kT4);
    if (!calls && !used && TRY(try_take(reg))) return reg;
  }
  if (const Reg reg = TRY(from_bpf()); reg != Reg::kZero) return reg;
  for (const Reg reg : kPreserved) {
    if (TRY(try_take(reg))) {
      saved_ |= machine_bit(reg);
      return reg;
    }
  }
  return Reg::kZero;
}

}  // namespace skep::bpf::jit
