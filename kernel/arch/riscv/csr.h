// Control and status registers. Names and bits: The RISC-V Instruction Set Manual, Volume II, "Supervisor-Level ISA".
#pragma once

#include <stdint.h>

#include "arch/riscv/layout.h"
#include "lib/annotations.h"

#define SKEP_CSR_READ(name)                                           \
  ({                                                                  \
    uint64_t skep_csr_value;                                          \
    asm volatile("csrr %0, " #name : "=r"(skep_csr_value)::"memory"); \
    skep_csr_value;                                                   \
  })
#define SKEP_CSR_WRITE(name, value) asm volatile("csrw " #name ", %0" ::"r"(static_cast<uint64_t>(value)) : "memory")
#define SKEP_CSR_SET(name, bits) asm volatile("csrs " #name ", %0" ::"r"(static_cast<uint64_t>(bits)) : "memory")
#define SKEP_CSR_CLEAR(name, bits) asm volatile("csrc " #name ", %0" ::"r"(static_cast<uint64_t>(bits)) : "memory")

namespace skep::arch {

inline constexpr uint64_t kInterruptBit = uint64_t{1} << 63;

// scause without the interrupt bit.
enum class Interrupt : uint64_t { kSoftware = 1, kTimer = 5, kExternal = 9 };
enum class Exception : uint64_t {
  kInstructionMisaligned = 0,
  kInstructionAccess = 1,
  kIllegalInstruction = 2,
  kBreakpoint = 3,
  kLoadMisaligned = 4,
  kLoadAccess = 5,
  kStoreMisaligned = 6,
  kStoreAccess = 7,
  kUserEcall = 8,
  kSupervisorEcall = 9,
  kInstructionPageFault = 12,
  kLoadPageFault = 13,
  kStorePageFault = 15,
};

inline constexpr uint64_t kFsShift = 13;
inline constexpr uint64_t kFsInitial = uint64_t{1} << kFsShift;
inline constexpr uint64_t kFsClean = uint64_t{2} << kFsShift;
inline constexpr uint64_t kFsDirty = uint64_t{3} << kFsShift;

// The state of this hart's interrupts before the call: kSstatusSie or 0.
[[gnu::always_inline]] inline uintptr_t disable_interrupts() {
  uintptr_t old;
  asm volatile("csrrci %0, sstatus, 2" : "=r"(old)::"memory");
  return old & SKEP_SSTATUS_SIE;
}
[[gnu::always_inline]] inline void enable_interrupts() { asm volatile("csrsi sstatus, 2" ::: "memory"); }
[[gnu::always_inline]] inline void restore_interrupts(uintptr_t saved) {
  SKEP_CSR_SET(sstatus, saved & SKEP_SSTATUS_SIE);
}
[[gnu::always_inline]] inline bool interrupts_enabled() { return (SKEP_CSR_READ(sstatus) & SKEP_SSTATUS_SIE) != 0; }

[[gnu::always_inline]] inline void wait_for_interrupt() { asm volatile("wfi" ::: "memory"); }
// A hint in a spin loop ("Zihintpause"; a fence on harts without it).
[[gnu::always_inline]] inline void pause() { asm volatile(".4byte 0x0100000f" ::: "memory"); }

[[gnu::always_inline]] inline void sfence_all() { asm volatile("sfence.vma" ::: "memory"); }
[[gnu::always_inline]] inline void sfence_page(uintptr_t address) {
  asm volatile("sfence.vma %0, zero" ::"r"(address) : "memory");
}
[[gnu::always_inline]] inline void fence_i() { asm volatile("fence.i" ::: "memory"); }
[[gnu::always_inline]] inline uint64_t read_time() { return SKEP_CSR_READ(time); }

}  // namespace skep::arch
