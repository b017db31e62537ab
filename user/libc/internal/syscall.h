// System calls as the kernel defines them: number in a7, arguments in a0..a5, result or negative errno in a0.
#pragma once

#include <asm/unistd.h>
#include <errno.h>

#include <type_traits>

namespace libc {

// Any integer or pointer as a register value; signed types keep their sign.
template <typename T>
inline long to_reg(T v) {
  if constexpr (std::is_pointer_v<T>) {
    return reinterpret_cast<long>(v);
  } else if constexpr (std::is_null_pointer_v<T>) {
    return 0;
  } else {
    return static_cast<long>(v);
  }
}

inline long raw_syscall(long number, long a0, long a1, long a2, long a3, long a4, long a5) {
  register long r7 asm("a7") = number;
  register long r0 asm("a0") = a0;
  register long r1 asm("a1") = a1;
  register long r2 asm("a2") = a2;
  register long r3 asm("a3") = a3;
  register long r4 asm("a4") = a4;
  register long r5 asm("a5") = a5;
  asm volatile("ecall" : "+r"(r0) : "r"(r7), "r"(r1), "r"(r2), "r"(r3), "r"(r4), "r"(r5) : "memory");
  return r0;
}

// The kernel's answer, negative errno included; errno is left alone.
template <typename... Args>
inline long sys(long number, Args... args) {
  static_assert(sizeof...(Args) <= 6);
  long r[6] = {};
  int i = 0;
  ((r[i++] = to_reg(args)), ...);
  return raw_syscall(number, r[0], r[1], r[2], r[3], r[4], r[5]);
}

// C's convention: -1 and errno for a failure.
inline long result(long r) {
  if (r < 0 && r > -4096) {
    errno = static_cast<int>(-r);
    return -1;
  }
  return r;
}

template <typename... Args>
inline long call(long number, Args... args) {
  return result(sys(number, args...));
}

}  // namespace libc
