// Grace periods: the side that scheduler and interrupts feed. The public side is in task/task.h.
#pragma once

#include <stdint.h>

namespace skep {

// Hart `index` runs no reader at this moment (its preemption counter is 0, or only the scheduler's). Called on that
// hart.
void report_quiescent(uint32_t index);

// From an interrupt: starts the grace thread when callbacks wait for it.
void wake_grace_thread();

// Boot, once the scheduler runs.
void start_grace_thread();

}  // namespace skep
