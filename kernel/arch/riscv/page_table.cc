#include "arch/riscv/page_table.h"

#include "mm/page.h"

namespace skep::arch {

namespace {

PageTable* table_of(Pte pte) { return static_cast<PageTable*>(mm::linear_of(pte_address(pte))); }

Pte* walk(PageTable& root, uintptr_t address, bool create) {
  PageTable* table = &root;
  for (uint32_t level = 2; level > 0; level--) {
    Pte& entry = table->entries[table_index(address, level)];
    if (!(entry & kPteValid)) {
      if (!create) return nullptr;
      void* page = mm::allocate_pages(1);
      if (!page) return nullptr;
      entry = make_pte(mm::phys_of(page), kPteValid);
    }
    table = table_of(entry);
  }
  return &table->entries[table_index(address, 0)];
}

}  // namespace

Pte* find_pte(PageTable& root, uintptr_t address) { return walk(root, address, false); }
Pte* create_pte(PageTable& root, uintptr_t address) { return walk(root, address, true); }

}  // namespace skep::arch
