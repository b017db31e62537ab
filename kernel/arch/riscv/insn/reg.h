// The integer registers by their ABI names. RISC-V ELF psABI, "Integer Register Convention".
#pragma once

#include <stdint.h>

namespace skep::riscv {

enum class Reg : uint8_t {
  kZero,
  kRa,
  kSp,
  kGp,
  kTp,
  kT0,
  kT1,
  kT2,
  kS0,
  kS1,
  kA0,
  kA1,
  kA2,
  kA3,
  kA4,
  kA5,
  kA6,
  kA7,
  kS2,
  kS3,
  kS4,
  kS5,
  kS6,
  kS7,
  kS8,
  kS9,
  kS10,
  kS11,
  kT3,
  kT4,
  kT5,
  kT6,
};
inline constexpr uint32_t kRegCount = 32;

constexpr uint32_t number(Reg r) { return static_cast<uint32_t>(r); }
// The eight registers that most compressed instructions can name: s0, s1, a0 … a5.
constexpr bool is_compressible(Reg r) { return number(r) >= 8 && number(r) < 16; }

}  // namespace skep::riscv
