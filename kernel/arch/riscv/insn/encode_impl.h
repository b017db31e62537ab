// Definitions of insn/encode.h, which includes this file.
#pragma once

#include "arch/riscv/insn/encode.h"  // NOLINT(misc-header-include-cycle): so that it can be read alone

namespace skep::riscv {
namespace detail {

constexpr uint32_t field(uint32_t value, uint32_t from, uint32_t count, uint32_t to) {
  return (value >> from & ((1u << count) - 1)) << to;
}
constexpr uint32_t rd_field(Reg r) { return number(r) << 7; }
constexpr uint32_t rs1_field(Reg r) { return number(r) << 15; }
constexpr uint32_t rs2_field(Reg r) { return number(r) << 20; }

}  // namespace detail

constexpr bool immediate_fits(Format format, int32_t imm) {
  switch (format) {
    case Format::kI:
    case Format::kLoad:
    case Format::kStore:
      return fits_signed(imm, 12);
    case Format::kShift6:
      return imm >= 0 && imm < 64;
    case Format::kShift5:
      return imm >= 0 && imm < 32;
    case Format::kBranch:
      return fits_signed(imm, 13) && imm % 2 == 0;
    case Format::kJ:
      return fits_signed(imm, 21) && imm % 2 == 0;
    case Format::kU:
      return fits_signed(imm, 20);
    case Format::kCsr:
      return imm >= 0 && imm < 4096;
    case Format::kR:
    case Format::kUnary:
    case Format::kAmo:
    case Format::kLoadReserved:
    case Format::kPlain:
      return imm == 0;
  }
  return false;
}

[[gnu::always_inline]] constexpr uint32_t encode(const Instruction& i) {
  using namespace detail;
  const MnemonicInfo& m = info(i.op);
  const auto imm = static_cast<uint32_t>(i.imm);
  switch (m.format) {
    case Format::kR:
    case Format::kAmo:
      return m.bits | rd_field(i.rd) | rs1_field(i.rs1) | rs2_field(i.rs2);
    case Format::kUnary:
    case Format::kLoadReserved:
      return m.bits | rd_field(i.rd) | rs1_field(i.rs1);
    case Format::kI:
    case Format::kLoad:
    case Format::kShift6:
    case Format::kShift5:
    case Format::kCsr:
      return m.bits | rd_field(i.rd) | rs1_field(i.rs1) | imm << 20;
    case Format::kStore:
      return m.bits | rs1_field(i.rs1) | rs2_field(i.rs2) | field(imm, 5, 7, 25) | field(imm, 0, 5, 7);
    case Format::kBranch:
      return m.bits | rs1_field(i.rs1) | rs2_field(i.rs2) | field(imm, 12, 1, 31) | field(imm, 5, 6, 25) |
             field(imm, 1, 4, 8) | field(imm, 11, 1, 7);
    case Format::kU:
      return m.bits | rd_field(i.rd) | imm << 12;
    case Format::kJ:
      return m.bits | rd_field(i.rd) | field(imm, 20, 1, 31) | field(imm, 1, 10, 21) | field(imm, 11, 1, 20) |
             field(imm, 12, 8, 12);
    case Format::kPlain:
      return m.bits;
  }
  return 0;
}

}  // namespace skep::riscv
