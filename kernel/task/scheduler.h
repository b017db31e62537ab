// Preemptive round-robin scheduling with one run queue per hart.
#pragma once

namespace skep {

// The outermost preemption-off section ended and this hart's attention word is not zero. Preemptible, interrupts on.
void preemption_enabled();

}  // namespace skep
