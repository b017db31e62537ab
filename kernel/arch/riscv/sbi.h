// Calls into the machine-mode firmware. RISC-V Supervisor Binary Interface Specification 1.0.
#pragma once

#include <stdint.h>

#include "lib/annotations.h"

namespace skep::arch::sbi {

enum class Error : long {
  kSuccess = 0,
  kFailed = -1,
  kNotSupported = -2,
  kInvalidParam = -3,
  kDenied = -4,
  kInvalidAddress = -5,
  kAlreadyAvailable = -6,
  kAlreadyStarted = -7,
  kAlreadyStopped = -8,
};

struct Return {
  Error error;
  long value;
};

// Any context; noprobe, since patching text goes through here.
Return call(uint64_t extension, uint64_t function, uint64_t a0 = 0, uint64_t a1 = 0, uint64_t a2 = 0, uint64_t a3 = 0,
            uint64_t a4 = 0);

bool has_extension(uint64_t id);
void console_putchar(char c);       // "Legacy Extensions": polled, works before any driver
void set_timer(uint64_t deadline);  // in ticks of `time`; also clears the pending timer
Error hart_start(uint64_t hart_id, uint64_t physical_entry, uint64_t argument);
// The harts are given by id; hart ids below 64 only (smp.cc refuses others).
void send_ipi(uint64_t hart_mask);
void remote_fence_i(uint64_t hart_mask);
void remote_sfence_vma(uint64_t hart_mask, uintptr_t start, uintptr_t bytes);
void system_reset(bool failure);  // "System Reset": shutdown

}  // namespace skep::arch::sbi
