// UniquePtr<T, Allocator>: sole ownership, made by a factory that can fail.
#pragma once

#include <new>
#include <utility>

#include "lib/result.h"

namespace skep {

template <typename T, typename Allocator>
class UniquePtr {
 public:
  UniquePtr() = default;
  UniquePtr(UniquePtr&& o) noexcept : object_(std::exchange(o.object_, nullptr)) {}
  UniquePtr& operator=(UniquePtr&& o) noexcept {
    if (this != &o) {
      reset();
      object_ = std::exchange(o.object_, nullptr);
    }
    return *this;
  }
  ~UniquePtr() { reset(); }

  // ENOMEM when there is no memory; otherwise T(args...).
  template <typename... Args>
  static Result<UniquePtr> create(Args&&... args) {
    void* place = Allocator::allocate(sizeof(T));
    if (!place) return fail(Errno::kENOMEM);
    UniquePtr p;
    p.object_ = new (place) T(std::forward<Args>(args)...);
    return p;
  }

  void reset() {
    if (object_) {
      object_->~T();
      Allocator::release(object_);
      object_ = nullptr;
    }
  }
  // The caller must run the destructor and give the memory back to Allocator.
  [[nodiscard]] T* release() { return std::exchange(object_, nullptr); }

  T* get() const { return object_; }
  T& operator*() const { return *object_; }
  T* operator->() const { return object_; }
  explicit operator bool() const { return object_ != nullptr; }

 private:
  T* object_ = nullptr;
};

}  // namespace skep
