// Copies between user space and the core's types. Task context; EFAULT.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <span>
#include <string_view>

#include "bpf/memory.h"
#include "bpf/platform.h"

namespace skep::bpf {

using platform::UserAddress;

template <typename T>
Result<void> put_user(UserAddress to, const T& value) {
  return platform::copy_to_user(to, &value, sizeof(value));
}

// `bytes` bytes in fresh memory; ENOMEM when that is more than one request may take.
Result<Vec<uint8_t>> read_user_bytes(UserAddress from, size_t bytes);

// A NUL-terminated string of at most to.size() - 1 characters; what is longer is cut. Always terminated. Returns its
// length.
Result<size_t> read_user_string(std::span<char> to, UserAddress from);

// For structs that may be larger in user space than here: bytes [known, actual) must be zero, else E2BIG. More than a
// page is E2BIG at once. (Linux: bpf_check_uarg_tail_zero.)
Result<void> check_user_tail_zero(UserAddress from, size_t known, size_t actual);

}  // namespace skep::bpf
