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

// Writes a stretch of sealed code memory (mm/code_memory.h) that nobody executes yet, inside one page. On return every
// hart sees it. EINVAL, EFAULT as above.
Result<void> write_sealed_code(uintptr_t address, const void* bytes, size_t count);

}  // namespace skep::arch
