// Time since boot. The scheduler's public name for it is monotonic_ns() in task/task.h. Any context.
#pragma once

#include <stdint.h>

namespace skep::arch {

uint64_t clock_ns();

}  // namespace skep::arch
