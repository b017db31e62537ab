// Counters that /proc/stat shows.
#pragma once

#include <stdint.h>

namespace skep {

void count_fork();
// One tick of hart `index` went to user mode, the kernel, or nobody.
enum class TickUse : uint8_t { kUser, kSystem, kIdle };
void count_tick(uint32_t index, TickUse use);

}  // namespace skep
