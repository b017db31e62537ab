#include "arch/riscv/probe/simulate.h"
#include "lib/annotations.h"

namespace skep::riscv::probe {

namespace {

// sstatus ("Supervisor Status Register", Volume II).
constexpr uint64_t kSie = 0x2;
constexpr uint64_t kSpie = 0x20;
constexpr uint64_t kSpp = 0x100;

// What the interrupted code would have read: its SIE is in SPIE now. SPIE and SPP of before the trap are gone; outside
// of trap entry and exit they hold what the last sret left there.
[[gnu::always_inline]] inline uint64_t status_before_trap(uint64_t saved) {
  const uint64_t sie = (saved & kSpie) != 0 ? kSie : 0;
  return (saved & ~(kSie | kSpp)) | kSpie | sie;
}

[[gnu::always_inline]] inline uint64_t with_status_bits(uint64_t saved, uint64_t bits, bool set) {
  uint64_t mask = bits & ~(kSie | kSpie | kSpp);
  if ((bits & kSie) != 0) mask |= kSpie;
  return set ? saved | mask : saved & ~mask;
}

}  // namespace

SKEP_NOPROBE void simulate(const Step& step, SavedRegisters words) {
  uint64_t* const regs = words.data();
  const uint64_t pc = regs[kPcWord];
  const uint64_t a = step.rs1 == 0 ? 0 : regs[step.rs1];
  const uint64_t b = step.rs2 == 0 ? 0 : regs[step.rs2];
  const auto imm = static_cast<uint64_t>(int64_t{step.imm});
  uint64_t next = pc + step.length;
  uint64_t result = 0;
  bool writes = true, taken = false;
  switch (step.operation) {
    case Operation::kOutOfLine:
      return;
    case Operation::kAddImmediate:
      result = a + imm;
      break;
    case Operation::kAdd:
      result = a + b;
      break;
    case Operation::kAuipc:
      result = pc + imm;
      break;
    case Operation::kJal:
      result = next;
      next = pc + imm;
      break;
    case Operation::kJalr:
      result = next;
      next = (a + imm) & ~uint64_t{1};
      break;
    case Operation::kBranchEq:
      writes = false;
      taken = a == b;
      break;
    case Operation::kBranchNe:
      writes = false;
      taken = a != b;
      break;
    case Operation::kBranchLt:
      writes = false;
      taken = static_cast<int64_t>(a) < static_cast<int64_t>(b);
      break;
    case Operation::kBranchGe:
      writes = false;
      taken = static_cast<int64_t>(a) >= static_cast<int64_t>(b);
      break;
    case Operation::kBranchLtu:
      writes = false;
      taken = a < b;
      break;
    case Operation::kBranchGeu:
      writes = false;
      taken = a >= b;
      break;
    case Operation::kStatusSet:
    case Operation::kStatusClear:
      result = status_before_trap(regs[kStatusWord]);
      regs[kStatusWord] = with_status_bits(regs[kStatusWord], a, step.operation == Operation::kStatusSet);
      break;
    case Operation::kStatusSetImmediate:
    case Operation::kStatusClearImmediate:
      result = status_before_trap(regs[kStatusWord]);
      regs[kStatusWord] = with_status_bits(regs[kStatusWord], imm, step.operation == Operation::kStatusSetImmediate);
      break;
  }
  if (taken) next = pc + imm;
  if (writes && step.rd != 0) regs[step.rd] = result;
  regs[kPcWord] = next;
}

}  // namespace skep::riscv::probe
