#include "bpf/jit/constant.h"

namespace skep::bpf::jit {
namespace {

using riscv::Instruction;
using riscv::Mnemonic;
using riscv::Reg;

// Stands for the register being built; place() replaces it.
constexpr Reg kSelf = Reg::kT0;

void append(ConstantSequence& s, Mnemonic op, Reg rs1, int32_t imm, Reg rs2 = Reg::kZero) {
  if (s.count < ConstantSequence::kMax) s.code[s.count] = {.op = op, .rd = kSelf, .rs1 = rs1, .rs2 = rs2, .imm = imm};
  s.count++;
}

int32_t low12(uint64_t v) { return static_cast<int32_t>(static_cast<int64_t>(v << 52) >> 52); }

// Loads up to 32 bits by lui and addiw; the rest 12 bits at a time, shifting zeros that are there anyway along.
ConstantSequence with_unsigned_shift(uint64_t value);
ConstantSequence plain(int64_t value, bool zba = false) {
  ConstantSequence s;
  if (value == static_cast<int32_t>(value)) {
    const int32_t low = low12(static_cast<uint64_t>(value));
    // lui's 20 bits, rounded up when the low part is negative; wraps around at the top, where addiw undoes it.
    const auto high = static_cast<int32_t>(static_cast<uint32_t>(value) + 0x800u) >> 12;
    if (high != 0) append(s, Mnemonic::kLui, Reg::kZero, high);
    if (low != 0 || high == 0)
      append(s, high != 0 ? Mnemonic::kAddiw : Mnemonic::kAddi, high != 0 ? kSelf : Reg::kZero, low);
    return s;
  }
  const int32_t low = low12(static_cast<uint64_t>(value));
  const auto rest =
      static_cast<int64_t>(static_cast<uint64_t>(value) - static_cast<uint64_t>(static_cast<int64_t>(low)));
  int32_t shift = 12 + __builtin_ctzll(static_cast<uint64_t>(rest) >> 12);
  // lui supplies twelve zeros of its own: shift less when what remains then fits it.
  if (shift > 12 && (rest >> shift) != static_cast<int64_t>(low12(static_cast<uint64_t>(rest >> shift))) &&
      (rest >> (shift - 12)) == static_cast<int32_t>(rest >> (shift - 12))) {
    shift -= 12;
  }
  s = zba ? with_unsigned_shift(static_cast<uint64_t>(rest >> shift)) : plain(rest >> shift);
  append(s, Mnemonic::kSlli, kSelf, shift);
  if (low != 0) append(s, Mnemonic::kAddi, kSelf, low);
  return s;
}

void keep_shorter(ConstantSequence& best, const ConstantSequence& other) {
  if (other.count < best.count) best = other;
}

// plain(), or a number of 32 bits built as its sign-extended twin and moved into place by slli.uw, which clears the
// rest.
ConstantSequence with_unsigned_shift(uint64_t value) {
  ConstantSequence best = plain(static_cast<int64_t>(value), true);
  const int32_t zeros = value == 0 ? 0 : __builtin_ctzll(value);
  for (const int32_t shift : {0, zeros - 12, zeros}) {  // lui brings twelve zeros along
    if (shift < 0 || value >> shift >> 32 != 0) continue;
    ConstantSequence s = plain(static_cast<int32_t>(static_cast<uint32_t>(value >> shift)));
    append(s, Mnemonic::kSlliUw, kSelf, shift);
    keep_shorter(best, s);
  }
  return best;
}

// And multiples of 3, 5 and 9, which are a number plus itself shifted.
ConstantSequence with_zba(uint64_t value) {
  struct Multiple {
    int64_t factor;
    Mnemonic op;
  };
  ConstantSequence best = with_unsigned_shift(value);
  const int32_t low = low12(value);
  for (const int32_t added : {0, low}) {
    const uint64_t rest = value - static_cast<uint64_t>(static_cast<int64_t>(added));
    if (added != 0) {
      ConstantSequence s = with_unsigned_shift(rest);
      append(s, Mnemonic::kAddi, kSelf, added);
      keep_shorter(best, s);
    }
    for (const Multiple m :
         {Multiple{3, Mnemonic::kSh1add}, Multiple{5, Mnemonic::kSh2add}, Multiple{9, Mnemonic::kSh3add}}) {
      if (static_cast<int64_t>(rest) % m.factor != 0) continue;
      ConstantSequence s = with_unsigned_shift(static_cast<uint64_t>(static_cast<int64_t>(rest) / m.factor));
      append(s, m.op, kSelf, 0, kSelf);
      if (added != 0) append(s, Mnemonic::kAddi, kSelf, added);
      keep_shorter(best, s);
    }
  }
  return best;
}

}  // namespace

ConstantSequence constant_sequence(uint64_t value, const JitTarget& target) {
  // One or two instructions: nothing is shorter.
  if (static_cast<int64_t>(value) == static_cast<int32_t>(value)) return plain(static_cast<int64_t>(value));
  const auto base = [&](uint64_t v) { return target.zba ? with_zba(v) : plain(static_cast<int64_t>(v)); };
  ConstantSequence best = base(value);
  if (best.count <= 2) return best;

  // Trailing zeros by one shift at the end.
  if (const int shift = __builtin_ctzll(value); shift > 0) {
    ConstantSequence s = base(static_cast<uint64_t>(static_cast<int64_t>(value) >> shift));
    append(s, Mnemonic::kSlli, kSelf, shift);
    keep_shorter(best, s);
  }
  // Leading zeros by a logical shift right of a value whose upper part is easier: filled with ones, or with zeros.
  if (const int shift = __builtin_clzll(value); shift > 0) {
    const uint64_t moved = value << shift;
    for (const uint64_t fill : {(uint64_t{1} << shift) - 1, uint64_t{0}}) {
      ConstantSequence s = base(moved | fill);
      append(s, Mnemonic::kSrli, kSelf, shift);
      keep_shorter(best, s);
    }
  }
  // Long runs of ones in the middle: a small number rotated.
  constexpr int kMostChanges = 12;  // from 0 to 1 or back, around a number of 12 bits
  if (target.zbb && __builtin_popcountll(value ^ (value << 1 | value >> 63)) <= kMostChanges) {
    for (int rotate = 1; rotate < 64 && best.count > 2; rotate++) {
      const uint64_t v = value << rotate | value >> (64 - rotate);
      if (static_cast<int64_t>(v) != low12(v)) continue;
      ConstantSequence s = plain(static_cast<int64_t>(v));
      append(s, Mnemonic::kRori, kSelf, rotate);
      keep_shorter(best, s);
    }
  }
  return best;
}

Instruction place(Instruction insn, Reg rd) {
  insn.rd = rd;
  if (insn.rs1 == kSelf) insn.rs1 = rd;
  if (insn.rs2 == kSelf) insn.rs2 = rd;
  return insn;
}

ConstantSequence place(const ConstantSequence& sequence, Reg rd) {
  ConstantSequence out = sequence;
  for (uint32_t n = 0; n < out.count; n++) out.code[n] = place(out.code[n], rd);
  return out;
}

}  // namespace skep::bpf::jit
