// Changing code that other harts may be running. Any context; noprobe.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/result.h"

namespace skep::arch {

// Writes 2 or 4 bytes of kernel text, naturally aligned, as one store: a hart that fetches meanwhile sees the old
// instruction or the new one. To put a breakpoint over a 4-byte instruction at an address that is not a multiple of 4,
// write its first 2 bytes (c.ebreak). On return no hart executes the old bytes. EINVAL for another size or alignment,
// EFAULT for an address outside kernel text and the code region.
Result<void> patch_text(uintptr_t address, const void* bytes, size_t count);

// As patch_text(), but only this hart and memory have the new bytes on return: another hart may execute the old ones
// until its next fence.i. For taking a breakpoint away, where the trap of a hart that still saw it does that fence: it
// saves waiting for all harts.
Result<void> patch_text_lazily(uintptr_t address, const void* bytes, size_t count);

// For a hart that executed other bytes at `address` than memory holds now: makes it fetch anew. fence.i alone is what
// the architecture asks for ("Zifencei" Extension for Instruction-Fetch Fence), but QEMU (7.2, one thread per hart) can
// keep a translation that it made while another hart was writing the text, and drops it only at a store to the page. So
// the page gets a store that changes nothing.
void refetch_text(uintptr_t address);

// Writes a stretch of sealed code memory (mm/code_memory.h) that nobody executes yet, inside one page. On return every
// hart sees it. EINVAL, EFAULT as above.
Result<void> write_sealed_code(uintptr_t address, const void* bytes, size_t count);

}  // namespace skep::arch
