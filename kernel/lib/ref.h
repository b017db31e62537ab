// Intrusive reference counting. RefCounted<T> holds the count (atomic: references are taken and dropped on any hart);
// Ref<T> is one counted reference and is never null except after a move.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <atomic>
#include <utility>

namespace skep {

// T derives from RefCounted<T> and has a member `void last_reference_dropped()`, which disposes of the object; it runs
// in the context of whoever dropped the last reference.
template <typename T>
class RefCounted {
 public:
  RefCounted() = default;
  RefCounted(const RefCounted&) = delete;
  RefCounted& operator=(const RefCounted&) = delete;

  void ref() const { count_.fetch_add(1, std::memory_order_relaxed); }

  // Takes a reference unless the count has already fallen to zero (lookup in a table that holds no reference itself).
  [[nodiscard]] bool try_ref() const {
    uint32_t n = count_.load(std::memory_order_relaxed);
    while (n != 0) {
      if (count_.compare_exchange_weak(n, n + 1, std::memory_order_acquire, std::memory_order_relaxed)) return true;
    }
    return false;
  }

  void unref() const {
    if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      const_cast<T*>(static_cast<const T*>(this))->last_reference_dropped();
    }
  }

  uint32_t ref_count() const { return count_.load(std::memory_order_relaxed); }

 protected:
  ~RefCounted() = default;

 private:
  mutable std::atomic<uint32_t> count_{1};  // a new object belongs to whoever created it
};

template <typename T>
class [[nodiscard]] Ref {
 public:
  Ref() = default;
  // Takes over the reference that the caller holds.
  static Ref adopt(T* object) { return Ref(object); }
  // Takes a new reference.
  static Ref share(T* object) {
    if (object) object->ref();
    return Ref(object);
  }

  Ref(const Ref& other) : object_(other.object_) {
    if (object_) object_->ref();
  }
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  template <typename U>
    requires std::is_convertible_v<U*, T*>
  Ref(Ref<U>&& other) noexcept : object_(other.release()) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Ref() {
    if (object_) object_->unref();
  }

  // Hands the reference to the caller, who must drop it.
  [[nodiscard]] T* release() { return std::exchange(object_, nullptr); }
  void reset() { *this = Ref(); }

  T* get() const { return object_; }
  T& operator*() const { return *object_; }
  T* operator->() const { return object_; }
  explicit operator bool() const { return object_ != nullptr; }

 private:
  explicit Ref(T* object) : object_(object) {}
  T* object_ = nullptr;
};

}  // namespace skep
