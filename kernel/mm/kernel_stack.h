// Kernel stacks, mapped with an unmapped area below each, so that an overflow faults instead of spoiling memory.
// Task or atomic context.
#pragma once

#include <stdint.h>

#include "lib/result.h"

namespace skep::mm {

// The top of a stack of SKEP_STACK_BYTES. ENOMEM; EAGAIN when kMaxKernelStacks exist.
Result<uintptr_t> allocate_kernel_stack();
void free_kernel_stack(uintptr_t top);

// Lets the page allocator count and take back cached stacks. Boot.
void init_kernel_stacks();

}  // namespace skep::mm
