// The kernel's own address space: what layout.h draws, with text executable, read-only data read-only, and no page that
// is writable and executable. Its root entries are fixed after boot, so user page tables copy them once.
#pragma once

#include <stdint.h>

#include "arch/machine.h"
#include "arch/riscv/page_table.h"

namespace skep::arch {

// Builds the map and switches the boot hart to it. After mm::init_pages().
void init_kernel_map();

PageTable& kernel_root();
uint64_t kernel_satp();
void copy_kernel_entries(PageTable& user_root);

// Makes `root` this hart's address space, with nothing stale. Preemption off.
void switch_address_space(uint64_t satp);
uint64_t satp_of(const PageTable& root);

// Changes one page of the stack, code or fixmap regions, whose tables exist since boot: never fails, any context. pte 0
// unmaps. The caller flushes (sfence_page for itself, sfence_everywhere for all) and serialises changes of one page.
void set_kernel_pte(uintptr_t address, Pte pte);
// Takes write access to a page's linear alias away, or gives it back. As above.
void set_linear_writable(const void* page, bool writable);

}  // namespace skep::arch
