#include "mm/code_memory.h"

#include "arch/riscv/kernel_map.h"
#include "arch/riscv/smp.h"
#include "lib/checked.h"
#include "mm/page.h"
#include "task/spinlock.h"

namespace skep::mm {

namespace {

constexpr size_t kRegionPages = SKEP_CODE_REGION_BYTES / kPageBytes;

SpinLock g_lock{"code_memory", LockRank::kCodeMemory};
uint64_t g_taken[kRegionPages / 64] SKEP_GUARDED_BY(g_lock);  // one bit per page of the region

bool is_taken(size_t page) SKEP_REQUIRES(g_lock) { return g_taken[page / 64] >> (page % 64) & 1; }

void mark(size_t first, size_t count, bool taken) SKEP_REQUIRES(g_lock) {
  for (size_t i = first; i < first + count; i++) {
    const uint64_t bit = uint64_t{1} << (i % 64);
    g_taken[i / 64] = taken ? g_taken[i / 64] | bit : g_taken[i / 64] & ~bit;
  }
}

// First fit.
Result<size_t> take_addresses(size_t count) {
  SpinGuard guard(g_lock);
  size_t run = 0;
  for (size_t i = 0; i < kRegionPages; i++) {
    run = is_taken(i) ? 0 : run + 1;
    if (run == count) {
      mark(i + 1 - count, count, true);
      return i + 1 - count;
    }
  }
  return fail(Errno::kENOMEM);
}

// One page more than the code has stays unmapped, so that running off its end faults.
constexpr size_t kGuardPages = 1;

}  // namespace

Result<CodeBlock> allocate_code(size_t bytes) {
  if (bytes == 0) return fail(Errno::kEINVAL);
  if (bytes > SKEP_CODE_REGION_BYTES) return fail(Errno::kENOMEM);
  const size_t count = align_up(bytes, kPageBytes) / kPageBytes;
  const size_t first = TRY(take_addresses(count + kGuardPages));
  void* pages = allocate_pages(count);
  if (!pages) {
    SpinGuard guard(g_lock);
    mark(first, count + kGuardPages, false);
    return fail(Errno::kENOMEM);
  }
  return CodeBlock{static_cast<uint8_t*>(pages), SKEP_CODE_REGION + first * kPageBytes, count * kPageBytes, pages};
}

void seal_code(CodeBlock& block) {
  if (!block.write) return;
  for (size_t at = 0; at < block.bytes; at += kPageBytes) arch::set_linear_writable(block.write + at, false);
  arch::sfence_everywhere(reinterpret_cast<uintptr_t>(block.pages), block.bytes);
  for (size_t at = 0; at < block.bytes; at += kPageBytes) {
    arch::set_kernel_pte(block.address + at, arch::make_pte(phys_of(block.write + at), arch::kKernelText));
  }
  block.write = nullptr;
  // An implementation may cache that an entry was not valid.
  arch::sfence_everywhere(block.address, block.bytes);
  arch::fence_i_everywhere();
}

void free_code(CodeBlock& block) {
  if (block.bytes == 0) return;
  if (!block.write) {
    for (size_t at = 0; at < block.bytes; at += kPageBytes) arch::set_kernel_pte(block.address + at, 0);
    arch::sfence_everywhere(block.address, block.bytes);
    for (size_t at = 0; at < block.bytes; at += kPageBytes) {
      arch::set_linear_writable(static_cast<uint8_t*>(block.pages) + at, true);
    }
    arch::sfence_everywhere(reinterpret_cast<uintptr_t>(block.pages), block.bytes);
  }
  free_pages(block.pages, block.bytes / kPageBytes);
  SpinGuard guard(g_lock);
  mark((block.address - SKEP_CODE_REGION) / kPageBytes, block.bytes / kPageBytes + kGuardPages, false);
  block = {};
}

}  // namespace skep::mm
