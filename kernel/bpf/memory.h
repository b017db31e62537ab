// Containers and owners of the BPF core, on the platform's memory.
#pragma once

#include "bpf/platform.h"
#include "lib/arena.h"
#include "lib/unique.h"
#include "lib/vector.h"

namespace skep::bpf {

template <typename T>
using Vec = Vector<T, PlatformAllocator>;

// Memory of one job (a compilation, a verification), and containers in it.
using Scratch = Arena<PlatformAllocator>;
template <typename T>
using ScratchVec = Vector<T, ArenaAllocator<PlatformAllocator>>;

template <typename T>
using Unique = UniquePtr<T, PlatformAllocator>;

// Makes a reference-counted object; ENOMEM. Such objects dispose of themselves with destroy().
template <typename T, typename... Args>
Result<Ref<T>> create_ref(Args&&... args) {
  void* place = platform::allocate(sizeof(T));
  if (!place) return fail(Errno::kENOMEM);
  return Ref<T>::adopt(new (place) T(std::forward<Args>(args)...));
}

template <typename T>
void destroy(T* object) {
  object->~T();
  platform::release(object);
}

}  // namespace skep::bpf
