// Other harts: start, interrupts between harts, fences on all of them.
#pragma once

#include <stdint.h>

namespace skep::arch {

struct Thread;

uint32_t online_hart_count();

// Starts hart `index` of machine() with `idle` as its running thread (its stack prepared by the caller). False when the
// firmware refuses. The hart enters on_secondary_hart() (arch/hooks.h).
bool start_hart(uint32_t index, Thread& idle);

// Any context.
void send_ipi(uint32_t hart_index);
void send_ipi_to_others();

// On return no hart executes stale instructions or uses stale translations of [start, start + bytes). Any context;
// waits for the firmware, not for the other harts' interrupts to be unmasked.
void fence_i_everywhere();
void sfence_everywhere(uintptr_t start, uintptr_t bytes);

}  // namespace skep::arch
