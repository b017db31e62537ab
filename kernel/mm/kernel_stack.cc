#include "mm/kernel_stack.h"

#include "arch/riscv/csr.h"
#include "arch/riscv/kernel_map.h"
#include "arch/riscv/smp.h"
#include "mm/limits.h"
#include "mm/page.h"
#include "task/spinlock.h"

namespace skep::mm {

namespace {

constexpr size_t kStackPages = SKEP_STACK_BYTES / kPageBytes;

SpinLock g_lock{"kernel_stacks", LockRank::kKernelStacks};
uint64_t g_taken[kMaxKernelStacks / 64] SKEP_GUARDED_BY(g_lock);  // a bit per slot: mapped or being mapped
uint32_t g_cached[kMaxCachedStacks] SKEP_GUARDED_BY(g_lock);      // mapped slots without an owner
uint32_t g_cached_count SKEP_GUARDED_BY(g_lock) = 0;

uintptr_t top_of(uint32_t slot) { return SKEP_STACK_REGION + uintptr_t{slot + 1} * SKEP_STACK_SLOT_BYTES; }
uint32_t slot_of(uintptr_t top) { return static_cast<uint32_t>((top - SKEP_STACK_REGION) / SKEP_STACK_SLOT_BYTES) - 1; }

Result<uint32_t> take_slot() {
  SpinGuard guard(g_lock);
  for (uint32_t i = 0; i < kMaxKernelStacks; i++) {
    const uint64_t bit = uint64_t{1} << (i % 64);
    if (g_taken[i / 64] & bit) continue;
    g_taken[i / 64] |= bit;
    return i;
  }
  return fail(Errno::kEAGAIN);
}

// Unmaps the lowest `mapped` pages of the slot's stack, flushes, then frees pages and slot.
void release_slot(uint32_t slot, size_t mapped) {
  const uintptr_t bottom = top_of(slot) - SKEP_STACK_BYTES;
  void* pages[kStackPages];
  for (size_t i = 0; i < mapped; i++) {
    const uintptr_t at = bottom + i * kPageBytes;
    pages[i] = linear_of(arch::pte_address(*arch::find_pte(arch::kernel_root(), at)));
    arch::set_kernel_pte(at, 0);
  }
  if (mapped != 0) arch::sfence_everywhere(bottom, mapped * kPageBytes);
  for (size_t i = 0; i < mapped; i++) free_pages(pages[i], 1);
  SpinGuard guard(g_lock);
  g_taken[slot / 64] &= ~(uint64_t{1} << (slot % 64));
}

size_t cached_pages() {
  SpinGuard guard(g_lock);
  return g_cached_count * kStackPages;
}

bool reclaim() {
  uint32_t slot;
  {
    SpinGuard guard(g_lock);
    if (g_cached_count == 0) return false;
    slot = g_cached[--g_cached_count];
  }
  release_slot(slot, kStackPages);
  return true;
}

}  // namespace

void init_kernel_stacks() { add_page_cache({cached_pages, reclaim}); }

Result<uintptr_t> allocate_kernel_stack() {
  {
    SpinGuard guard(g_lock);
    if (g_cached_count != 0) return top_of(g_cached[--g_cached_count]);
  }
  const uint32_t slot = TRY(take_slot());
  const uintptr_t bottom = top_of(slot) - SKEP_STACK_BYTES;
  for (size_t i = 0; i < kStackPages; i++) {
    void* page = allocate_pages(1);
    if (!page) {
      release_slot(slot, i);
      return fail(Errno::kENOMEM);
    }
    arch::set_kernel_pte(bottom + i * kPageBytes, arch::make_pte(phys_of(page), arch::kKernelData));
  }
  // Only entries that were not valid changed; the harts that may remember that are told all the same, once per stack.
  arch::sfence_everywhere(bottom, SKEP_STACK_BYTES);
  return top_of(slot);
}

void free_kernel_stack(uintptr_t top) {
  const uint32_t slot = slot_of(top);
  {
    SpinGuard guard(g_lock);
    if (g_cached_count < kMaxCachedStacks) {
      g_cached[g_cached_count++] = slot;
      return;
    }
  }
  release_slot(slot, kStackPages);
}

}  // namespace skep::mm
