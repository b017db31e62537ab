// "C" Extension for Compressed Instructions, RV64.
#include "tests/runner/sim/rv64.h"

namespace skep::sim {
namespace {

// Bits [high:low] of `v`, moved to `to`.
constexpr uint32_t field(uint32_t v, int high, int low, int to) {
  return (v >> low & ((1u << (high - low + 1)) - 1)) << to;
}
constexpr int32_t sign_extend(uint32_t v, int bits) { return static_cast<int32_t>(v << (32 - bits)) >> (32 - bits); }

constexpr uint32_t kOpImm = 0x13, kOpImm32 = 0x1b, kOp = 0x33, kOp32 = 0x3b, kLoad = 0x03, kStore = 0x23;

constexpr uint32_t i_type(uint32_t opcode, uint32_t f3, uint32_t rd, uint32_t rs1, int32_t imm) {
  return static_cast<uint32_t>(imm) << 20 | rs1 << 15 | f3 << 12 | rd << 7 | opcode;
}
constexpr uint32_t r_type(uint32_t opcode, uint32_t f3, uint32_t f7, uint32_t rd, uint32_t rs1, uint32_t rs2) {
  return f7 << 25 | rs2 << 20 | rs1 << 15 | f3 << 12 | rd << 7 | opcode;
}
constexpr uint32_t s_type(uint32_t f3, uint32_t rs1, uint32_t rs2, uint32_t imm) {
  return field(imm, 11, 5, 25) | rs2 << 20 | rs1 << 15 | f3 << 12 | field(imm, 4, 0, 7) | kStore;
}
constexpr uint32_t b_type(uint32_t f3, uint32_t rs1, int32_t distance) {
  const auto d = static_cast<uint32_t>(distance);
  return field(d, 12, 12, 31) | field(d, 10, 5, 25) | rs1 << 15 | f3 << 12 | field(d, 4, 1, 8) | field(d, 11, 11, 7) |
         0x63;
}
constexpr uint32_t jal_x0(int32_t distance) {
  const auto d = static_cast<uint32_t>(distance);
  return field(d, 20, 20, 31) | field(d, 10, 1, 21) | field(d, 11, 11, 20) | field(d, 19, 12, 12) | 0x6f;
}

uint32_t quadrant0(uint32_t h, uint32_t f3) {
  const uint32_t rd = 8 + field(h, 4, 2, 0), rs1 = 8 + field(h, 9, 7, 0);
  const uint32_t word = field(h, 12, 10, 3) | field(h, 6, 6, 2) | field(h, 5, 5, 6);
  const uint32_t twice = field(h, 12, 10, 3) | field(h, 6, 5, 6);
  switch (f3) {
    case 0: {
      const uint32_t imm = field(h, 12, 11, 4) | field(h, 10, 7, 6) | field(h, 6, 6, 2) | field(h, 5, 5, 3);
      return imm == 0 ? 0 : i_type(kOpImm, 0, rd, 2, static_cast<int32_t>(imm));
    }
    case 2:
      return i_type(kLoad, 2, rd, rs1, static_cast<int32_t>(word));
    case 3:
      return i_type(kLoad, 3, rd, rs1, static_cast<int32_t>(twice));
    case 6:
      return s_type(2, rs1, rd, word);
    case 7:
      return s_type(3, rs1, rd, twice);
    default:
      return 0;
  }
}

uint32_t arithmetic(uint32_t h) {
  const uint32_t rd = 8 + field(h, 9, 7, 0), rs2 = 8 + field(h, 4, 2, 0);
  const uint32_t six = field(h, 12, 12, 5) | field(h, 6, 2, 0);
  switch (field(h, 11, 10, 0)) {
    case 0:
      return i_type(kOpImm, 5, rd, rd, static_cast<int32_t>(six));
    case 1:
      return i_type(kOpImm, 5, rd, rd, static_cast<int32_t>(0x400 | six));
    case 2:
      return i_type(kOpImm, 7, rd, rd, sign_extend(six, 6));
    default:
      break;
  }
  switch (field(h, 12, 12, 2) | field(h, 6, 5, 0)) {
    case 0:
      return r_type(kOp, 0, 0x20, rd, rd, rs2);
    case 1:
      return r_type(kOp, 4, 0, rd, rd, rs2);
    case 2:
      return r_type(kOp, 6, 0, rd, rd, rs2);
    case 3:
      return r_type(kOp, 7, 0, rd, rd, rs2);
    case 4:
      return r_type(kOp32, 0, 0x20, rd, rd, rs2);
    case 5:
      return r_type(kOp32, 0, 0, rd, rd, rs2);
    default:
      return 0;
  }
}

uint32_t quadrant1(uint32_t h, uint32_t f3) {
  const uint32_t rd = field(h, 11, 7, 0);
  const int32_t six = sign_extend(field(h, 12, 12, 5) | field(h, 6, 2, 0), 6);
  switch (f3) {
    case 0:
      return i_type(kOpImm, 0, rd, rd, six);
    case 1:
      return rd == 0 ? 0 : i_type(kOpImm32, 0, rd, rd, six);
    case 2:
      return i_type(kOpImm, 0, rd, 0, six);
    case 3:
      if (six == 0) return 0;
      if (rd == 2) {
        const uint32_t imm =
            field(h, 12, 12, 9) | field(h, 6, 6, 4) | field(h, 5, 5, 6) | field(h, 4, 3, 7) | field(h, 2, 2, 5);
        return i_type(kOpImm, 0, 2, 2, sign_extend(imm, 10));
      }
      return static_cast<uint32_t>(six) << 12 | rd << 7 | 0x37;
    case 4:
      return arithmetic(h);
    case 5: {
      const uint32_t d = field(h, 12, 12, 11) | field(h, 11, 11, 4) | field(h, 10, 9, 8) | field(h, 8, 8, 10) |
                         field(h, 7, 7, 6) | field(h, 6, 6, 7) | field(h, 5, 3, 1) | field(h, 2, 2, 5);
      return jal_x0(sign_extend(d, 12));
    }
    default: {
      const uint32_t d =
          field(h, 12, 12, 8) | field(h, 11, 10, 3) | field(h, 6, 5, 6) | field(h, 4, 3, 1) | field(h, 2, 2, 5);
      return b_type(f3 & 1, 8 + field(h, 9, 7, 0), sign_extend(d, 9));
    }
  }
}

uint32_t quadrant2(uint32_t h, uint32_t f3) {
  const uint32_t rd = field(h, 11, 7, 0), rs2 = field(h, 6, 2, 0);
  switch (f3) {
    case 0:
      return i_type(kOpImm, 1, rd, rd, static_cast<int32_t>(field(h, 12, 12, 5) | rs2));
    case 2:
      if (rd == 0) return 0;
      return i_type(kLoad, 2, rd, 2, static_cast<int32_t>(field(h, 12, 12, 5) | field(h, 6, 4, 2) | field(h, 3, 2, 6)));
    case 3:
      if (rd == 0) return 0;
      return i_type(kLoad, 3, rd, 2, static_cast<int32_t>(field(h, 12, 12, 5) | field(h, 6, 5, 3) | field(h, 4, 2, 6)));
    case 4: {
      const bool add = field(h, 12, 12, 0) != 0;
      if (rs2 != 0) return r_type(kOp, 0, 0, rd, add ? rd : 0, rs2);
      return rd == 0 ? 0 : i_type(0x67, 0, add ? 1 : 0, rd, 0);  // c.ebreak is never emitted
    }
    case 6:
      return s_type(2, 2, rs2, field(h, 12, 9, 2) | field(h, 8, 7, 6));
    case 7:
      return s_type(3, 2, rs2, field(h, 12, 10, 3) | field(h, 9, 7, 6));
    default:
      return 0;
  }
}

}  // namespace

uint32_t expand_compressed(uint16_t half) {
  const uint32_t h = half, f3 = h >> 13;
  switch (h & 3) {
    case 0:
      return quadrant0(h, f3);
    case 1:
      return quadrant1(h, f3);
    case 2:
      return quadrant2(h, f3);
    default:
      return 0;
  }
}

}  // namespace skep::sim
