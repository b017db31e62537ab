// Definitions of isa/eval.h, which includes this file.
#pragma once

#include "bpf/isa/eval.h"  // NOLINT(misc-header-include-cycle): once only; for tools that read this file alone

namespace skep::bpf {
namespace detail {

// Signed division without the two cases that C++ leaves undefined. T is unsigned, S its signed twin.
template <typename T, typename S>
constexpr T signed_div(T a, T b) {
  if (b == 0) return 0;
  if (b == static_cast<T>(-1)) return T{0} - a;  // INT_MIN / -1 = INT_MIN
  return static_cast<T>(static_cast<S>(a) / static_cast<S>(b));
}
template <typename T, typename S>
constexpr T signed_mod(T a, T b) {
  if (b == 0) return a;
  if (b == static_cast<T>(-1)) return 0;
  return static_cast<T>(static_cast<S>(a) % static_cast<S>(b));
}

constexpr uint64_t sign_extend(uint64_t v, uint8_t bytes) {
  switch (bytes) {
    case 1:
      return static_cast<uint64_t>(static_cast<int64_t>(static_cast<int8_t>(v)));
    case 2:
      return static_cast<uint64_t>(static_cast<int64_t>(static_cast<int16_t>(v)));
    case 4:
      return static_cast<uint64_t>(static_cast<int64_t>(static_cast<int32_t>(v)));
    default:
      return v;
  }
}
constexpr uint64_t truncate(uint64_t v, uint8_t bytes) {
  return bytes >= 8 ? v : v & ((uint64_t{1} << (bytes * 8)) - 1);
}
constexpr uint64_t byte_swap(uint64_t v, uint8_t bytes) {
  switch (bytes) {
    case 2:
      return __builtin_bswap16(static_cast<uint16_t>(v));
    case 4:
      return __builtin_bswap32(static_cast<uint32_t>(v));
    default:
      return __builtin_bswap64(v);
  }
}

template <typename T, typename S>
constexpr T eval_alu_in(Op op, uint8_t size, T a, T b) {
  constexpr T kShiftMask = sizeof(T) * 8 - 1;
  switch (op) {
    case Op::kAdd:
      return a + b;
    case Op::kSub:
      return a - b;
    case Op::kMul:
      return a * b;
    case Op::kDiv:
      return b == 0 ? 0 : a / b;
    case Op::kSDiv:
      return signed_div<T, S>(a, b);
    case Op::kMod:
      return b == 0 ? a : a % b;
    case Op::kSMod:
      return signed_mod<T, S>(a, b);
    case Op::kOr:
      return a | b;
    case Op::kAnd:
      return a & b;
    case Op::kXor:
      return a ^ b;
    case Op::kLsh:
      return a << (b & kShiftMask);
    case Op::kRsh:
      return a >> (b & kShiftMask);
    case Op::kArsh:
      return static_cast<T>(static_cast<S>(a) >> (b & kShiftMask));
    case Op::kNeg:
      return T{0} - a;
    case Op::kMov:
      return b;
    case Op::kMovSx:
      return static_cast<T>(sign_extend(b, size));
    default:
      return 0;
  }
}

template <typename T, typename S>
constexpr bool eval_jump_in(Op op, T a, T b) {
  const S sa = static_cast<S>(a), sb = static_cast<S>(b);
  switch (op) {
    case Op::kJeq:
      return a == b;
    case Op::kJne:
      return a != b;
    case Op::kJgt:
      return a > b;
    case Op::kJge:
      return a >= b;
    case Op::kJlt:
      return a < b;
    case Op::kJle:
      return a <= b;
    case Op::kJset:
      return (a & b) != 0;
    case Op::kJsgt:
      return sa > sb;
    case Op::kJsge:
      return sa >= sb;
    case Op::kJslt:
      return sa < sb;
    case Op::kJsle:
      return sa <= sb;
    default:
      return false;
  }
}

}  // namespace detail

constexpr uint64_t eval_alu(Op op, Width width, uint8_t size, uint64_t a, uint64_t b) {
  switch (op) {
    // RFC 9669 "Byte swap instructions"; the machines this runs on are little-endian.
    case Op::kToLe:
      return detail::truncate(a, size);
    case Op::kToBe:
    case Op::kBswap:
      return detail::byte_swap(a, size);
    default:
      break;
  }
  if (width == Width::k64) return detail::eval_alu_in<uint64_t, int64_t>(op, size, a, b);
  return detail::eval_alu_in<uint32_t, int32_t>(op, size, static_cast<uint32_t>(a), static_cast<uint32_t>(b));
}

constexpr bool eval_jump(Op op, Width width, uint64_t a, uint64_t b) {
  if (width == Width::k64) return detail::eval_jump_in<uint64_t, int64_t>(op, a, b);
  return detail::eval_jump_in<uint32_t, int32_t>(op, static_cast<uint32_t>(a), static_cast<uint32_t>(b));
}

// The corners of RFC 9669 "Arithmetic instructions".
static_assert(eval_alu(Op::kDiv, Width::k64, 0, 7, 0) == 0);
static_assert(eval_alu(Op::kMod, Width::k64, 0, 7, 0) == 7);
static_assert(eval_alu(Op::kMod, Width::k32, 0, 0x1'0000'0007, 0) == 7);
static_assert(eval_alu(Op::kSDiv, Width::k64, 0, uint64_t{1} << 63, ~uint64_t{0}) == uint64_t{1} << 63);
static_assert(eval_alu(Op::kSDiv, Width::k32, 0, 0x8000'0000, 0xffff'ffff) == 0x8000'0000);
static_assert(eval_alu(Op::kSMod, Width::k32, 0, 0x8000'0000, 0xffff'ffff) == 0);
static_assert(eval_alu(Op::kSMod, Width::k64, 0, static_cast<uint64_t>(-13), 4) == static_cast<uint64_t>(-1));
static_assert(eval_alu(Op::kAdd, Width::k32, 0, 0xffff'ffff'ffff'ffff, 1) == 0);
static_assert(eval_alu(Op::kArsh, Width::k32, 0, 0x8000'0000, 31) == 0xffff'ffff);
static_assert(eval_alu(Op::kLsh, Width::k32, 0, 1, 33) == 2);
static_assert(eval_alu(Op::kMovSx, Width::k32, 1, 0, 0x80) == 0xffff'ff80);
static_assert(eval_alu(Op::kMovSx, Width::k64, 4, 0, 0x8000'0000) == 0xffff'ffff'8000'0000);
static_assert(eval_alu(Op::kToLe, Width::k64, 2, 0x12345678, 0) == 0x5678);
static_assert(eval_alu(Op::kToBe, Width::k64, 4, 0x11'1234'5678, 0) == 0x78563412);
static_assert(eval_jump(Op::kJsgt, Width::k32, 0, 0xffff'ffff));
static_assert(!eval_jump(Op::kJsgt, Width::k64, 0, 0xffff'ffff));
static_assert(eval_jump(Op::kJset, Width::k32, 0x1'0000'0001, 1));

}  // namespace skep::bpf
