#include "arch/riscv/sbi.h"

namespace skep::arch::sbi {

namespace {
constexpr uint64_t kLegacyPutchar = 0x01;
constexpr uint64_t kBase = 0x10;
constexpr uint64_t kTime = 0x54494D45;
constexpr uint64_t kIpi = 0x735049;
constexpr uint64_t kRfence = 0x52464E43;
constexpr uint64_t kHsm = 0x48534D;
constexpr uint64_t kSystemReset = 0x53525354;
}  // namespace

SKEP_NOPROBE Return call(uint64_t extension, uint64_t function, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3,
                         uint64_t a4) {
  register uint64_t r0 asm("a0") = a0;
  register uint64_t r1 asm("a1") = a1;
  register uint64_t r2 asm("a2") = a2;
  register uint64_t r3 asm("a3") = a3;
  register uint64_t r4 asm("a4") = a4;
  register uint64_t r6 asm("a6") = function;
  register uint64_t r7 asm("a7") = extension;
  asm volatile("ecall" : "+r"(r0), "+r"(r1) : "r"(r2), "r"(r3), "r"(r4), "r"(r6), "r"(r7) : "memory");
  return {static_cast<Error>(r0), static_cast<long>(r1)};
}

bool has_extension(uint64_t id) { return call(kBase, 3, id).value != 0; }

SKEP_NOPROBE void console_putchar(char c) { call(kLegacyPutchar, 0, static_cast<unsigned char>(c)); }

void set_timer(uint64_t deadline) { call(kTime, 0, deadline); }

Error hart_start(uint64_t hart_id, uint64_t physical_entry, uint64_t argument) {
  return call(kHsm, 0, hart_id, physical_entry, argument).error;
}

SKEP_NOPROBE void send_ipi(uint64_t hart_mask) { call(kIpi, 0, hart_mask, 0); }

SKEP_NOPROBE void remote_fence_i(uint64_t hart_mask) { call(kRfence, 0, hart_mask, 0); }

SKEP_NOPROBE void remote_sfence_vma(uint64_t hart_mask, uintptr_t start, uintptr_t bytes) {
  call(kRfence, 1, hart_mask, 0, start, bytes);
}

SKEP_NOPROBE void system_reset(bool failure) { call(kSystemReset, 0, 0, failure ? 1 : 0); }

}  // namespace skep::arch::sbi
