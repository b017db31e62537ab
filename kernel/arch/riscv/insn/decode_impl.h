// Definition of insn/decode.h, which includes this file.
#pragma once

#include "arch/riscv/insn/decode.h"

namespace skep::riscv {
namespace detail {

// `count` bits of `word` from bit `low`.
constexpr uint32_t bits(uint32_t word, uint32_t low, uint32_t count) { return word >> low & ((1u << count) - 1); }
// The low `count` bits of `value` as a signed number.
constexpr int32_t sign_extend(uint32_t value, uint32_t count) {
  return static_cast<int32_t>(value << (32 - count)) >> (32 - count);
}

constexpr int32_t i_imm(uint32_t w) { return static_cast<int32_t>(w) >> 20; }
constexpr int32_t s_imm(uint32_t w) { return sign_extend(bits(w, 25, 7) << 5 | bits(w, 7, 5), 12); }
constexpr int32_t b_imm(uint32_t w) {
  return sign_extend(bits(w, 31, 1) << 12 | bits(w, 7, 1) << 11 | bits(w, 25, 6) << 5 | bits(w, 8, 4) << 1, 13);
}
constexpr int32_t j_imm(uint32_t w) {
  return sign_extend(bits(w, 31, 1) << 20 | bits(w, 12, 8) << 12 | bits(w, 20, 1) << 11 | bits(w, 21, 10) << 1, 21);
}
constexpr int32_t cj_imm(uint32_t w) {
  return sign_extend(bits(w, 12, 1) << 11 | bits(w, 8, 1) << 10 | bits(w, 9, 2) << 8 | bits(w, 6, 1) << 7 |
                         bits(w, 7, 1) << 6 | bits(w, 2, 1) << 5 | bits(w, 11, 1) << 4 | bits(w, 3, 3) << 1,
                     12);
}
constexpr int32_t cb_imm(uint32_t w) {
  return sign_extend(
      bits(w, 12, 1) << 8 | bits(w, 5, 2) << 6 | bits(w, 2, 1) << 5 | bits(w, 10, 2) << 3 | bits(w, 3, 2) << 1, 9);
}

// "C Extension", "RVC Instruction Set Listings".
constexpr Decoded decode_compressed(uint32_t w) {
  Decoded d{.length = 2};
  const uint32_t quadrant = bits(w, 0, 2), funct3 = bits(w, 13, 3);
  const auto rd_full = static_cast<uint8_t>(bits(w, 7, 5)), rs2_full = static_cast<uint8_t>(bits(w, 2, 5));
  const auto rd_short = static_cast<uint8_t>(8 + bits(w, 2, 3)), rs1_short = static_cast<uint8_t>(8 + bits(w, 7, 3));
  const auto load = [&](uint8_t rd, uint8_t base, uint32_t offset) {
    d.kind = Kind::kLoad, d.rd = rd, d.rs1 = base, d.imm = static_cast<int32_t>(offset);
  };
  const auto store = [&](uint8_t rs2, uint8_t base, uint32_t offset) {
    d.kind = Kind::kStore, d.rs2 = rs2, d.rs1 = base, d.imm = static_cast<int32_t>(offset);
  };
  const uint32_t word_offset = bits(w, 5, 1) << 6 | bits(w, 10, 3) << 3 | bits(w, 6, 1) << 2;
  const uint32_t double_offset = bits(w, 5, 2) << 6 | bits(w, 10, 3) << 3;
  switch (quadrant << 3 | funct3) {
    case 0x00:  // c.addi4spn; all of its immediate zero is reserved
      if (bits(w, 5, 8) != 0) d.kind = Kind::kCompute, d.rd = rd_short, d.rs1 = 2;
      break;
    case 0x01:  // c.fld
    case 0x05:  // c.fsd
    case 0x11:  // c.fldsp
    case 0x15:  // c.fsdsp
      d.kind = Kind::kFloat;
      break;
    case 0x02:
      load(rd_short, rs1_short, word_offset);
      break;
    case 0x03:
      load(rd_short, rs1_short, double_offset);
      break;
    case 0x06:
      store(rd_short, rs1_short, word_offset);
      break;
    case 0x07:
      store(rd_short, rs1_short, double_offset);
      break;
    case 0x08:  // c.nop, c.addi
      d.kind = Kind::kCompute, d.rd = d.rs1 = rd_full;
      break;
    case 0x09:  // c.addiw
      if (rd_full != 0) d.kind = Kind::kCompute, d.rd = d.rs1 = rd_full;
      break;
    case 0x0a:  // c.li
      d.kind = Kind::kCompute, d.rd = rd_full;
      break;
    case 0x0b:  // c.addi16sp, c.lui; immediate zero is reserved
      if ((bits(w, 12, 1) | bits(w, 2, 5)) != 0) d.kind = Kind::kCompute, d.rd = rd_full;
      break;
    case 0x0c:  // c.srli, c.srai, c.andi, c.sub … c.addw
      if (bits(w, 10, 2) != 3 || bits(w, 12, 1) == 0 || bits(w, 5, 2) < 2)
        d.kind = Kind::kCompute, d.rd = d.rs1 = rs1_short;
      break;
    case 0x0d:
      d.kind = Kind::kJal, d.imm = cj_imm(w);
      break;
    case 0x0e:
    case 0x0f:
      d.kind = Kind::kBranch, d.rs1 = rs1_short, d.imm = cb_imm(w);
      d.condition = funct3 == 6 ? Condition::kEq : Condition::kNe;
      break;
    case 0x10:  // c.slli
      d.kind = Kind::kCompute, d.rd = d.rs1 = rd_full;
      break;
    case 0x12:  // c.lwsp
      if (rd_full != 0) load(rd_full, 2, bits(w, 2, 2) << 6 | bits(w, 12, 1) << 5 | bits(w, 4, 3) << 2);
      break;
    case 0x13:  // c.ldsp
      if (rd_full != 0) load(rd_full, 2, bits(w, 2, 3) << 6 | bits(w, 12, 1) << 5 | bits(w, 5, 2) << 3);
      break;
    case 0x14:
      if (rs2_full != 0) {  // c.mv, c.add
        d.kind = Kind::kCompute, d.rd = rd_full, d.rs2 = rs2_full;
      } else if (rd_full != 0) {  // c.jr, c.jalr
        d.kind = Kind::kJalr, d.rs1 = rd_full, d.rd = static_cast<uint8_t>(bits(w, 12, 1));
      } else if (bits(w, 12, 1) != 0) {
        d.kind = Kind::kEbreak;
      }
      break;
    case 0x16:
      store(rs2_full, 2, bits(w, 7, 2) << 6 | bits(w, 9, 4) << 2);
      break;
    case 0x17:
      store(rs2_full, 2, bits(w, 7, 3) << 6 | bits(w, 10, 3) << 3);
      break;
    default:
      break;  // 0x04: reserved
  }
  return d;
}

// OP-IMM and OP-IMM-32: the shifts and Zbb's unary operations leave most of the immediate's values reserved.
constexpr bool is_valid_op_imm(uint32_t w, bool word_sized) {
  const uint32_t funct3 = bits(w, 12, 3), top6 = bits(w, 26, 6), top7 = bits(w, 25, 7), imm12 = bits(w, 20, 12);
  if (word_sized) {
    if (funct3 == 0) return true;
    if (funct3 == 1) return top7 == 0 || top6 == 0x02 /* slli.uw */ || imm12 - 0x600 <= 2 /* clzw ctzw cpopw */;
    if (funct3 == 5) return top7 == 0 || top7 == 0x20 || top7 == 0x30 /* roriw */;
    return false;
  }
  if (funct3 == 1) return top6 == 0 || imm12 - 0x600 <= 2 /* clz ctz cpop */ || imm12 - 0x604 <= 1 /* sext.b sext.h */;
  if (funct3 == 5)
    return top6 == 0 || top6 == 0x10 || top6 == 0x18 /* rori */ || imm12 == 0x287 /* orc.b */ ||
           imm12 == 0x6b8 /* rev8 */;
  return true;
}

// OP and OP-32: base, M, Zba, Zbb.
constexpr bool is_valid_op(uint32_t w, bool word_sized) {
  const uint32_t funct3 = bits(w, 12, 3), funct7 = bits(w, 25, 7);
  switch (funct7) {
    case 0x00:
      return !word_sized || funct3 == 0 || funct3 == 1 || funct3 == 5;
    case 0x20:
      return funct3 == 0 || funct3 == 5 ||
             (!word_sized && (funct3 == 4 || funct3 == 6 || funct3 == 7)) /* xnor orn andn */;
    case 0x01:
      return !word_sized || funct3 == 0 || funct3 >= 4;
    case 0x10:
      return funct3 == 2 || funct3 == 4 || funct3 == 6 /* sh1add … sh3add and their .uw */;
    case 0x04:
      return word_sized && (funct3 == 0 /* add.uw */ || (funct3 == 4 && bits(w, 20, 5) == 0) /* zext.h */);
    case 0x05:
      return !word_sized && funct3 >= 4 /* min … maxu */;
    case 0x30:
      return funct3 == 1 || funct3 == 5 /* rol ror */;
    default:
      return false;
  }
}

constexpr Decoded decode_system(uint32_t w, Decoded d) {
  const uint32_t funct3 = bits(w, 12, 3);
  if (funct3 != 0) {
    if (funct3 == 4) return d;
    d.kind = Kind::kCsr, d.csr = static_cast<uint16_t>(bits(w, 20, 12));
    return d;
  }
  if (bits(w, 7, 5) != 0) return d;
  const uint32_t funct7 = bits(w, 25, 7);
  // sfence.vma, sinval.vma, hfence.vvma, hfence.gvma take registers; the rest is one word each.
  if (funct7 == 0x09 || funct7 == 0x0b || funct7 == 0x11 || funct7 == 0x31) return d.kind = Kind::kSfence, d;
  if (bits(w, 15, 5) != 0) return d;
  switch (bits(w, 20, 12)) {
    case 0x000:
      d.kind = Kind::kEcall;
      break;
    case 0x001:
      d.kind = Kind::kEbreak;
      break;
    case 0x102:
      d.kind = Kind::kSret;
      break;
    case 0x302:
      d.kind = Kind::kMret;
      break;
    case 0x105:
      d.kind = Kind::kWfi;
      break;
    case 0x180:  // sfence.w.inval
    case 0x181:
      d.kind = Kind::kSfence;
      break;
    default:
      break;
  }
  return d;
}

constexpr Decoded decode_amo(uint32_t w, Decoded d) {
  const uint32_t funct3 = bits(w, 12, 3);
  if (funct3 != 2 && funct3 != 3) return d;
  switch (bits(w, 27, 5)) {
    case 0x02:
      d.kind = d.rs2 == 0 ? Kind::kLoadReserved : Kind::kIllegal;
      break;
    case 0x03:
      d.kind = Kind::kStoreConditional;
      break;
    case 0x00:
    case 0x01:
    case 0x04:
    case 0x08:
    case 0x0c:
    case 0x10:
    case 0x14:
    case 0x18:
    case 0x1c:
      d.kind = Kind::kAmo;
      break;
    default:
      break;
  }
  return d;
}

}  // namespace detail

constexpr Decoded decode(uint32_t word) {
  using namespace detail;
  const uint32_t length = insn_length(static_cast<uint16_t>(word));
  if (length == 2) return decode_compressed(word & 0xffff);
  Decoded d{.length = static_cast<uint8_t>(length)};
  if (length == 0) return d;
  const uint32_t funct3 = bits(word, 12, 3);
  d.rd = static_cast<uint8_t>(bits(word, 7, 5));
  d.rs1 = static_cast<uint8_t>(bits(word, 15, 5));
  d.rs2 = static_cast<uint8_t>(bits(word, 20, 5));
  const auto set = [&](bool legal, Kind kind, int32_t imm) {
    if (legal) d.kind = kind, d.imm = imm;
    return d;
  };
  switch (bits(word, 0, 7)) {
    case 0x37:
      return set(true, Kind::kCompute, static_cast<int32_t>(word & 0xfffff000));
    case 0x17:
      return set(true, Kind::kAuipc, static_cast<int32_t>(word & 0xfffff000));
    case 0x6f:
      return set(true, Kind::kJal, j_imm(word));
    case 0x67:
      return set(funct3 == 0, Kind::kJalr, i_imm(word));
    case 0x63: {
      constexpr Condition kConditions[8] = {Condition::kEq, Condition::kNe, Condition::kEq,  Condition::kEq,
                                            Condition::kLt, Condition::kGe, Condition::kLtu, Condition::kGeu};
      d.condition = kConditions[funct3];
      return set(funct3 != 2 && funct3 != 3, Kind::kBranch, b_imm(word));
    }
    case 0x03:
      return set(funct3 != 7, Kind::kLoad, i_imm(word));
    case 0x23:
      return set(funct3 <= 3, Kind::kStore, s_imm(word));
    case 0x13:
      return set(is_valid_op_imm(word, false), Kind::kCompute, i_imm(word));
    case 0x1b:
      return set(is_valid_op_imm(word, true), Kind::kCompute, i_imm(word));
    case 0x33:
      return set(is_valid_op(word, false), Kind::kCompute, 0);
    case 0x3b:
      return set(is_valid_op(word, true), Kind::kCompute, 0);
    case 0x0f:
      if (funct3 == 0) return set(true, Kind::kFence, 0);
      return set(funct3 == 1, Kind::kFenceI, 0);
    case 0x73:
      return decode_system(word, d);
    case 0x2f:
      return decode_amo(word, d);
    case 0x07:
    case 0x27:
      return set(funct3 == 2 || funct3 == 3, Kind::kFloat, 0);
    case 0x43:
    case 0x47:
    case 0x4b:
    case 0x4f:
      return set(bits(word, 25, 2) <= 1, Kind::kFloat, 0);
    case 0x53:
      return set(bits(word, 25, 2) <= 1, Kind::kFloat, 0);
    default:
      return d;
  }
}

static_assert(decode(0x00000000).kind == Kind::kIllegal);
static_assert(decode(0xffffffff).kind == Kind::kIllegal);
static_assert(decode(0x00009002).kind == Kind::kEbreak);
static_assert(decode(0x00100073).kind == Kind::kEbreak);
static_assert(decode(0x00008082).kind == Kind::kJalr && decode(0x8082).rs1 == 1);  // c.jr ra
static_assert(decode(0x30200073).kind == Kind::kMret);

}  // namespace skep::riscv
