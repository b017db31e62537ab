// The text's own mapping stays read-only. A writable, non-executable alias of its page appears in the fixmap for the
// length of one store, on this hart only.
#include "arch/riscv/patch_text.h"

#include <atomic>

#include "arch/riscv/csr.h"
#include "arch/riscv/kernel_map.h"
#include "arch/riscv/smp.h"
#include "arch/riscv/thread.h"

namespace skep::arch {

namespace {

extern "C" char kernel_text_start[], kernel_text_end[];

std::atomic<bool> g_fixmap_busy{false};

// A lock of its own: SpinLock's code is ordinary text, which may be what is being patched.
class FixmapGuard {
 public:
  SKEP_NOPROBE FixmapGuard() {
    saved_ = disable_interrupts();
    current_thread().preempt_count++;
    while (g_fixmap_busy.exchange(true, std::memory_order_acquire)) pause();
  }
  SKEP_NOPROBE ~FixmapGuard() {
    g_fixmap_busy.store(false, std::memory_order_release);
    current_thread().preempt_count--;
    restore_interrupts(saved_);
  }

 private:
  uintptr_t saved_;
};

SKEP_NOPROBE bool in_code_region(uintptr_t address) {
  return address >= SKEP_CODE_REGION && address < SKEP_CODE_REGION + SKEP_CODE_REGION_BYTES;
}

SKEP_NOPROBE bool in_kernel_text(uintptr_t address) {
  return address >= reinterpret_cast<uintptr_t>(kernel_text_start) &&
         address < reinterpret_cast<uintptr_t>(kernel_text_end);
}

// The table entry of the page; nullptr when there is none. Both tables exist since boot and are never freed.
SKEP_NOPROBE Pte* kernel_entry(uintptr_t address) {
  PageTable* table = &kernel_root();
  for (uint32_t level = 2; level > 0; level--) {
    const Pte entry = table->entries[table_index(address, level)];
    if (!(entry & kPteValid)) return nullptr;
    table = reinterpret_cast<PageTable*>(SKEP_LINEAR_BASE + pte_address(entry));
  }
  return &table->entries[table_index(address, 0)];
}

// Calls store(alias of `address`) while the alias is mapped. The caller makes the harts see it.
template <typename Store>
[[gnu::always_inline]] inline Result<void> with_alias(uintptr_t address, Store&& store) {
  const Pte* source = kernel_entry(address);
  Pte* alias = kernel_entry(SKEP_FIXMAP);
  if (!source || !alias || !(*source & kPteValid)) return fail(Errno::kEFAULT);
  {
    FixmapGuard guard;
    *const_cast<volatile Pte*>(alias) = make_pte(pte_address(*source), kKernelData);
    sfence_page(SKEP_FIXMAP);
    store(SKEP_FIXMAP + address % SKEP_PAGE_BYTES);
    *const_cast<volatile Pte*>(alias) = 0;
    sfence_page(SKEP_FIXMAP);
  }
  return {};
}

}  // namespace

SKEP_NOPROBE Result<void> patch_text_lazily(uintptr_t address, const void* bytes, size_t count) {
  if ((count != 2 && count != 4) || address % count != 0) return fail(Errno::kEINVAL);
  if (!in_kernel_text(address) && !in_code_region(address)) return fail(Errno::kEFAULT);
  const auto* from = static_cast<const uint8_t*>(bytes);
  auto written = with_alias(address, [=](uintptr_t alias) __attribute__((always_inline)) {
    const auto low = static_cast<uint16_t>(from[0] | from[1] << 8);
    if (count == 2) {
      *reinterpret_cast<volatile uint16_t*>(alias) = low;
    } else {
      *reinterpret_cast<volatile uint32_t*>(alias) = low | uint32_t{from[2]} << 16 | uint32_t{from[3]} << 24;
    }
  });
  fence_i();
  return written;
}

SKEP_NOPROBE Result<void> patch_text(uintptr_t address, const void* bytes, size_t count) {
  auto written = patch_text_lazily(address, bytes, count);
  if (written) fence_i_everywhere();
  return written;
}

SKEP_NOPROBE void refetch_text(uintptr_t address) {
  // An atomic "or nothing": the content stays, whoever else writes it meanwhile.
  auto touched = with_alias(address & ~uintptr_t{3}, [](uintptr_t alias) __attribute__((always_inline)) {
    asm volatile("amoor.w zero, zero, (%0)" ::"r"(alias) : "memory");
  });
  (void)touched;  // EFAULT: no text is there, so nothing can be stale
  fence_i();
}

SKEP_NOPROBE Result<void> write_sealed_code(uintptr_t address, const void* bytes, size_t count) {
  if (count == 0 || address % SKEP_PAGE_BYTES + count > SKEP_PAGE_BYTES) return fail(Errno::kEINVAL);
  if (!in_code_region(address)) return fail(Errno::kEFAULT);
  const auto* from = static_cast<const uint8_t*>(bytes);
  auto written = with_alias(address, [=](uintptr_t alias) __attribute__((always_inline)) {
    for (size_t i = 0; i < count; i++) reinterpret_cast<volatile uint8_t*>(alias)[i] = from[i];
  });
  if (written) fence_i_everywhere();
  return written;
}

}  // namespace skep::arch
