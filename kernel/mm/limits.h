// Limits of memory and tasks, each with its reason.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace skep::mm {

// One kernel stack per task. The page tables of the stack region are allocated at boot: 32 stacks' slots to a 4 KiB
// table.
inline constexpr uint32_t kMaxKernelStacks = 2048;

// Free stacks kept mapped: unmapping one means a TLB flush on all harts. 32 stacks are 512 KiB.
inline constexpr uint32_t kMaxCachedStacks = 32;

// Mappings of one address space: Linux's default of vm.max_map_count.
inline constexpr size_t kMaxMappings = 65530;

}  // namespace skep::mm
