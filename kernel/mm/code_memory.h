// Executable memory within reach of direct calls from and to kernel text (layout.h, code region). A page of it is never
// writable and executable at once: it is filled through its linear alias, whose write access ends before the executable
// mapping begins.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/result.h"

namespace skep::mm {

struct CodeBlock {
  uint8_t* write = nullptr;  // `bytes` bytes, zeroed; nullptr once sealed
  uintptr_t address = 0;     // where the code runs
  size_t bytes = 0;          // whole pages
  void* pages = nullptr;     // linear alias, read-only while sealed
};

// ENOMEM, EINVAL for 0 bytes. Task or atomic.
Result<CodeBlock> allocate_code(size_t bytes);
// On return every hart can execute the block. Task or atomic. Sealing twice is harmless.
void seal_code(CodeBlock& block);
// Sealed or not; nobody may be executing it. An empty block is fine. Task or atomic.
void free_code(CodeBlock& block);

}  // namespace skep::mm
