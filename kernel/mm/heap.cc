// Objects up to half a page come from slabs of one page, all objects of one size; larger ones are whole pages. A slab
// whose last object goes is given back at once. In front of the slabs each hart keeps a few freed objects of each size
// in magazines, which cost a tenth of what a slab's lock does; counting free pages empties them first, so the count
// still says exactly what is in use.
#include "mm/heap.h"

#include <string.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <iterator>

#include "arch/limits.h"
#include "arch/riscv/csr.h"
#include "arch/riscv/thread.h"
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
  size_t slabs SKEP_GUARDED_BY(lock) = 0;
  size_t taken SKEP_GUARDED_BY(lock) = 0;  // objects, those in magazines too
};
SlabClass g_classes[kClasses];

// The class of each size, in steps of the smallest.
constexpr size_t kStepBytes = 16;
constexpr auto kClassOfSteps = [] {
  std::array<uint8_t, kLargestSlabObject / kStepBytes + 1> table{};
  for (size_t i = 0; i < table.size(); i++) {
    table[i] = static_cast<uint8_t>(std::ranges::lower_bound(kClassBytes, i * kStepBytes) - std::begin(kClassBytes));
  }
  return table;
}();
size_t class_for(size_t bytes) { return kClassOfSteps[(bytes + kStepBytes - 1) / kStepBytes]; }

// Objects of each class that this hart freed last, still taken as far as their slabs know. Used with interrupts masked;
// `busy` keeps out whoever empties the magazines of another hart.
struct alignas(64) Magazines {
  static constexpr size_t kDepth = 12;
  struct Magazine {
    size_t count = 0;
    void* objects[kDepth];
  };
  std::atomic<uint32_t> busy{0};
  Magazine of[kClasses];
};
Magazines g_magazines[arch::kMaxHarts];

// This hart's magazine of a class, or none while another hart empties it.
class OwnMagazine {
 public:
  explicit OwnMagazine(size_t cls)
      : saved_(arch::disable_interrupts()), all_(g_magazines[arch::this_hart().index]), mine_(all_.of[cls]) {
    taken_ = all_.busy.exchange(1, std::memory_order_acquire) == 0;
  }
  ~OwnMagazine() {
    if (taken_) all_.busy.store(0, std::memory_order_release);
    arch::restore_interrupts(saved_);
  }
  OwnMagazine(const OwnMagazine&) = delete;
  OwnMagazine& operator=(const OwnMagazine&) = delete;

  void* pop() { return taken_ && mine_.count > 0 ? mine_.objects[--mine_.count] : nullptr; }
  bool push(void* object) {
    if (!taken_ || mine_.count == Magazines::kDepth) return false;
    mine_.objects[mine_.count++] = object;
    return true;
  }

 private:
  uintptr_t saved_;
  Magazines& all_;
  Magazines::Magazine& mine_;
  bool taken_ = false;
};

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
  cls.taken++;
  if (!page->slab_free) cls.with_room.remove(*page);
  return object;
}

// When this hart's magazine has none.
[[gnu::noinline]] void* allocate_from_slab(size_t index) {
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
  cls.slabs++;
  return take_object(cls);
}

[[gnu::noinline]] void return_to_slab(void* p) {
  Page& page = mm::page_of(p);
  SlabClass& cls = g_classes[page.slab_class];
  bool empty = false;
  {
    SpinGuard guard(cls.lock);
    const bool was_full = page.slab_free == nullptr;
    auto* object = static_cast<FreeObject*>(p);
    object->next = static_cast<FreeObject*>(page.slab_free);
    page.slab_free = object;
    page.slab_used--;
    cls.taken--;
    empty = page.slab_used == 0;
    if (empty) cls.slabs--;
    if (was_full && !empty) cls.with_room.push_front(page);
    if (!was_full && empty) cls.with_room.remove(page);
  }
  if (empty) mm::free_pages(slab_address(p), 1);
}

// All harts' magazines to their slabs. True when there was anything in them.
bool empty_magazines() {
  bool any = false;
  for (Magazines& m : g_magazines) {
    void* objects[kClasses * Magazines::kDepth];
    size_t count = 0;
    const uintptr_t saved = arch::disable_interrupts();
    while (m.busy.exchange(1, std::memory_order_acquire) != 0) arch::pause();
    for (Magazines::Magazine& magazine : m.of) {
      while (magazine.count > 0) objects[count++] = magazine.objects[--magazine.count];
    }
    m.busy.store(0, std::memory_order_release);
    arch::restore_interrupts(saved);
    any = any || count > 0;
    while (count > 0) return_to_slab(objects[--count]);
  }
  return any;
}

// Apart from kfree(), so that it needs no frame.
[[noreturn, gnu::noinline, gnu::cold]] void refuse_to_free(const void* p) {
  panic("kfree: {} was not allocated, or is inside an object", p);
}

size_t settle_magazines() {
  empty_magazines();
  return 0;
}

}  // namespace

void init_heap() { mm::add_page_cache({settle_magazines, empty_magazines}); }

size_t heap_unused_bytes() {
  empty_magazines();
  size_t unused = 0;
  for (size_t i = 0; i < kClasses; i++) {
    SpinGuard guard(g_classes[i].lock);
    unused += g_classes[i].slabs * kPageBytes - g_classes[i].taken * kClassBytes[i];
  }
  return unused;
}

void* kmalloc_uncleared(size_t bytes) {
  if (bytes > kLargestSlabObject) [[unlikely]] {
    return bytes > kMaxAllocationBytes ? nullptr
                                       : mm::allocate_pages_uncleared(align_up(bytes, kPageBytes) / kPageBytes);
  }
  const size_t index = class_for(bytes);
  if (void* p = OwnMagazine(index).pop()) [[likely]]
    return p;
  return allocate_from_slab(index);
}

void* kmalloc(size_t bytes) {
  void* p = kmalloc_uncleared(bytes);
  if (p) memset(p, 0, align_up(bytes, kStepBytes));
  return p;
}

void kfree(void* p) {
  if (!p) return;
  const Page& page = mm::page_of(p);
  const size_t inside = static_cast<size_t>(static_cast<uint8_t*>(p) - slab_address(p));
  if (page.state == PageState::kSlab) [[likely]] {
    if (inside % kClassBytes[page.slab_class] != 0) refuse_to_free(p);
    if (!OwnMagazine(page.slab_class).push(p)) [[unlikely]]
      return_to_slab(p);
  } else if (page.state == PageState::kUsed && page.page_count != 0 && inside == 0) {
    mm::free_pages(p, page.page_count);
  } else {
    refuse_to_free(p);
  }
}

}  // namespace skep
