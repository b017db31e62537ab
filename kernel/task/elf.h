// ELF executables: static riscv64 programs (ET_EXEC, and ET_DYN without an interpreter). Pure: reads a span, returns a
// plan. System V ABI, "Object Files"; RISC-V ELF psABI.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <span>

#include "lib/result.h"

namespace skep {

inline constexpr size_t kMaxElfSegments = 16;  // static programs have four to six

struct ElfSegment {
  uint64_t address = 0;  // as linked
  uint64_t memory_bytes = 0;
  uint64_t file_offset = 0;
  uint64_t file_bytes = 0;
  uint32_t prot = 0;  // PROT_*
};

struct ElfPlan {
  ElfSegment segments[kMaxElfSegments];
  uint32_t segment_count = 0;
  uint64_t entry = 0;
  uint64_t headers_address = 0;  // of the program headers in memory, 0 when no segment holds them
  uint16_t header_count = 0;
  uint16_t header_bytes = 0;
  bool relocatable = false;  // ET_DYN: addresses count from a base to be chosen
  uint64_t end() const;      // one past the highest address used
};

// ENOEXEC for anything that is not such a program, or whose headers contradict the file's size or the user address
// range.
Result<ElfPlan> parse_elf(std::span<const uint8_t> file);

}  // namespace skep
