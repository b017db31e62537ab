// Objects up to half a page come from slabs of one page, all objects of one size; larger ones are whole pages. A slab
// whose last object goes is given back at once: the free-page count then says exactly what is in use.
#include "mm/heap.h"

#include <string.h>

#include <algorithm>
#include <iterator>

#include "lib/checked.h"
#include "lib/log.h"
#include "mm/page.h"
#include "task/spinlock.h"

namespace skep {

namespace {

using mm::kPageBytes;
using mm::Page;
using mm::PageState;

// From 64 bytes on multiples of 64, for the alignment that heap.h promises.
constexpr uint16_t kClassBytes[] = {16, 32, 48, 64, 128, 192, 256, 320, 448, 576, 704, 1024, 1344, 2048};
constexpr size_t kClasses = std::size(kClassBytes);
constexpr size_t kLargestSlabObject = kClassBytes[kClasses - 1];

struct FreeObject {
  FreeObject* next;
};

struct SlabClass {
  SpinLock lock{"slab", LockRank::kSlab};
  List<Page, &Page::node> with_room SKEP_GUARDED_BY(lock);
};
SlabClass g_classes[kClasses];

size_t class_for(size_t bytes) {
  return static_cast<size_t>(std::ranges::lower_bound(kClassBytes, bytes) - std::begin(kClassBytes));
}

uint8_t* slab_address(const void* object) {
  return reinterpret_cast<uint8_t*>(align_down(reinterpret_cast<uintptr_t>(object), kPageBytes));
}

// Threads all objects of a fresh page onto its free list.
void make_slab(void* memory, size_t cls) {
  Page& page = mm::page_of(memory);
  page.state = PageState::kSlab;
  page.slab_class = static_cast<uint8_t>(cls);
  page.slab_used = 0;
  const size_t size = kClassBytes[cls];
  FreeObject* list = nullptr;
  for (size_t i = kPageBytes / size; i-- > 0;) {
    auto* object = reinterpret_cast<FreeObject*>(static_cast<uint8_t*>(memory) + i * size);
    object->next = list;
    list = object;
  }
  page.slab_free = list;
}

// An object of a slab with room; nullptr when there is none.
void* take_object(SlabClass& cls) SKEP_REQUIRES(cls.lock) {
  Page* page = cls.with_room.front();
  if (!page) return nullptr;
  auto* object = static_cast<FreeObject*>(page->slab_free);
  page->slab_free = object->next;
  page->slab_used++;
  if (!page->slab_free) cls.with_room.remove(*page);
  return object;
}

void* slab_allocate(size_t index) {
  SlabClass& cls = g_classes[index];
  {
    SpinGuard guard(cls.lock);
    if (void* p = take_object(cls)) return p;
  }
  void* memory = mm::allocate_pages_uncleared(1);
  if (!memory) return nullptr;
  make_slab(memory, index);
  SpinGuard guard(cls.lock);
  cls.with_room.push_front(mm::page_of(memory));
  return take_object(cls);
}

void slab_free(void* p, Page& page) {
  const size_t size = kClassBytes[page.slab_class];
  uint8_t* slab = slab_address(p);
  if (static_cast<size_t>(static_cast<uint8_t*>(p) - slab) % size != 0) panic("kfree: {} is inside an object", p);
  SlabClass& cls = g_classes[page.slab_class];
  bool empty = false;
  {
    SpinGuard guard(cls.lock);
    const bool was_full = page.slab_free == nullptr;
    auto* object = static_cast<FreeObject*>(p);
    object->next = static_cast<FreeObject*>(page.slab_free);
    page.slab_free = object;
    page.slab_used--;
    empty = page.slab_used == 0;
    if (was_full && !empty) cls.with_room.push_front(page);
    if (!was_full && empty) cls.with_room.remove(page);
  }
  if (empty) mm::free_pages(slab, 1);
}

}  // namespace

void* kmalloc(size_t bytes) {
  if (bytes > kMaxAllocationBytes) return nullptr;
  if (bytes > kLargestSlabObject) return mm::allocate_pages(align_up(bytes, kPageBytes) / kPageBytes);
  void* p = slab_allocate(class_for(bytes));
  if (p) memset(p, 0, kClassBytes[class_for(bytes)]);
  return p;
}

void kfree(void* p) {
  if (!p) return;
  Page& page = mm::page_of(p);
  if (page.state == PageState::kSlab) {
    slab_free(p, page);
  } else if (page.state == PageState::kUsed && page.page_count != 0 && slab_address(p) == p) {
    mm::free_pages(p, page.page_count);
  } else {
    panic("kfree: {} was not allocated", p);
  }
}

}  // namespace skep
