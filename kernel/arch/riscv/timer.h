// The periodic tick and the clock.
#pragma once

#include <stdint.h>

namespace skep::arch {

inline constexpr uint32_t kTicksPerSecond = 100;

void init_clock();        // boot hart, after the device tree
void start_hart_timer();  // this hart: first tick one period from now
// This hart's timer fired. True when a period is over; false when it fired early, for request_timer_interrupt().
bool take_timer_interrupt();

}  // namespace skep::arch
