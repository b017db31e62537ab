// Random numbers of statistical quality, fast and usable anywhere. For programs: dev/random.h.
#pragma once

#include <stdint.h>

namespace skep {

// Any context.
uint32_t fast_random_u32();

}  // namespace skep
