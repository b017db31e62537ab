// futex(2), the minimum: waiting and waking by address within one address space.
#pragma once

#include <stdint.h>

#include "lib/result.h"
#include "mm/user_copy.h"

namespace skep {

// Sleeps while *address == expected. EAGAIN when it is not, EINTR, ETIMEDOUT, EFAULT.
Result<void> futex_wait(UserAddr address, uint32_t expected, uint64_t deadline_ns);
// Wakes up to `count` sleepers; how many.
uint32_t futex_wake(UserAddr address, uint32_t count);

}  // namespace skep
