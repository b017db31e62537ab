// compress() of insn/encode.h, which includes this file. "C Extension", "RVC Instruction Set Listings".
#pragma once

#include "arch/riscv/insn/encode.h"  // NOLINT(misc-header-include-cycle): so that it can be read alone

namespace skep::riscv {
namespace detail {

// The encoding, or kNone: "C Extension", "Defined Illegal Instruction". Inlined throughout: the JIT compresses every
// instruction it makes, in one function without calls.
using Half = uint32_t;
constexpr Half kNone = 0;
constexpr uint32_t c_field(int32_t imm, uint32_t from, uint32_t count, uint32_t to) {
  return (static_cast<uint32_t>(imm) >> from & ((1u << count) - 1)) << to;
}
constexpr uint32_t full(Reg r, uint32_t at) { return number(r) << at; }
constexpr uint32_t shorty(Reg r, uint32_t at) { return (number(r) - 8) << at; }
// A 6-bit immediate: bit 5 at 12, the rest at 2 … 6.
constexpr uint32_t imm6(int32_t imm) { return c_field(imm, 5, 1, 12) | c_field(imm, 0, 5, 2); }

[[gnu::always_inline]] constexpr Half compress_addi(const Instruction& i) {
  if (i.rd == Reg::kZero) return i.rs1 == Reg::kZero && i.imm == 0 ? 0x0001 : kNone;
  if (i.rs1 == Reg::kZero) return fits_signed(i.imm, 6) ? (0x4001 | full(i.rd, 7) | imm6(i.imm)) : kNone;
  if (i.imm == 0) return 0x8002 | full(i.rd, 7) | full(i.rs1, 2);  // c.mv
  if (i.rd == i.rs1 && fits_signed(i.imm, 6)) return 0x0001 | full(i.rd, 7) | imm6(i.imm);
  if (i.rs1 != Reg::kSp) return kNone;
  if (i.rd == Reg::kSp && i.imm % 16 == 0 && fits_signed(i.imm, 10)) {
    return 0x6101 | c_field(i.imm, 9, 1, 12) | c_field(i.imm, 4, 1, 6) | c_field(i.imm, 6, 1, 5) |
           c_field(i.imm, 7, 2, 3) | c_field(i.imm, 5, 1, 2);
  }
  if (is_compressible(i.rd) && i.imm > 0 && i.imm < 1024 && i.imm % 4 == 0) {
    return 0x0000 | c_field(i.imm, 4, 2, 11) | c_field(i.imm, 6, 4, 7) | c_field(i.imm, 2, 1, 6) |
           c_field(i.imm, 3, 1, 5) | shorty(i.rd, 2);
  }
  return kNone;
}

// c.sub, c.xor, c.or, c.and, c.subw, c.addw: rd is a source. The commutative ones take it from either side.
[[gnu::always_inline]] constexpr Half compress_ca(const Instruction& i, uint32_t bits, bool commutative) {
  Reg other = i.rs2;
  if (i.rd != i.rs1) {
    if (!commutative || i.rd != i.rs2) return kNone;
    other = i.rs1;
  }
  if (!is_compressible(i.rd) || !is_compressible(other)) return kNone;
  return bits | shorty(i.rd, 7) | shorty(other, 2);
}

[[gnu::always_inline]] constexpr Half compress_add(const Instruction& i) {
  if (i.rd == Reg::kZero) return kNone;
  if (i.rs1 == Reg::kZero && i.rs2 != Reg::kZero) return 0x8002 | full(i.rd, 7) | full(i.rs2, 2);
  if (i.rs2 == Reg::kZero && i.rs1 != Reg::kZero) return 0x8002 | full(i.rd, 7) | full(i.rs1, 2);
  if (i.rs1 == Reg::kZero || i.rs2 == Reg::kZero) return kNone;
  if (i.rd == i.rs1) return 0x9002 | full(i.rd, 7) | full(i.rs2, 2);
  if (i.rd == i.rs2) return 0x9002 | full(i.rd, 7) | full(i.rs1, 2);
  return kNone;
}

[[gnu::always_inline]] constexpr Half compress_load(const Instruction& i, bool is_double) {
  const int32_t align = is_double ? 8 : 4;
  if (i.imm < 0 || i.imm % align != 0) return kNone;
  if (i.rs1 == Reg::kSp && i.rd != Reg::kZero && i.imm < align * 64) {
    if (is_double)
      return 0x6002 | full(i.rd, 7) | c_field(i.imm, 5, 1, 12) | c_field(i.imm, 3, 2, 5) | c_field(i.imm, 6, 3, 2);
    return 0x4002 | full(i.rd, 7) | c_field(i.imm, 5, 1, 12) | c_field(i.imm, 2, 3, 4) | c_field(i.imm, 6, 2, 2);
  }
  if (!is_compressible(i.rd) || !is_compressible(i.rs1) || i.imm >= align * 32) return kNone;
  const uint32_t registers = shorty(i.rs1, 7) | shorty(i.rd, 2) | c_field(i.imm, 3, 3, 10);
  if (is_double) return 0x6000 | registers | c_field(i.imm, 6, 2, 5);
  return 0x4000 | registers | c_field(i.imm, 2, 1, 6) | c_field(i.imm, 6, 1, 5);
}

[[gnu::always_inline]] constexpr Half compress_store(const Instruction& i, bool is_double) {
  const int32_t align = is_double ? 8 : 4;
  if (i.imm < 0 || i.imm % align != 0) return kNone;
  if (i.rs1 == Reg::kSp && i.imm < align * 64) {
    if (is_double) return 0xe002 | full(i.rs2, 2) | c_field(i.imm, 3, 3, 10) | c_field(i.imm, 6, 3, 7);
    return 0xc002 | full(i.rs2, 2) | c_field(i.imm, 2, 4, 9) | c_field(i.imm, 6, 2, 7);
  }
  if (!is_compressible(i.rs2) || !is_compressible(i.rs1) || i.imm >= align * 32) return kNone;
  const uint32_t registers = shorty(i.rs1, 7) | shorty(i.rs2, 2) | c_field(i.imm, 3, 3, 10);
  if (is_double) return 0xe000 | registers | c_field(i.imm, 6, 2, 5);
  return 0xc000 | registers | c_field(i.imm, 2, 1, 6) | c_field(i.imm, 6, 1, 5);
}

[[gnu::always_inline]] constexpr Half compress_branch(const Instruction& i, uint32_t bits) {
  const Reg reg = i.rs2 == Reg::kZero ? i.rs1 : i.rs2;
  if ((i.rs1 != Reg::kZero && i.rs2 != Reg::kZero) || !is_compressible(reg) || !fits_signed(i.imm, 9)) return kNone;
  return bits | shorty(reg, 7) | c_field(i.imm, 8, 1, 12) | c_field(i.imm, 3, 2, 10) | c_field(i.imm, 6, 2, 5) |
         c_field(i.imm, 1, 2, 3) | c_field(i.imm, 5, 1, 2);
}

[[gnu::always_inline]] constexpr Half compress_jump(const Instruction& i) {
  if (i.rd != Reg::kZero || !fits_signed(i.imm, 12)) return kNone;  // c.jal is RV32's only
  return 0xa001 | c_field(i.imm, 11, 1, 12) | c_field(i.imm, 4, 1, 11) | c_field(i.imm, 8, 2, 9) |
         c_field(i.imm, 10, 1, 8) | c_field(i.imm, 6, 1, 7) | c_field(i.imm, 7, 1, 6) | c_field(i.imm, 1, 3, 3) |
         c_field(i.imm, 5, 1, 2);
}

}  // namespace detail

namespace detail {

[[gnu::always_inline]] constexpr Half compress_any(const Instruction& i) {
  const bool in_place = i.rd == i.rs1 && i.rd != Reg::kZero;
  switch (i.op) {
    case Mnemonic::kAddi:
      return compress_addi(i);
    case Mnemonic::kAdd:
      return compress_add(i);
    case Mnemonic::kAddiw:
      if (i.rd == Reg::kZero || !fits_signed(i.imm, 6)) return kNone;
      if (i.rs1 == Reg::kZero) return 0x4001 | full(i.rd, 7) | imm6(i.imm);  // c.li
      return in_place ? (0x2001 | full(i.rd, 7) | imm6(i.imm)) : kNone;
    case Mnemonic::kLui:
      if (i.rd == Reg::kZero || i.rd == Reg::kSp || i.imm == 0 || !fits_signed(i.imm, 6)) return kNone;
      return 0x6001 | full(i.rd, 7) | imm6(i.imm);
    case Mnemonic::kSlli:
      return in_place && i.imm != 0 ? (0x0002 | full(i.rd, 7) | imm6(i.imm)) : kNone;
    case Mnemonic::kSrli:
    case Mnemonic::kSrai:
      if (!in_place || !is_compressible(i.rd) || i.imm == 0) return kNone;
      return (i.op == Mnemonic::kSrli ? 0x8001 : 0x8401) | shorty(i.rd, 7) | imm6(i.imm);
    case Mnemonic::kAndi:
      if (!in_place || !is_compressible(i.rd) || !fits_signed(i.imm, 6)) return kNone;
      return 0x8801 | shorty(i.rd, 7) | imm6(i.imm);
    case Mnemonic::kSub:
      return compress_ca(i, 0x8c01, false);
    case Mnemonic::kXor:
      return compress_ca(i, 0x8c21, true);
    case Mnemonic::kOr:
      return compress_ca(i, 0x8c41, true);
    case Mnemonic::kAnd:
      return compress_ca(i, 0x8c61, true);
    case Mnemonic::kSubw:
      return compress_ca(i, 0x9c01, false);
    case Mnemonic::kAddw:
      return compress_ca(i, 0x9c21, true);
    case Mnemonic::kLw:
      return compress_load(i, false);
    case Mnemonic::kLd:
      return compress_load(i, true);
    case Mnemonic::kSw:
      return compress_store(i, false);
    case Mnemonic::kSd:
      return compress_store(i, true);
    case Mnemonic::kBeq:
      return compress_branch(i, 0xc001);
    case Mnemonic::kBne:
      return compress_branch(i, 0xe001);
    case Mnemonic::kJal:
      return compress_jump(i);
    case Mnemonic::kJalr:
      if (i.imm != 0 || i.rs1 == Reg::kZero || number(i.rd) > 1) return kNone;
      return (i.rd == Reg::kZero ? 0x8002 : 0x9002) | full(i.rs1, 7);
    case Mnemonic::kEbreak:
      return 0x9002;
    default:
      return kNone;
  }
}

}  // namespace detail

[[gnu::always_inline]] constexpr uint16_t compress_or_zero(const Instruction& i) {
  return static_cast<uint16_t>(detail::compress_any(i));
}

constexpr std::optional<uint16_t> compress(const Instruction& i) {
  const uint16_t half = compress_or_zero(i);
  return half != 0 ? std::optional<uint16_t>(half) : std::nullopt;
}

}  // namespace skep::riscv
