// How failures leave this library. Inside, Result<T> carries an Errno; libbpf's own numbers (enum libbpf_errno, from
// 4000 up) travel as values of that type too. At the border they become -errno or NULL, with errno set.
#pragma once

#include <bpf/libbpf.h>
#include <errno.h>

#include "lib/result.h"

namespace skep::libbpf {

constexpr Errno kNotElf = static_cast<Errno>(LIBBPF_ERRNO__LIBELF);
constexpr Errno kBadFormat = static_cast<Errno>(LIBBPF_ERRNO__FORMAT);
constexpr Errno kBadEndian = static_cast<Errno>(LIBBPF_ERRNO__ENDIAN);
constexpr Errno kBadRelocation = static_cast<Errno>(LIBBPF_ERRNO__RELOC);
constexpr Errno kProgramTooBig = static_cast<Errno>(LIBBPF_ERRNO__PROG2BIG);

// The Errno in a negative return value of a syscall.
constexpr Errno errno_of(long negative) { return static_cast<Errno>(-negative); }

// Returns `value`; when it is negative, errno becomes -value.
template <typename T>
T set_errno(T value) {
  if (value < 0) errno = static_cast<int>(-value);
  return value;
}

inline int to_int(const Result<void>& r) { return r ? 0 : set_errno(-static_cast<int>(r.error())); }

// NULL with errno set.
inline decltype(nullptr) null_with(Errno e) {
  errno = static_cast<int>(e);
  return nullptr;
}

}  // namespace skep::libbpf
