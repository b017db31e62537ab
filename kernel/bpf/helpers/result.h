// How a helper returns an error: the negative errno, sign-extended to 64 bits.
#pragma once

#include <stdint.h>

#include "lib/result.h"

namespace skep::bpf {

inline uint64_t helper_error(Errno e) { return static_cast<uint64_t>(-static_cast<int64_t>(e)); }

template <typename T>
uint64_t helper_result(const Result<T>& r) {
  return static_cast<uint64_t>(static_cast<int64_t>(to_syscall_return(r)));
}

}  // namespace skep::bpf
