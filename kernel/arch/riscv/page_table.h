// Sv39 page tables. The RISC-V Instruction Set Manual, Volume II, "Sv39: Page-Based 39-bit Virtual-Memory System".
// A table is a page in the linear map. Nothing here locks or flushes: the owner of the table does.
#pragma once

#include <stdint.h>

#include "arch/machine.h"
#include "arch/riscv/layout.h"

namespace skep::arch {

using Pte = uint64_t;

inline constexpr Pte kPteValid = 1 << 0;
inline constexpr Pte kPteRead = 1 << 1;
inline constexpr Pte kPteWrite = 1 << 2;
inline constexpr Pte kPteExecute = 1 << 3;
inline constexpr Pte kPteUser = 1 << 4;
inline constexpr Pte kPteGlobal = 1 << 5;
inline constexpr Pte kPteAccessed = 1 << 6;
inline constexpr Pte kPteDirty = 1 << 7;

// Accessed and dirty are always set: hardware that does not set them itself would fault instead.
inline constexpr Pte kKernelPage = kPteValid | kPteRead | kPteGlobal | kPteAccessed | kPteDirty;
inline constexpr Pte kKernelData = kKernelPage | kPteWrite;
inline constexpr Pte kKernelText = kKernelPage | kPteExecute;
inline constexpr Pte kUserPage = kPteValid | kPteUser | kPteAccessed | kPteDirty;

inline constexpr uint32_t kTableEntries = 512;
inline constexpr uint32_t kFirstKernelRootEntry = 256;
inline constexpr uint64_t kSatpSv39 = uint64_t{8} << 60;

struct PageTable {
  Pte entries[kTableEntries];
};
static_assert(sizeof(PageTable) == SKEP_PAGE_BYTES);

constexpr Pte make_pte(PhysAddr page, Pte flags) { return (page >> SKEP_PAGE_SHIFT) << 10 | flags; }
constexpr PhysAddr pte_address(Pte pte) { return (pte >> 10 & ((uint64_t{1} << 44) - 1)) << SKEP_PAGE_SHIFT; }
constexpr bool pte_is_leaf(Pte pte) { return (pte & (kPteRead | kPteWrite | kPteExecute)) != 0; }
// Level 2 is the root.
constexpr uint32_t table_index(uintptr_t address, uint32_t level) { return address >> (12 + 9 * level) & 511; }

// The 4 KiB entry for `address`; nullptr when a table on the way is missing (find), or cannot be allocated (create).
Pte* find_pte(PageTable& root, uintptr_t address);
Pte* create_pte(PageTable& root, uintptr_t address);

}  // namespace skep::arch
