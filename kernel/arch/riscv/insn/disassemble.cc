#include "arch/riscv/insn/disassemble.h"

#include "arch/riscv/insn/decode.h"

namespace skep::riscv {
namespace {

using detail::bits;
using detail::sign_extend;

constexpr std::string_view kRegNames[kRegCount] = {"zero", "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "s0", "s1", "a0",
                                                   "a1",   "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5",
                                                   "s6",   "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"};

// The bits of a word that say which instruction it is.
constexpr uint32_t fixed_bits(Format format) {
  switch (format) {
    case Format::kR:
    case Format::kAmo:
    case Format::kShift5:
      return 0xfe00707f;
    case Format::kUnary:
    case Format::kLoadReserved:
      return 0xfff0707f;
    case Format::kShift6:
      return 0xfc00707f;
    case Format::kI:
    case Format::kLoad:
    case Format::kStore:
    case Format::kBranch:
    case Format::kCsr:
      return 0x0000707f;
    case Format::kU:
    case Format::kJ:
      return 0x0000007f;
    case Format::kPlain:
      return 0xffffffff;
  }
  return 0xffffffff;
}

constexpr Reg reg_at(uint32_t word, uint32_t low) { return static_cast<Reg>(bits(word, low, 5)); }
constexpr Reg short_reg_at(uint32_t word, uint32_t low) { return static_cast<Reg>(8 + bits(word, low, 3)); }

Instruction with_fields(Mnemonic op, uint32_t w) {
  const Reg rd = reg_at(w, 7), rs1 = reg_at(w, 15), rs2 = reg_at(w, 20);
  switch (info(op).format) {
    case Format::kR:
    case Format::kAmo:
      return {.op = op, .rd = rd, .rs1 = rs1, .rs2 = rs2};
    case Format::kUnary:
    case Format::kLoadReserved:
      return {.op = op, .rd = rd, .rs1 = rs1};
    case Format::kI:
    case Format::kLoad:
      return {.op = op, .rd = rd, .rs1 = rs1, .imm = detail::i_imm(w)};
    case Format::kShift6:
      return {.op = op, .rd = rd, .rs1 = rs1, .imm = static_cast<int32_t>(bits(w, 20, 6))};
    case Format::kShift5:
      return {.op = op, .rd = rd, .rs1 = rs1, .imm = static_cast<int32_t>(bits(w, 20, 5))};
    case Format::kCsr:
      return {.op = op, .rd = rd, .rs1 = rs1, .imm = static_cast<int32_t>(bits(w, 20, 12))};
    case Format::kStore:
      return {.op = op, .rs1 = rs1, .rs2 = rs2, .imm = detail::s_imm(w)};
    case Format::kBranch:
      return {.op = op, .rs1 = rs1, .rs2 = rs2, .imm = detail::b_imm(w)};
    case Format::kU:
      return {.op = op, .rd = rd, .imm = sign_extend(bits(w, 12, 20), 20)};
    case Format::kJ:
      return {.op = op, .rd = rd, .imm = detail::j_imm(w)};
    case Format::kPlain:
      return {.op = op};
  }
  return {.op = op};
}

// c.srli … c.addw: quadrant 1, funct3 4.
std::optional<Instruction> decode_register_half(uint32_t w, int32_t imm6) {
  constexpr Mnemonic kOps[2][4] = {{Mnemonic::kSub, Mnemonic::kXor, Mnemonic::kOr, Mnemonic::kAnd},
                                   {Mnemonic::kSubw, Mnemonic::kAddw, Mnemonic::kEbreak, Mnemonic::kEbreak}};
  const Reg rd = short_reg_at(w, 7);
  switch (bits(w, 10, 2)) {
    case 0:
      return Instruction{.op = Mnemonic::kSrli, .rd = rd, .rs1 = rd, .imm = imm6 & 63};
    case 1:
      return Instruction{.op = Mnemonic::kSrai, .rd = rd, .rs1 = rd, .imm = imm6 & 63};
    case 2:
      return Instruction{.op = Mnemonic::kAndi, .rd = rd, .rs1 = rd, .imm = imm6};
    default:
      break;
  }
  const Mnemonic op = kOps[bits(w, 12, 1)][bits(w, 5, 2)];
  if (op == Mnemonic::kEbreak) return std::nullopt;
  return Instruction{.op = op, .rd = rd, .rs1 = rd, .rs2 = short_reg_at(w, 2)};
}

// c.addi4spn, c.addi16sp and c.lui have immediates of their own.
int32_t addi4spn_imm(uint32_t w) {
  return static_cast<int32_t>(bits(w, 11, 2) << 4 | bits(w, 7, 4) << 6 | bits(w, 6, 1) << 2 | bits(w, 5, 1) << 3);
}
int32_t addi16sp_imm(uint32_t w) {
  return sign_extend(
      bits(w, 12, 1) << 9 | bits(w, 6, 1) << 4 | bits(w, 5, 1) << 6 | bits(w, 3, 2) << 7 | bits(w, 2, 1) << 5, 10);
}

// c.mv, c.add, c.jr, c.jalr, c.ebreak: quadrant 2, funct3 4.
Instruction decode_full_half(uint32_t w) {
  const Reg rd = reg_at(w, 7), rs2 = reg_at(w, 2);
  const bool adds = bits(w, 12, 1) != 0;
  if (rs2 != Reg::kZero && adds) return {.op = Mnemonic::kAdd, .rd = rd, .rs1 = rd, .rs2 = rs2};
  if (rs2 != Reg::kZero) return {.op = Mnemonic::kAddi, .rd = rd, .rs1 = rs2};
  if (rd == Reg::kZero) return {.op = Mnemonic::kEbreak};
  return {.op = Mnemonic::kJalr, .rd = adds ? Reg::kRa : Reg::kZero, .rs1 = rd};
}

void put_csr(TextSink& out, int32_t number) {
  constexpr std::string_view kNames[] = {"cycle", "time", "instret"};
  if (number >= 0xc00 && number <= 0xc02) return out.write(kNames[number - 0xc00]);
  format_to(out, "{}", number);
}

// The pseudo-instruction that stands for `i`; false when there is none.
bool put_alias(TextSink& out, const Instruction& i, uint64_t at) {
  const std::string_view rd = name_of(i.rd), rs1 = name_of(i.rs1), rs2 = name_of(i.rs2);
  const bool no_rd = i.rd == Reg::kZero, no_rs1 = i.rs1 == Reg::kZero, no_rs2 = i.rs2 == Reg::kZero;
  const uint64_t target = at + static_cast<uint64_t>(int64_t{i.imm});
  const auto two = [&](std::string_view name, std::string_view from) {
    format_to(out, "{} {}, {}", name, rd, from);
    return true;
  };
  const auto branch = [&](std::string_view name, std::string_view reg) {
    format_to(out, "{} {}, {#x}", name, reg, target);
    return true;
  };
  switch (i.op) {
    case Mnemonic::kAddi:
      if (no_rd && no_rs1 && i.imm == 0) return out.write("nop"), true;
      if (no_rs1) return format_to(out, "li {}, {}", rd, i.imm), true;
      return i.imm == 0 && two("mv", rs1);
    case Mnemonic::kAddiw:
      return i.imm == 0 && two("sext.w", rs1);
    case Mnemonic::kXori:
      return i.imm == -1 && two("not", rs1);
    case Mnemonic::kSltiu:
      return i.imm == 1 && two("seqz", rs1);
    case Mnemonic::kSub:
      return no_rs1 && two("neg", rs2);
    case Mnemonic::kSubw:
      return no_rs1 && two("negw", rs2);
    case Mnemonic::kSltu:
      return no_rs1 && two("snez", rs2);
    case Mnemonic::kSlt:
      return (no_rs2 && two("sltz", rs1)) || (no_rs1 && two("sgtz", rs2));
    case Mnemonic::kAddUw:
      return no_rs2 && two("zext.w", rs1);
    case Mnemonic::kBeq:
      return no_rs2 && branch("beqz", rs1);
    case Mnemonic::kBne:
      return no_rs2 && branch("bnez", rs1);
    case Mnemonic::kBlt:
      return (no_rs2 && branch("bltz", rs1)) || (no_rs1 && branch("bgtz", rs2));
    case Mnemonic::kBge:
      return (no_rs1 && branch("blez", rs2)) || (no_rs2 && branch("bgez", rs1));
    case Mnemonic::kJal:
      if (no_rd) return format_to(out, "j {#x}", target), true;
      if (i.rd == Reg::kRa) return format_to(out, "jal {#x}", target), true;
      return false;
    case Mnemonic::kJalr: {
      if (!no_rd && i.rd != Reg::kRa) return i.imm == 0 && two("jalr", rs1);
      if (no_rd && i.rs1 == Reg::kRa && i.imm == 0) return out.write("ret"), true;
      const std::string_view name = no_rd ? "jr" : "jalr";
      if (i.imm == 0) return format_to(out, "{} {}", name, rs1), true;
      return format_to(out, "{} {}({})", name, i.imm, rs1), true;
    }
    case Mnemonic::kCsrrs:
      if (!no_rs1 && no_rd) return out.write("csrs "), put_csr(out, i.imm), format_to(out, ", {}", rs1), true;
      if (!no_rs1) return false;
      if (i.imm >= 0xc00 && i.imm <= 0xc02)
        return out.write("rd"), put_csr(out, i.imm), format_to(out, " {}", rd), true;
      return format_to(out, "csrr {}, ", rd), put_csr(out, i.imm), true;
    case Mnemonic::kCsrrw:
    case Mnemonic::kCsrrc:
      if (!no_rd) return false;
      out.write(i.op == Mnemonic::kCsrrw ? "csrw " : "csrc ");
      return put_csr(out, i.imm), format_to(out, ", {}", rs1), true;
    default:
      return false;
  }
}

}  // namespace

std::string_view name_of(Reg r) { return kRegNames[number(r)]; }

std::optional<Instruction> decode_word(uint32_t word) {
  for (size_t m = 0; m < kMnemonicCount; m++) {
    if ((word & fixed_bits(kMnemonics[m].format)) == kMnemonics[m].bits) {
      return with_fields(static_cast<Mnemonic>(m), word);
    }
  }
  return std::nullopt;
}

std::optional<Instruction> decode_half(uint16_t half) {
  const uint32_t w = half;
  const Decoded d = decode(w);
  const auto rd = static_cast<Reg>(d.rd), rs1 = static_cast<Reg>(d.rs1), rs2 = static_cast<Reg>(d.rs2);
  const uint32_t place = bits(w, 0, 2) << 3 | bits(w, 13, 3);  // quadrant, funct3
  const int32_t imm6 = sign_extend(bits(w, 12, 1) << 5 | bits(w, 2, 5), 6);
  const bool is_double = bits(w, 13, 1) != 0;
  switch (d.kind) {
    case Kind::kLoad:
      return Instruction{.op = is_double ? Mnemonic::kLd : Mnemonic::kLw, .rd = rd, .rs1 = rs1, .imm = d.imm};
    case Kind::kStore:
      return Instruction{.op = is_double ? Mnemonic::kSd : Mnemonic::kSw, .rs1 = rs1, .rs2 = rs2, .imm = d.imm};
    case Kind::kJal:
      return Instruction{.op = Mnemonic::kJal, .imm = d.imm};
    case Kind::kBranch:
      return Instruction{
          .op = d.condition == Condition::kEq ? Mnemonic::kBeq : Mnemonic::kBne, .rs1 = rs1, .imm = d.imm};
    case Kind::kJalr:
    case Kind::kEbreak:
      return decode_full_half(w);
    case Kind::kCompute:
      break;
    default:
      return std::nullopt;
  }
  switch (place) {
    case 0x00:
      return Instruction{.op = Mnemonic::kAddi, .rd = rd, .rs1 = Reg::kSp, .imm = addi4spn_imm(w)};
    case 0x08:
      // With rd 0 all but c.nop are hints, with an immediate of 0 all are: compress() gives none of them.
      if ((rd == Reg::kZero) != (imm6 == 0)) return std::nullopt;
      return Instruction{.op = Mnemonic::kAddi, .rd = rd, .rs1 = rd, .imm = imm6};
    case 0x09:
      return Instruction{.op = Mnemonic::kAddiw, .rd = rd, .rs1 = rd, .imm = imm6};
    case 0x0a:
      if (rd == Reg::kZero) return std::nullopt;
      return Instruction{.op = Mnemonic::kAddi, .rd = rd, .imm = imm6};
    case 0x0b:
      if (rd == Reg::kZero) return std::nullopt;
      if (rd == Reg::kSp) return Instruction{.op = Mnemonic::kAddi, .rd = rd, .rs1 = rd, .imm = addi16sp_imm(w)};
      return Instruction{.op = Mnemonic::kLui, .rd = rd, .imm = imm6};
    case 0x0c:
      if (bits(w, 10, 2) < 2 && imm6 == 0) return std::nullopt;  // hints: shifts by 0
      return decode_register_half(w, imm6);
    case 0x10:
      if (rd == Reg::kZero || imm6 == 0) return std::nullopt;
      return Instruction{.op = Mnemonic::kSlli, .rd = rd, .rs1 = rd, .imm = imm6 & 63};
    case 0x14:
      if (rd == Reg::kZero) return std::nullopt;
      return decode_full_half(w);
    default:
      return std::nullopt;
  }
}

Fetched fetch(std::span<const uint8_t> code) {
  Fetched f;
  uint32_t wanted = 2;
  if (code.size() >= 2 && insn_length(static_cast<uint16_t>(code[0] | code[1] << 8)) != 2) wanted = 4;
  f.bytes = static_cast<uint8_t>(code.size() < wanted ? code.size() : wanted);
  for (uint8_t n = 0; n < f.bytes; n++) f.bits |= static_cast<uint32_t>(code[n]) << (8 * n);
  if (f.bytes < wanted) return f;
  f.insn = wanted == 2 ? decode_half(static_cast<uint16_t>(f.bits)) : decode_word(f.bits);
  return f;
}

void disassemble(TextSink& out, const Instruction& i, uint64_t at) {
  if (put_alias(out, i, at)) return;
  const MnemonicInfo& m = info(i.op);
  const std::string_view rd = name_of(i.rd), rs1 = name_of(i.rs1), rs2 = name_of(i.rs2);
  const uint64_t target = at + static_cast<uint64_t>(int64_t{i.imm});
  switch (m.format) {
    case Format::kR:
      return format_to(out, "{} {}, {}, {}", m.name, rd, rs1, rs2);
    case Format::kUnary:
      return format_to(out, "{} {}, {}", m.name, rd, rs1);
    case Format::kI:
    case Format::kShift6:
    case Format::kShift5:
      return format_to(out, "{} {}, {}, {}", m.name, rd, rs1, i.imm);
    case Format::kLoad:
      return format_to(out, "{} {}, {}({})", m.name, rd, i.imm, rs1);
    case Format::kStore:
      return format_to(out, "{} {}, {}({})", m.name, rs2, i.imm, rs1);
    case Format::kBranch:
      return format_to(out, "{} {}, {}, {#x}", m.name, rs1, rs2, target);
    case Format::kU:
      return format_to(out, "{} {}, {}", m.name, rd, static_cast<uint32_t>(i.imm) & 0xfffff);
    case Format::kJ:
      return format_to(out, "{} {}, {#x}", m.name, rd, target);
    case Format::kAmo:
      return format_to(out, "{} {}, {}, ({})", m.name, rd, rs2, rs1);
    case Format::kLoadReserved:
      return format_to(out, "{} {}, ({})", m.name, rd, rs1);
    case Format::kCsr:
      format_to(out, "{} {}, ", m.name, rd);
      put_csr(out, i.imm);
      return format_to(out, ", {}", rs1);
    case Format::kPlain:
      return out.write(m.name);
  }
}

}  // namespace skep::riscv
