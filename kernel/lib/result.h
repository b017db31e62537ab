// Result<T>: a value or an Errno. Every fallible function of the kernel and the BPF core returns one.
#pragma once

#include <expected>
#include <utility>

#include "lib/errno.h"

namespace skep {

template <typename T>
using Result = std::expected<T, Errno>;

using Failure = std::unexpected<Errno>;

// `return fail(Errno::kEINVAL);` converts to any Result<T>.
constexpr Failure fail(Errno e) { return Failure(e); }

// What a syscall returns for a result: the value, or the negative error number.
template <typename T>
constexpr long to_syscall_return(const Result<T>& r) {
  if (!r) return -static_cast<long>(r.error());
  if constexpr (std::is_void_v<T>) {
    return 0;
  } else {
    return static_cast<long>(*r);
  }
}

}  // namespace skep

// TRY(expression): the expression's value, or return its error from the calling function. Works for Result<void> too.
#define TRY(expression)                                                               \
  ({                                                                                  \
    auto&& skep_try_result = (expression);                                            \
    if (!skep_try_result) [[unlikely]]                                                \
      return ::skep::fail(skep_try_result.error());                                   \
    ::skep::detail::unwrap(std::forward<decltype(skep_try_result)>(skep_try_result)); \
  })

namespace skep::detail {
template <typename T>
constexpr T unwrap(Result<T>&& r) {
  return std::move(*r);
}
template <typename T>
constexpr T unwrap(Result<T>& r) {
  return std::move(*r);
}
inline void unwrap(Result<void>&&) {}
inline void unwrap(Result<void>&) {}
}  // namespace skep::detail
