#include "arch/riscv/kernel_map.h"

#include <string.h>

#include "arch/riscv/boot.h"
#include "arch/riscv/csr.h"
#include "lib/checked.h"
#include "lib/log.h"
#include "mm/limits.h"
#include "mm/page.h"

namespace skep::arch {

namespace {

extern "C" char kernel_text_start[], kernel_text_end[], kernel_rodata_start[], kernel_rodata_end[], kernel_data_start[],
    kernel_image_end[];

PageTable* g_root;

uintptr_t address_of(const char* mark) { return reinterpret_cast<uintptr_t>(mark); }

void map_page(uintptr_t address, PhysAddr page, Pte flags) {
  Pte* pte = create_pte(*g_root, address);
  if (!pte) panic("mm: no memory for the kernel's page tables");
  *pte = make_pte(page, flags);
}

void map_image_part(const char* start, const char* end, Pte flags) {
  for (uintptr_t at = align_down(address_of(start), uintptr_t{SKEP_PAGE_BYTES}); at < address_of(end);
       at += SKEP_PAGE_BYTES)
    map_page(at, at - SKEP_IMAGE_OFFSET, flags);
}

// Text and read-only data must not be writable through the linear map either.
Pte linear_flags(PhysAddr at) {
  const uintptr_t image = at + SKEP_IMAGE_OFFSET;
  return image >= address_of(kernel_text_start) && image < address_of(kernel_rodata_end) ? kKernelPage : kKernelData;
}

void map_ram() {
  const Machine& m = machine();
  for (uint32_t i = 0; i < m.memory_count; i++) {
    for (PhysAddr at = align_up(m.memory[i].start, uint64_t{SKEP_PAGE_BYTES});
         at + SKEP_PAGE_BYTES <= m.memory[i].end(); at += SKEP_PAGE_BYTES) {
      // The firmware's memory below the image is fenced off by physical memory protection; nothing of it is mapped.
      if (at < address_of(kernel_text_start) - SKEP_IMAGE_OFFSET || !mm::find_page(at)) continue;
      map_page(SKEP_LINEAR_BASE + at, at, linear_flags(at));
    }
  }
}

// Allocates the tables of a region now, so that mapping in it later cannot fail and no memory seems lost to it.
void prepare_region(uintptr_t start, uint64_t bytes) {
  for (uintptr_t at = start; at < start + bytes; at += uint64_t{1} << 21) {
    if (!create_pte(*g_root, at)) panic("mm: no memory for the kernel's page tables");
  }
}

}  // namespace

SKEP_NOPROBE PageTable& kernel_root() { return *g_root; }
uint64_t satp_of(const PageTable& root) { return kSatpSv39 | mm::phys_of(&root) >> SKEP_PAGE_SHIFT; }
uint64_t kernel_satp() { return satp_of(*g_root); }

void switch_address_space(uint64_t satp) {
  SKEP_CSR_WRITE(satp, satp);
  sfence_all();
  fence_i();  // the program may have been written by another hart
}

void init_kernel_map() {
  g_root = static_cast<PageTable*>(mm::allocate_pages(1));
  if (!g_root) panic("mm: no memory for the kernel's page tables");
  map_image_part(kernel_text_start, kernel_text_end, kKernelText);
  map_image_part(kernel_rodata_start, kernel_rodata_end, kKernelPage);
  map_image_part(kernel_data_start, kernel_image_end, kKernelData);
  map_ram();
  prepare_region(SKEP_DEVICE_BASE, uint64_t{1} << 21);
  prepare_region(SKEP_STACK_REGION, uint64_t{mm::kMaxKernelStacks} * SKEP_STACK_SLOT_BYTES);
  prepare_region(SKEP_CODE_REGION, SKEP_CODE_REGION_BYTES);
  prepare_region(SKEP_FIXMAP, uint64_t{1} << 21);
  switch_address_space(kernel_satp());
}

void copy_kernel_entries(PageTable& user_root) {
  memcpy(&user_root.entries[kFirstKernelRootEntry], &g_root->entries[kFirstKernelRootEntry],
         sizeof(Pte) * (kTableEntries - kFirstKernelRootEntry));
}

void set_kernel_pte(uintptr_t address, Pte pte) {
  Pte* entry = find_pte(*g_root, address);
  if (!entry) panic("mm: {#x} lies in no prepared region", address);
  __atomic_store_n(entry, pte, __ATOMIC_RELEASE);
}

void set_linear_writable(const void* page, bool writable) {
  set_kernel_pte(reinterpret_cast<uintptr_t>(page), make_pte(mm::phys_of(page), writable ? kKernelData : kKernelPage));
}

volatile uint8_t* map_device(PhysRange registers) {
  if (registers.bytes == 0 || registers.end() > SKEP_DEVICE_BYTES || mm::find_page(registers.start)) return nullptr;
  const PhysAddr first = align_down(registers.start, uint64_t{SKEP_PAGE_BYTES});
  for (PhysAddr at = first; at < registers.end(); at += SKEP_PAGE_BYTES) {
    Pte* pte = create_pte(*g_root, SKEP_DEVICE_BASE + at);
    if (!pte) return nullptr;
    *pte = make_pte(at, kKernelData);
  }
  sfence_all();
  return reinterpret_cast<volatile uint8_t*>(SKEP_DEVICE_BASE + registers.start);
}

}  // namespace skep::arch
