// Time since boot. The scheduler's public name for it is monotonic_ns() in task/task.h. Any context.
#pragma once

#include <stdint.h>

namespace skep::arch {

uint64_t clock_ns();

// How the time counter and clock_ns() relate: clock_ns() = (counter - base) * ns_per_tick, when ns_per_tick is not 0.
// Constant after boot.
struct ClockScale {
  uint64_t base = 0;
  uint64_t ns_per_tick = 0;
};
ClockScale clock_scale();

// Makes this hart's timer fire at `deadline_ns`, unless its next tick comes first. Interrupts masked.
void request_timer_interrupt(uint64_t deadline_ns);

}  // namespace skep::arch
