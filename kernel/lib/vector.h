// A vector whose growth can fail. Memory comes from `Allocator`, a type with
//   void* allocate_uncleared(size_t bytes);   // aligned for any scalar type, nullptr when there is none
//   void release(void* p);
// so that the same container serves the kernel, the portable BPF core and the host tests. The functions are static, or
// the allocator is an object that says where its memory comes from (lib/arena.h), and is given to the constructor.
#pragma once

#include <stddef.h>

#include <new>
#include <span>
#include <type_traits>
#include <utility>

#include "lib/checked.h"
#include "lib/result.h"

namespace skep {

template <typename T, typename Allocator>
class Vector {
  static_assert(std::is_nothrow_move_constructible_v<T>);

 public:
  Vector() = default;
  explicit Vector(Allocator allocator) : allocator_(allocator) {}
  Vector(const Vector&) = delete;
  Vector& operator=(const Vector&) = delete;
  Vector(Vector&& o) noexcept
      : allocator_(o.allocator_),
        data_(std::exchange(o.data_, nullptr)),
        size_(std::exchange(o.size_, 0)),
        capacity_(std::exchange(o.capacity_, 0)) {}
  Vector& operator=(Vector&& o) noexcept {
    if (this != &o) {
      dispose();
      allocator_ = o.allocator_;
      data_ = std::exchange(o.data_, nullptr);
      size_ = std::exchange(o.size_, 0);
      capacity_ = std::exchange(o.capacity_, 0);
    }
    return *this;
  }
  ~Vector() { dispose(); }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  size_t capacity() const { return capacity_; }
  T* data() { return data_; }
  const T* data() const { return data_; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }
  T& operator[](size_t i) { return data_[i]; }
  const T& operator[](size_t i) const { return data_[i]; }
  T& back() { return data_[size_ - 1]; }
  const T& back() const { return data_[size_ - 1]; }
  std::span<T> span() { return {data_, size_}; }
  std::span<const T> span() const { return {data_, size_}; }

  [[nodiscard]] Result<void> reserve(size_t wanted) {
    if (wanted <= capacity_) return {};
    const auto bytes = checked_mul(wanted, kElementBytes);
    if (!bytes) return fail(Errno::kENOMEM);
    auto* fresh = static_cast<T*>(allocator_.allocate_uncleared(*bytes));
    if (!fresh) return fail(Errno::kENOMEM);
    if constexpr (std::is_trivially_copyable_v<T>) {
      if (size_ > 0) copy(fresh, data_, size_);
    } else {
      for (size_t i = 0; i < size_; i++) {
        new (&fresh[i]) T(std::move(data_[i]));
        data_[i].~T();
      }
    }
    if (data_) allocator_.release(static_cast<void*>(data_));
    data_ = fresh;
    capacity_ = wanted;
    return {};
  }

  [[nodiscard]] Result<void> push_back(T value) {
    if (size_ == capacity_) TRY(reserve(capacity_ == 0 ? 8 : capacity_ * 2));
    new (&data_[size_++]) T(std::move(value));
    return {};
  }

  // push_back(T(args...)), made where it stays.
  template <typename... Args>
  [[nodiscard]] Result<void> emplace_back(Args&&... args) {
    if (size_ == capacity_) TRY(reserve(capacity_ == 0 ? 8 : capacity_ * 2));
    new (&data_[size_++]) T(std::forward<Args>(args)...);
    return {};
  }

  // Grows with value-initialised elements or shrinks.
  [[nodiscard]] Result<void> resize(size_t n) {
    TRY(reserve(n));
    if constexpr (kIsPlain) {  // one memset instead of a loop that the compiler must not merge
      if (n > size_) __builtin_memset(static_cast<void*>(data_ + size_), 0, (n - size_) * kElementBytes);
      size_ = n;
      return {};
    }
    while (size_ < n) new (&data_[size_++]) T();
    while (size_ > n) data_[--size_].~T();
    return {};
  }

  [[nodiscard]] Result<void> append(std::span<const T> more) {
    const auto total = checked_add(size_, more.size());
    if (!total) return fail(Errno::kENOMEM);
    if (*total > capacity_) TRY(reserve(*total > capacity_ * 2 ? *total : capacity_ * 2));
    if constexpr (std::is_trivially_copyable_v<T>) {
      if (!more.empty()) copy(data_ + size_, more.data(), more.size());
      size_ += more.size();
    } else {
      for (const T& e : more) new (&data_[size_++]) T(e);
    }
    return {};
  }

  // resize() for elements that are all written before they are read.
  [[nodiscard]] Result<void> resize_for_overwrite(size_t n)
    requires(std::is_trivially_default_constructible_v<T>)
  {
    TRY(reserve(n));
    size_ = n;
    return {};
  }

  void pop_back() { data_[--size_].~T(); }
  void clear() {
    while (size_ > 0) pop_back();
  }

 private:
  static constexpr size_t kElementBytes = sizeof(T);  // NOLINT(bugprone-sizeof-expression): elements may be pointers
  static void copy(T* to, const T* from, size_t count) {
    __builtin_memcpy(static_cast<void*>(to), static_cast<const void*>(from), count * kElementBytes);
  }
  // Their first value is all zeros.
  static constexpr bool kIsPlain = std::is_integral_v<T> || (std::is_class_v<T> && std::is_trivial_v<T>);

  void dispose() {
    clear();
    if (data_) allocator_.release(static_cast<void*>(data_));
    data_ = nullptr;
    capacity_ = 0;
  }

  [[no_unique_address]] Allocator allocator_;
  T* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace skep
