// Checked arithmetic: sizes and offsets that come from user space, an ELF file, BTF or a BPF program are computed with
// these and nothing else.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <concepts>
#include <limits>
#include <optional>

namespace skep {

template <std::integral T>
constexpr std::optional<T> checked_add(T a, T b) {
  T r;
  if (__builtin_add_overflow(a, b, &r)) return std::nullopt;
  return r;
}

template <std::integral T>
constexpr std::optional<T> checked_sub(T a, T b) {
  T r;
  if (__builtin_sub_overflow(a, b, &r)) return std::nullopt;
  return r;
}

template <std::integral T>
constexpr std::optional<T> checked_mul(T a, T b) {
  T r;
  if (__builtin_mul_overflow(a, b, &r)) return std::nullopt;
  return r;
}

// True when [offset, offset + length) lies inside [0, size), without overflow.
constexpr bool range_fits(uint64_t offset, uint64_t length, uint64_t size) {
  return offset <= size && length <= size - offset;
}

// Rounds up to a multiple of a power of two. The caller knows that value + align does not overflow.
template <std::unsigned_integral T>
constexpr T align_up(T value, T align) {
  return (value + align - 1) & ~(align - 1);
}

template <std::unsigned_integral T>
constexpr T align_down(T value, T align) {
  return value & ~(align - 1);
}

}  // namespace skep
