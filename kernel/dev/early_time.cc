// Until kernel/task has the scheduler's clock.
#include "arch/clock.h"
#include "task/task.h"

namespace skep {
__attribute__((weak)) uint64_t monotonic_ns() { return arch::clock_ns(); }
}  // namespace skep
