// The periodic tick and the clock.
#pragma once

#include <stdint.h>

namespace skep::arch {

inline constexpr uint32_t kTicksPerSecond = 100;

void init_clock();         // boot hart, after the device tree
void program_next_tick();  // this hart
void start_hart_timer();   // this hart: first tick one period from now

}  // namespace skep::arch
