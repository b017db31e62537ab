// The kernel heap. Any size up to kMaxAllocationBytes; 16-byte aligned, 64 from 64 bytes on, page-aligned from
// a page on. Task or atomic context (takes a spin lock with interrupts masked), never from a probe.
#pragma once

#include <stddef.h>

#include "lib/ref.h"
#include "lib/result.h"
#include "lib/unique.h"
#include "lib/vector.h"

namespace skep {

inline constexpr size_t kMaxAllocationBytes = size_t{64} << 20;

// Once, before other harts run. Registers the harts' magazines with the page allocator.
void init_heap();

[[nodiscard]] void* kmalloc(size_t bytes);  // zeroed; nullptr when there is no memory
[[nodiscard]] void* kmalloc_uncleared(size_t bytes);
void kfree(void* p);  // nullptr is fine

// Of the pages that the heap has cut up for small objects, the bytes that no object takes. Task.
size_t heap_unused_bytes();

struct KernelAllocator {
  static void* allocate(size_t bytes) { return kmalloc(bytes); }
  static void* allocate_uncleared(size_t bytes) { return kmalloc_uncleared(bytes); }
  static void release(void* p) { kfree(p); }
};

template <typename T>
using KVector = Vector<T, KernelAllocator>;
template <typename T>
using KUnique = UniquePtr<T, KernelAllocator>;

// A reference-counted object on the heap; its last_reference_dropped() calls kdelete(this).
template <typename T, typename... Args>
Result<Ref<T>> kcreate(Args&&... args);

template <typename T>
void kdelete(T* object) {
  object->~T();
  kfree(object);
}

}  // namespace skep

namespace skep {
template <typename T, typename... Args>
Result<Ref<T>> kcreate(Args&&... args) {
  void* place = kmalloc(sizeof(T));
  if (!place) return fail(Errno::kENOMEM);
  return Ref<T>::adopt(new (place) T(std::forward<Args>(args)...));
}
}  // namespace skep
