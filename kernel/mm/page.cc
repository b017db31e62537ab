#include "mm/page.h"

#include <string.h>

#include <algorithm>
#include <bit>

#include "lib/checked.h"
#include "lib/log.h"
#include "task/spinlock.h"

namespace skep::mm {

using arch::PhysRange;

namespace {

extern "C" char kernel_image_start[], kernel_image_end[];

SpinLock g_lock{"pages", LockRank::kPages};
List<Page, &Page::node> g_free[kMaxOrder + 1] SKEP_GUARDED_BY(g_lock);
Page* g_pages;  // one per frame from g_first_frame on
uint64_t g_first_frame;
uint64_t g_frame_count;
std::atomic<size_t> g_free_count{0};
size_t g_total_count;
PageCache g_caches[kMaxPageCaches];
size_t g_cache_count;

size_t index_of(const Page& p) { return static_cast<size_t>(&p - g_pages); }
void* address_of(const Page& p) { return linear_of((g_first_frame + index_of(p)) << SKEP_PAGE_SHIFT); }

void push_free(size_t index, uint32_t order) SKEP_REQUIRES(g_lock) {
  Page& p = g_pages[index];
  p.state = PageState::kFree;
  p.order = static_cast<uint8_t>(order);
  g_free[order].push_front(p);
}

// Frees the block and joins it with its buddies as far as they are free.
void free_block(size_t index, uint32_t order) SKEP_REQUIRES(g_lock) {
  g_free_count.fetch_add(size_t{1} << order, std::memory_order_relaxed);
  for (; order < kMaxOrder; order++) {
    // Buddies are counted from frame 0, not from the first frame of RAM, so that blocks are aligned physically.
    const uint64_t buddy_frame = (g_first_frame + index) ^ (uint64_t{1} << order);
    if (buddy_frame < g_first_frame || buddy_frame - g_first_frame >= g_frame_count) break;
    const size_t buddy = buddy_frame - g_first_frame;
    if (g_pages[buddy].state != PageState::kFree || g_pages[buddy].order != order) break;
    g_free[order].remove(g_pages[buddy]);
    g_pages[buddy].state = PageState::kInBlock;
    g_pages[index].state = PageState::kInBlock;
    index = std::min(index, buddy);
  }
  push_free(index, order);
}

// Frees [index, index + count) as the largest aligned blocks that fit.
void free_run(size_t index, size_t count) SKEP_REQUIRES(g_lock) {
  while (count > 0) {
    const uint64_t frame = g_first_frame + index;
    uint32_t order = frame == 0 ? kMaxOrder : static_cast<uint32_t>(std::countr_zero(frame));
    order = std::min({order, kMaxOrder, static_cast<uint32_t>(std::bit_width(count) - 1)});
    free_block(index, order);
    index += size_t{1} << order;
    count -= size_t{1} << order;
  }
}

Page* take_block(uint32_t order) SKEP_REQUIRES(g_lock) {
  uint32_t have = order;
  while (have <= kMaxOrder && g_free[have].empty()) have++;
  if (have > kMaxOrder) return nullptr;
  Page* p = g_free[have].pop_front();
  p->state = PageState::kInBlock;
  while (have > order) {
    have--;
    push_free(index_of(*p) + (size_t{1} << have), have);
  }
  g_free_count.fetch_sub(size_t{1} << order, std::memory_order_relaxed);
  return p;
}

Page* take_pages(size_t count) {
  const auto order = static_cast<uint32_t>(std::bit_width(count - 1));
  if (count == 0 || order > kMaxOrder) return nullptr;
  SpinGuard guard(g_lock);
  Page* p = take_block(order);
  if (!p) return nullptr;
  const size_t index = index_of(*p);
  free_run(index + count, (size_t{1} << order) - count);
  p->state = PageState::kUsed;
  p->page_count = static_cast<uint32_t>(count);
  return p;
}

bool overlaps(PhysRange a, PhysRange b) { return a.start < b.end() && b.start < a.end(); }

PhysRange image_range() {
  const auto start = reinterpret_cast<uint64_t>(kernel_image_start) - SKEP_IMAGE_OFFSET;
  const auto end = reinterpret_cast<uint64_t>(kernel_image_end) - SKEP_IMAGE_OFFSET;
  return {start, end - start};
}

// Where the page array goes: behind the image, or behind what else is in the way.
PhysAddr place_boot_data(uint64_t bytes, std::span<const PhysRange> taken, PhysRange ram) {
  for (const PhysRange& after : taken) {
    const PhysRange candidate{align_up(after.end(), kPageBytes), bytes};
    const bool clear = std::ranges::none_of(taken, [&](PhysRange r) { return overlaps(candidate, r); });
    if (clear && candidate.start >= ram.start && candidate.end() <= ram.end()) return candidate.start;
  }
  panic("mm: no place for {} bytes of page structures", bytes);
}

}  // namespace

void init_pages() {
  const arch::Machine& m = arch::machine();
  PhysAddr low = ~uint64_t{0}, high = 0;
  for (uint32_t i = 0; i < m.memory_count; i++) {
    low = std::min(low, align_up(m.memory[i].start, kPageBytes));
    high = std::max(high, align_down(m.memory[i].end(), kPageBytes));
  }
  high = std::min<PhysAddr>(high, SKEP_LINEAR_BYTES / 2);  // what the boot page table maps
  g_first_frame = low >> SKEP_PAGE_SHIFT;
  g_frame_count = (high - low) >> SKEP_PAGE_SHIFT;

  const PhysRange image = image_range();
  // The firmware lies below the image and keeps its memory to itself.
  const PhysRange firmware{low, image.start - low};
  const PhysRange held[] = {image, firmware, m.initrd, m.device_tree};
  const uint64_t array_bytes = g_frame_count * sizeof(Page);
  const PhysRange array{place_boot_data(array_bytes, held, {low, high - low}), align_up(array_bytes, kPageBytes)};
  g_pages = static_cast<Page*>(linear_of(array.start));
  for (size_t i = 0; i < g_frame_count; i++) new (&g_pages[i]) Page;

  const auto is_free = [&](PhysAddr at) {
    const PhysRange page{at, kPageBytes};
    const auto hit = [&](PhysRange r) { return r.bytes != 0 && overlaps(page, r); };
    if (std::ranges::any_of(held, hit) || hit(array)) return false;
    return std::any_of(m.memory, m.memory + m.memory_count,
                       [&](PhysRange r) { return r.start <= at && at + kPageBytes <= r.end(); });
  };
  SpinGuard guard(g_lock);
  for (size_t i = 0; i < g_frame_count;) {
    size_t n = 0;
    while (i + n < g_frame_count && is_free((g_first_frame + i + n) << SKEP_PAGE_SHIFT)) n++;
    free_run(i, n);
    i += n + 1;
  }
  g_total_count = g_free_count.load(std::memory_order_relaxed);
}

void* allocate_pages_uncleared(size_t count) {
  Page* p = take_pages(count);
  for (size_t i = 0; !p && i < g_cache_count;) {
    if (g_caches[i].reclaim()) {
      p = take_pages(count);
    } else {
      i++;
    }
  }
  return p ? address_of(*p) : nullptr;
}

void* allocate_pages(size_t count) {
  void* p = allocate_pages_uncleared(count);
  if (p) memset(p, 0, count * kPageBytes);
  return p;
}

void free_pages(void* pages, size_t count) {
  Page& p = page_of(pages);
  SpinGuard guard(g_lock);
  if (p.state != PageState::kUsed && p.state != PageState::kSlab) panic("mm: freeing a page that is not in use");
  p.page_count = 0;
  free_run(index_of(p), count);
}

size_t total_page_count() { return g_total_count; }

size_t free_page_count() {
  size_t cached = 0;
  for (size_t i = 0; i < g_cache_count; i++) cached += g_caches[i].cached_pages();
  return g_free_count.load(std::memory_order_relaxed) + cached;
}

void add_page_cache(const PageCache& cache) {
  if (g_cache_count == kMaxPageCaches) panic("mm: too many page caches");
  g_caches[g_cache_count++] = cache;
}

PhysAddr phys_of(const void* linear) { return reinterpret_cast<uintptr_t>(linear) - SKEP_LINEAR_BASE; }
void* linear_of(PhysAddr phys) { return reinterpret_cast<void*>(phys + SKEP_LINEAR_BASE); }

Page* find_page(PhysAddr phys) {
  const uint64_t frame = phys >> SKEP_PAGE_SHIFT;
  if (frame < g_first_frame || frame - g_first_frame >= g_frame_count) return nullptr;
  return &g_pages[frame - g_first_frame];
}

// Apart from page_of(), so that it needs no frame.
[[noreturn, gnu::noinline, gnu::cold]] static void refuse_address(const void* linear) {
  panic("mm: {} is no address in RAM", linear);
}

Page& page_of(const void* linear) {
  Page* p = find_page(phys_of(linear));
  if (!p) [[unlikely]]
    refuse_address(linear);
  return *p;
}

}  // namespace skep::mm
