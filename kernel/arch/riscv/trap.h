// Traps: names for messages, and the table of faults that kernel code expects.
#pragma once

#include <stdint.h>

#include <string_view>

#include "uapi/ptrace.h"

namespace skep::arch {

// "load page fault", "timer interrupt", ... for scause.
std::string_view trap_cause_name(uint64_t cause);

// Makes a fault at an instruction listed in .ex_table continue at its fixup. False: not listed.
bool apply_exception_fixup(pt_regs& regs);

// Per hart: interrupts and counters. After this, interrupts may be enabled.
void enable_hart_traps();

}  // namespace skep::arch
