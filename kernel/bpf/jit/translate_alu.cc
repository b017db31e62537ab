// Arithmetic. Every operation is emitted in its three-operand form, dst = left op right; `left` is dst itself, or the
// source of a register move that was fused with it.
#include "bpf/jit/translate.h"

namespace skep::bpf::jit {
namespace {

using riscv::fits_signed;

constexpr Reg kScratch0 = Reg::kT0;
constexpr Reg kScratch1 = Reg::kT1;
constexpr Reg kScratch2 = Reg::kT2;

bool is_power_of_two(uint64_t v) { return v != 0 && (v & (v - 1)) == 0; }
int32_t log2(uint64_t v) { return 63 - __builtin_clzll(v); }

// The immediate as the unsigned number that the operation's width sees.
uint64_t unsigned_imm(const Insn& insn) {
  const auto wide = static_cast<uint64_t>(static_cast<int64_t>(insn.imm));
  return insn.width == Width::k64 ? wide : static_cast<uint32_t>(wide);
}

struct Pair {  // one operation in its two widths
  Mnemonic wide;
  Mnemonic word;
};

Pair register_form(Op op) {
  switch (op) {
    case Op::kAdd:
      return {Mnemonic::kAdd, Mnemonic::kAddw};
    case Op::kSub:
      return {Mnemonic::kSub, Mnemonic::kSubw};
    case Op::kMul:
      return {Mnemonic::kMul, Mnemonic::kMulw};
    case Op::kDiv:
      return {Mnemonic::kDivu, Mnemonic::kDivuw};
    case Op::kSDiv:
      return {Mnemonic::kDiv, Mnemonic::kDivw};
    case Op::kMod:
      return {Mnemonic::kRemu, Mnemonic::kRemuw};
    case Op::kSMod:
      return {Mnemonic::kRem, Mnemonic::kRemw};
    case Op::kLsh:
      return {Mnemonic::kSll, Mnemonic::kSllw};
    case Op::kRsh:
      return {Mnemonic::kSrl, Mnemonic::kSrlw};
    case Op::kArsh:
      return {Mnemonic::kSra, Mnemonic::kSraw};
    case Op::kOr:
      return {Mnemonic::kOr, Mnemonic::kOr};
    case Op::kAnd:
      return {Mnemonic::kAnd, Mnemonic::kAnd};
    default:
      return {Mnemonic::kXor, Mnemonic::kXor};
  }
}

}  // namespace

// Pass "fusion", as a look-ahead of one: "r1 = r2; r1 op= x" becomes one three-operand instruction. Right when nothing
// else jumps to the operation, it does not read dst as its right operand, and the move keeps all bits that the
// operation reads.
bool Translator::fuses_with_next(const Insn& move) const {
  const InsnIndex next = at_ + 1;
  if (next >= function_.end || cx_.is_target[next]) return false;
  if (code_ != nullptr) {
    const Step& step = (*code_)[next];
    if (step.form != Form::kPlain || step.left != step.dst) return false;
  } else if (!is_reachable(cx_.image, next)) {
    return false;
  }
  const Insn& op = code_ != nullptr ? (*code_)[next] : cx_.image.code[next];
  if (!is_alu(op.op) || !reads_dst(op) || op.dst != move.dst) return false;
  if (reads_src(op) && op.src == move.dst) return false;
  if (move.width == Width::k64) return true;
  const bool is_swap = op.op == Op::kToLe || op.op == Op::kToBe || op.op == Op::kBswap;
  return is_swap ? op.size <= 4 : op.width == Width::k32;
}

void Translator::alu(const Insn& insn, uint8_t left) {
  const bool is64 = insn.width == Width::k64;
  const Reg rd = reg(insn.dst);
  switch (insn.op) {
    case Op::kAdd:
      if (insn.use_imm) return add_imm(insn, left, insn.imm);
      break;
    case Op::kSub:
      if (insn.use_imm) return add_imm(insn, left, -static_cast<int64_t>(insn.imm));
      break;
    case Op::kOr:
    case Op::kAnd:
    case Op::kXor:
      return bitwise(insn, left);
    case Op::kLsh:
    case Op::kRsh:
    case Op::kArsh:
      return shift(insn, left);
    case Op::kMul:
      return multiply(insn, left);
    case Op::kDiv:
    case Op::kSDiv:
    case Op::kMod:
    case Op::kSMod:
      return divide(insn, left);
    case Op::kToLe:
    case Op::kToBe:
    case Op::kBswap:
      return byte_swap(insn, left);
    case Op::kMov:
    case Op::kMovSx:
      return move(insn);
    case Op::kNeg: {
      const Reg a = read(left, kScratch0);
      const bool word = !is64 && !upper_needed(insn.dst);
      as_.r(word ? Mnemonic::kSubw : Mnemonic::kSub, rd, Reg::kZero, a);
      return is64 ? set_ext(insn.dst, kNone) : finish32(insn.dst, word ? kSignExt : kNone);
    }
    default:
      return refuse();
  }
  // Addition and subtraction of registers. When a zero-extension follows, the 64-bit form serves as well and is
  // shorter.
  const Reg a = read(left, kScratch0);
  const Reg b = read(insn.src, kScratch1);
  const Pair form = register_form(insn.op);
  const bool word = !is64 && !upper_needed(insn.dst);
  as_.r(word ? form.word : form.wide, rd, a, b);
  is64 ? set_ext(insn.dst, kNone) : finish32(insn.dst, word ? kSignExt : kNone);
}

void Translator::move(const Insn& insn) {
  const Reg rd = reg(insn.dst);
  if (insn.op == Op::kMovSx) {
    const Reg a = read(insn.src, kScratch0);
    if (insn.width == Width::k64 || !upper_needed(insn.dst) || (insn.size != 4 && cx_.target.zbb)) {
      sign_extend_small(rd, a, insn.size);
      return insn.width == Width::k64 ? set_ext(insn.dst, kSignExt) : finish32(insn.dst, kSignExt);
    }
    // To the top, down to bits 32 … 63 with the sign filled in, and down again with zeros.
    const int32_t bits = insn.size * 8;
    as_.i(Mnemonic::kSlli, rd, a, 64 - bits);
    as_.i(Mnemonic::kSrai, rd, rd, 32 - bits);
    as_.i(Mnemonic::kSrli, rd, rd, 32);
    return set_ext(insn.dst, kZeroExt);
  }
  if (insn.use_imm) {
    const bool zero_extended = insn.width == Width::k32 && upper_needed(insn.dst);
    constant(rd,
             zero_extended ? static_cast<uint32_t>(insn.imm) : static_cast<uint64_t>(static_cast<int64_t>(insn.imm)));
    return set_ext(insn.dst, insn.imm >= 0 ? kBothExt : zero_extended ? kZeroExt : kSignExt);
  }
  const Ext source = ext(insn.src);
  if (insn.width == Width::k32 && upper_needed(insn.dst) && (source & kZeroExt) == 0) {
    zero_extend(rd, read(insn.src, kScratch0));
    return set_ext(insn.dst, kZeroExt);
  }
  if (insn.src == kFrameRegister) {
    as_.i(Mnemonic::kAddi, rd, Reg::kSp, stack_bytes_);
  } else {
    as_.move(rd, reg(insn.src));
  }
  set_ext(insn.dst, source);
}

// dst = left + imm; also for subtraction, of which imm is the negated operand.
void Translator::add_imm(const Insn& insn, uint8_t left, int64_t imm) {
  const Reg rd = reg(insn.dst);
  const bool word = insn.width == Width::k32 && !upper_needed(insn.dst);
  if (left == kFrameRegister && !word && fits_signed(imm + stack_bytes_, 12)) {
    as_.i(Mnemonic::kAddi, rd, Reg::kSp, static_cast<int32_t>(imm) + stack_bytes_);
  } else {
    const Reg a = read(left, kScratch0);
    if (fits_signed(imm, 12)) {
      as_.i(word ? Mnemonic::kAddiw : Mnemonic::kAddi, rd, a, static_cast<int32_t>(imm));
    } else {
      as_.r(word ? Mnemonic::kAddw : Mnemonic::kAdd, rd, a, constant_operand(imm, kScratch1));
    }
  }
  insn.width == Width::k64 ? set_ext(insn.dst, kNone) : finish32(insn.dst, word ? kSignExt : kNone);
}

void Translator::bitwise(const Insn& insn, uint8_t left) {
  if (insn.use_imm && insn.op == Op::kAnd) return and_imm(insn, left);
  const Reg rd = reg(insn.dst);
  const Ext of_left = ext(left);
  Ext of_right = kNone;
  const Reg a = read(left, kScratch0);
  const Pair form = register_form(insn.op);
  if (insn.use_imm) {
    of_right = insn.imm >= 0 ? kBothExt : kSignExt;
    if (fits_signed(insn.imm, 12)) {
      as_.i(insn.op == Op::kOr ? Mnemonic::kOri : Mnemonic::kXori, rd, a, insn.imm);
    } else {
      as_.r(form.wide, rd, a, constant_operand(insn.imm, kScratch1));
    }
  } else {
    of_right = ext(insn.src);
    as_.r(form.wide, rd, a, read(insn.src, kScratch1));
  }
  // Bit by bit: what both upper halves have in common, the result's has too; for and, one zero half is enough.
  auto have = static_cast<Ext>(of_left & of_right);
  if (insn.op == Op::kAnd) have = static_cast<Ext>(have | ((of_left | of_right) & kZeroExt));
  if (insn.op == Op::kAnd && (of_left == kBothExt || of_right == kBothExt)) have = kBothExt;
  insn.width == Width::k64 ? set_ext(insn.dst, have) : finish32(insn.dst, have);
}

void Translator::and_imm(const Insn& insn, uint8_t left) {
  const Reg rd = reg(insn.dst);
  const Ext of_left = ext(left);
  const Reg a = read(left, kScratch0);
  // "w1 &= -1" and the like: nothing to do but the width.
  const auto mask = static_cast<uint64_t>(static_cast<int64_t>(insn.imm));
  if (fits_signed(insn.imm, 12)) {
    as_.i(Mnemonic::kAndi, rd, a, insn.imm);
  } else if (cx_.target.zbb && insn.imm == 0xffff) {
    as_.emit({.op = Mnemonic::kZextH, .rd = rd, .rs1 = a});
  } else if (insn.imm > 0 && is_power_of_two(mask + 1)) {  // the low n bits
    const int32_t shift = 64 - log2(mask + 1);
    as_.i(Mnemonic::kSlli, rd, a, shift);
    as_.i(Mnemonic::kSrli, rd, rd, shift);
  } else {
    as_.r(Mnemonic::kAnd, rd, a, constant_operand(insn.imm, kScratch1));
  }
  const Ext have = insn.imm >= 0 ? kBothExt : of_left;
  insn.width == Width::k64 ? set_ext(insn.dst, have) : finish32(insn.dst, have);
}

void Translator::shift(const Insn& insn, uint8_t left) {
  const Reg rd = reg(insn.dst);
  const Reg a = read(left, kScratch0);
  const Ext of_left = ext(left);
  if (!insn.use_imm) {
    const Pair form = register_form(insn.op);
    as_.r(insn.width == Width::k64 ? form.wide : form.word, rd, a, read(insn.src, kScratch1));
    return insn.width == Width::k64 ? set_ext(insn.dst, kNone) : finish32(insn.dst, kSignExt);
  }
  if (insn.width == Width::k64) {
    const int32_t count = insn.imm & 63;
    if (count == 0) {
      as_.move(rd, a);
      return set_ext(insn.dst, of_left);
    }
    as_.i(insn.op == Op::kLsh   ? Mnemonic::kSlli
          : insn.op == Op::kRsh ? Mnemonic::kSrli
                                : Mnemonic::kSrai,
          rd, a, count);
    // Shifting right keeps a short number short.
    const Ext have = insn.op == Op::kLsh                   ? kNone
                     : insn.op == Op::kRsh && count > 32   ? kBothExt
                     : insn.op == Op::kRsh && count == 32  ? kZeroExt
                     : insn.op == Op::kArsh && count >= 32 ? kSignExt
                     : of_left == kBothExt                 ? kBothExt
                     : insn.op == Op::kRsh ? static_cast<Ext>((of_left & kZeroExt) != 0 ? kBothExt : kNone)
                                           : static_cast<Ext>(of_left & kSignExt);
    return set_ext(insn.dst, have);
  }
  const int32_t count = insn.imm & 31;
  switch (insn.op) {
    case Op::kLsh:
      if (upper_needed(insn.dst)) {  // past the top and back: shift and zero-extension in one
        as_.i(Mnemonic::kSlli, rd, a, 32 + count);
        as_.i(Mnemonic::kSrli, rd, rd, 32);
        return set_ext(insn.dst, kZeroExt);
      }
      as_.i(Mnemonic::kSlliw, rd, a, count);
      return finish32(insn.dst, kSignExt);
    case Op::kRsh:
      as_.i(Mnemonic::kSrliw, rd, a, count);
      return finish32(insn.dst, count != 0 ? kBothExt : kSignExt);
    default:
      as_.i(Mnemonic::kSraiw, rd, a, count);
      return finish32(insn.dst, kSignExt);
  }
}

void Translator::multiply(const Insn& insn, uint8_t left) {
  const Reg rd = reg(insn.dst);
  const bool word = insn.width == Width::k32 && !upper_needed(insn.dst);
  const Reg a = read(left, kScratch0);
  const uint64_t factor = insn.use_imm ? unsigned_imm(insn) : 0;
  if (insn.use_imm && is_power_of_two(factor)) {
    as_.i(word ? Mnemonic::kSlliw : Mnemonic::kSlli, rd, a, log2(factor));
  } else {
    const Reg b = insn.use_imm ? constant_operand(insn.imm, kScratch1) : read(insn.src, kScratch1);
    as_.r(word ? Mnemonic::kMulw : Mnemonic::kMul, rd, a, b);
  }
  insn.width == Width::k64 ? set_ext(insn.dst, kNone) : finish32(insn.dst, word ? kSignExt : kNone);
}

// RFC 9669 "Arithmetic instructions": x / 0 = 0, x % 0 = x, INT_MIN / -1 = INT_MIN, INT_MIN % -1 = 0. RISC-V "M": the
// last three come out right; x / 0 gives all ones, so the divisor is tested.
void Translator::divide(const Insn& insn, uint8_t left) {
  if (insn.use_imm) return divide_by_imm(insn, left);
  const bool is64 = insn.width == Width::k64;
  const Reg rd = reg(insn.dst);
  const Pair form = register_form(insn.op);
  const Reg a = read(left, kScratch0);
  Reg b = read(insn.src, kScratch1);
  if (insn.op == Op::kDiv || insn.op == Op::kSDiv) {
    Reg tested = b;
    if (!is64 && ext(insn.src) == kNone) {  // only the low half of the divisor counts
      as_.i(Mnemonic::kAddiw, kScratch1, b, 0);
      b = tested = kScratch1;
    } else if (tested == rd) {
      as_.move(kScratch1, b);
      b = tested = kScratch1;
    }
    const Label done = as_.new_label();
    as_.r(is64 ? form.wide : form.word, rd, a, b);
    as_.branch(Mnemonic::kBne, tested, Reg::kZero, done);
    constant(rd, 0);
    as_.bind(done);
  } else {
    as_.r(is64 ? form.wide : form.word, rd, a, b);
  }
  is64 ? set_ext(insn.dst, kNone) : finish32(insn.dst, kSignExt);
}

void Translator::divide_by_imm(const Insn& insn, uint8_t left) {
  const bool is64 = insn.width == Width::k64;
  const bool is_signed = insn.op == Op::kSDiv || insn.op == Op::kSMod;
  const bool is_mod = insn.op == Op::kMod || insn.op == Op::kSMod;
  const Reg rd = reg(insn.dst);
  const Reg a = read(left, kScratch0);
  const uint64_t divisor = unsigned_imm(insn);
  if (insn.imm == 0 && !is_mod) {
    constant(rd, 0);
    return set_ext(insn.dst, kBothExt);
  }
  if (insn.imm == 0) {  // x % 0 = x
    const Ext of_left = ext(left);
    as_.move(rd, a);
    return is64 ? set_ext(insn.dst, of_left) : finish32(insn.dst, of_left);
  }
  if (!is_signed && is_power_of_two(divisor)) {
    const int32_t shift = log2(divisor);
    if (!is_mod) {
      as_.i(is64 ? Mnemonic::kSrli : Mnemonic::kSrliw, rd, a, shift);
      return is64 ? set_ext(insn.dst, kNone) : finish32(insn.dst, shift != 0 ? kBothExt : kSignExt);
    }
    if (divisor == 1) {
      constant(rd, 0);
      return set_ext(insn.dst, kBothExt);
    }
    if (divisor <= 2048) {
      as_.i(Mnemonic::kAndi, rd, a, static_cast<int32_t>(divisor - 1));
    } else {
      as_.i(Mnemonic::kSlli, rd, a, 64 - shift);
      as_.i(Mnemonic::kSrli, rd, rd, 64 - shift);
    }
    return set_ext(insn.dst, shift <= 31 ? kBothExt : kNone);
  }
  const Pair form = register_form(insn.op);
  as_.r(is64 ? form.wide : form.word, rd, a, constant_operand(insn.imm, kScratch1));
  is64 ? set_ext(insn.dst, kNone) : finish32(insn.dst, kSignExt);
}

// Sign-extends the low `size` bytes to 64 bits.
void Translator::sign_extend_small(Reg rd, Reg rs, uint8_t size) {
  if (size == 4) return as_.i(Mnemonic::kAddiw, rd, rs, 0);
  if (cx_.target.zbb) return as_.emit({.op = size == 1 ? Mnemonic::kSextB : Mnemonic::kSextH, .rd = rd, .rs1 = rs});
  as_.i(Mnemonic::kSlli, rd, rs, 64 - size * 8);
  as_.i(Mnemonic::kSrai, rd, rd, 64 - size * 8);
}

// RFC 9669 "Byte swap instructions", on a little-endian machine.
void Translator::byte_swap(const Insn& insn, uint8_t left) {
  const Reg rd = reg(insn.dst);
  const Ext of_left = ext(left);
  const Reg a = read(left, kScratch0);
  const bool needed = upper_needed(insn.dst);
  const int32_t unused_bits = 64 - insn.size * 8;
  if (insn.op == Op::kToLe) {  // truncation
    if (insn.size == 2 && cx_.target.zbb) {
      as_.emit({.op = Mnemonic::kZextH, .rd = rd, .rs1 = a});
    } else if (insn.size == 2) {
      as_.i(Mnemonic::kSlli, rd, a, 48);
      as_.i(Mnemonic::kSrli, rd, rd, 48);
    } else if (insn.size == 4 && needed && (of_left & kZeroExt) == 0) {
      zero_extend(rd, a);
    } else {
      as_.move(rd, a);
    }
    return set_ext(insn.dst, insn.size == 2                                          ? kBothExt
                             : insn.size == 4 && needed && (of_left & kZeroExt) == 0 ? kZeroExt
                                                                                     : of_left);
  }
  if (!cx_.target.zbb) {
    byte_swap_plain(rd, a, insn.size);
  } else {
    as_.emit({.op = Mnemonic::kRev8, .rd = rd, .rs1 = a});
    if (unused_bits != 0) as_.i(Mnemonic::kSrli, rd, rd, unused_bits);
  }
  set_ext(insn.dst, insn.size == 2 ? kBothExt : insn.size == 4 ? kZeroExt : kNone);
}

// Without Zbb. Two bytes move one by one; more by swapping neighbours, then pairs, then halves, under masks.
void Translator::byte_swap_plain(Reg rd, Reg rs, uint8_t size) {
  if (size == 2) {
    as_.i(Mnemonic::kSlli, kScratch1, rs, 56);  // the low byte, to bits 8 … 15
    as_.i(Mnemonic::kSrli, kScratch1, kScratch1, 48);
    as_.i(Mnemonic::kSrli, rd, rs, 8);
    as_.i(Mnemonic::kAndi, rd, rd, 0xff);
    return as_.r(Mnemonic::kOr, rd, rd, kScratch1);
  }
  const auto swap_under_mask = [&](Reg from, uint64_t mask, int32_t distance) {
    constant(kScratch2, mask);
    as_.i(Mnemonic::kSrli, kScratch1, from, distance);
    as_.r(Mnemonic::kAnd, kScratch1, kScratch1, kScratch2);
    as_.r(Mnemonic::kAnd, rd, from, kScratch2);
    as_.i(Mnemonic::kSlli, rd, rd, distance);
    as_.r(Mnemonic::kOr, rd, rd, kScratch1);
  };
  if (size == 4) {
    swap_under_mask(rs, 0x00ff00ff, 8);
    as_.i(Mnemonic::kSrliw, kScratch1, rd, 16);
    as_.i(Mnemonic::kSlli, rd, rd, 48);
    as_.i(Mnemonic::kSrli, rd, rd, 32);
    return as_.r(Mnemonic::kOr, rd, rd, kScratch1);
  }
  swap_under_mask(rs, 0x00ff00ff00ff00ff, 8);
  swap_under_mask(rd, 0x0000ffff0000ffff, 16);
  as_.i(Mnemonic::kSrli, kScratch1, rd, 32);
  as_.i(Mnemonic::kSlli, rd, rd, 32);
  as_.r(Mnemonic::kOr, rd, rd, kScratch1);
}

}  // namespace skep::bpf::jit
