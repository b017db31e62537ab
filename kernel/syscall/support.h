// Small things that the system call handlers share.
#pragma once

#include <stdint.h>

#include <optional>

#include "lib/result.h"

namespace skep {

// What a handler returns for an error.
constexpr long error_return(Errno e) { return -static_cast<long>(e); }

// struct __kernel_timespec
struct Timespec {
  int64_t seconds = 0;
  int64_t nanoseconds = 0;

  static constexpr int64_t kPerSecond = 1'000'000'000;
  static constexpr Timespec of(uint64_t ns) {
    return {static_cast<int64_t>(ns / kPerSecond), static_cast<int64_t>(ns % kPerSecond)};
  }
  // Nothing for a time that is negative or malformed; times beyond 200 years count as that.
  constexpr std::optional<uint64_t> to_ns() const {
    constexpr int64_t kMaxSeconds = int64_t{200} * 366 * 86400;
    if (seconds < 0 || nanoseconds < 0 || nanoseconds >= kPerSecond) return std::nullopt;
    const int64_t s = seconds < kMaxSeconds ? seconds : kMaxSeconds;
    return static_cast<uint64_t>(s) * kPerSecond + static_cast<uint64_t>(nanoseconds);
  }
};

}  // namespace skep
