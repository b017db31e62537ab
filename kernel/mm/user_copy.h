// The only way to user memory. Addresses are checked against the user half and the task's mappings; a fault that cannot
// be served returns EFAULT. Task context with preemption on (pages may be brought in).
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <span>
#include <string_view>

#include "lib/result.h"

namespace skep {

using UserAddr = uint64_t;

Result<void> copy_from_user(void* dst, UserAddr src, size_t bytes);
Result<void> copy_to_user(UserAddr dst, const void* src, size_t bytes);
// Copies a NUL-terminated string; its length without NUL. ENAMETOOLONG when dst is too small.
Result<size_t> copy_string_from_user(std::span<char> dst, UserAddr src);

template <typename T>
Result<T> read_user(UserAddr src) {
  T value;
  if (auto r = copy_from_user(&value, src, sizeof(T)); !r) return fail(r.error());
  return value;
}
template <typename T>
Result<void> write_user(UserAddr dst, const T& value) {
  return copy_to_user(dst, &value, sizeof(T));
}

// Reads that never sleep or fault the kernel; any context, probes included. See bpf/platform.h.
Result<void> read_kernel_nofault(void* dst, uint64_t src, size_t bytes);
Result<void> read_user_nofault(void* dst, uint64_t src, size_t bytes);

}  // namespace skep
