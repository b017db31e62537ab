// Time since boot. The scheduler's public name for it is monotonic_ns() in task/task.h. Any context.
#pragma once

#include <stdint.h>

namespace skep::arch {

uint64_t clock_ns();

// Makes this hart's timer fire at `deadline_ns`, unless its next tick comes first. Interrupts masked.
void request_timer_interrupt(uint64_t deadline_ns);

}  // namespace skep::arch
