// The time of day: nanoseconds since 1970 (UTC). Without a clock chip, since boot. Any context.
#pragma once

#include <stdint.h>

namespace skep {

uint64_t realtime_ns();
void set_realtime_ns(uint64_t now);  // clock_settime

}  // namespace skep
