// Physical pages: a buddy allocator. Free counts are exact, so that a test can compare them before and after.
// Any context but a probe (a spin lock with interrupts masked).
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <atomic>

#include "arch/machine.h"
#include "arch/riscv/layout.h"
#include "lib/list.h"

namespace skep::mm {

using arch::PhysAddr;

inline constexpr size_t kPageBytes = SKEP_PAGE_BYTES;
inline constexpr uint32_t kMaxOrder = 14;  // 64 MiB, the heap's largest allocation

enum class PageState : uint8_t { kReserved, kFree, kInBlock, kUsed, kSlab };

// One per physical page of RAM.
struct Page {
  ListNode node;                      // free list, or a size class's list of slabs with room
  std::atomic<uint32_t> mappings{0};  // user page tables that map it
  PageState state = PageState::kReserved;
  uint8_t order = 0;  // of the free block that begins here
  uint8_t slab_class = 0;
  uint16_t slab_used = 0;
  uint32_t page_count = 0;    // of the allocation that begins here
  void* slab_free = nullptr;  // first free object
};

// From machine().memory without the firmware, the image, the device tree and the initrd. Boot, on the boot page table.
void init_pages();

// `count` physically contiguous pages, zeroed, at their linear address; nullptr when there are none. Only the pages
// asked for are taken: the rest of a power-of-two block goes back.
[[nodiscard]] void* allocate_pages(size_t count);
// Pages without zeroing, for callers that overwrite all of them.
[[nodiscard]] void* allocate_pages_uncleared(size_t count);
void free_pages(void* pages, size_t count);
size_t total_page_count();
size_t free_page_count();

// Memory that a cache holds and gives back on demand counts as free. `reclaim` gives something back or returns false;
// both are called without the allocator's lock.
struct PageCache {
  size_t (*cached_pages)();
  bool (*reclaim)();
};
// Boot, at most kMaxPageCaches of them.
void add_page_cache(const PageCache& cache);
inline constexpr size_t kMaxPageCaches = 4;

PhysAddr phys_of(const void* linear);
void* linear_of(PhysAddr phys);
Page* find_page(PhysAddr phys);  // nullptr outside RAM
Page& page_of(const void* linear);

}  // namespace skep::mm
