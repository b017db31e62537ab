// The end: prints what is known and switches the machine off with exit code 125. Any context, probes included: takes no
// lock, allocates nothing, and writes through the firmware's console.
#pragma once

#include <string_view>

#include "uapi/ptrace.h"

namespace skep::arch {

inline constexpr uint32_t kPanicExitCode = 125;

[[noreturn]] void panic_with_registers(std::string_view cause, const pt_regs& regs);

// True once a panic has begun: other harts stop at their next interrupt.
bool panic_in_progress();
[[noreturn]] void stop_this_hart();

}  // namespace skep::arch
