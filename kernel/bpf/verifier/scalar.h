// What the verifier knows about a register's number: its full width and its low half, kept in agreement. Registers are
// Scalar<64>; the tests enumerate Scalar<4> and Scalar<6>.
#pragma once

#include "bpf/verifier/bounded.h"

namespace skep::bpf::verifier {

template <unsigned Bits>
struct Scalar {
  static constexpr unsigned kHalfBits = Bits / 2;
  using Full = Bounded<Bits>;
  using Half = Bounded<kHalfBits>;
  using Word = WordOf<Bits>;
  using HalfWord = WordOf<kHalfBits>;
  static constexpr Word kOnes = kAllOnes<Bits>;
  static constexpr Word kHalfOnes = static_cast<Word>(kAllOnes<kHalfBits>);

  // The tnum of the low half is the low half of `bits`: stored once.
  Arc<Bits> arc;
  Arc<kHalfBits> half_arc;
  Tnum<Bits> bits;

  static constexpr Scalar unknown() { return {}; }
  static constexpr Scalar constant(Word v) {
    return {Arc<Bits>::constant(v), Arc<kHalfBits>::constant(static_cast<HalfWord>(v & kHalfOnes)),
            Tnum<Bits>::constant(v)};
  }
  static constexpr Scalar between(Word lo, Word hi) { return from_full(Full::between(lo, hi)); }
  static constexpr Scalar signed_between(int64_t lo, int64_t hi) { return from_full(Full::signed_between(lo, hi)); }
  static constexpr Scalar from_full(const Full& f) {
    Scalar s{f.arc, {}, f.bits};
    return s.reduce() ? s : unknown();
  }
  // Zero-extended to the full width. `h` has been reduced: then so is what it is extended to, unless its arc wraps.
  static constexpr Scalar from_half(const Half& h) {
    if (!h.arc.passes_zero()) return {{h.arc.base, h.arc.size}, h.arc, {h.bits.value, h.bits.mask}};
    Scalar s{Arc<Bits>::between(h.umin(), h.umax()), h.arc, {h.bits.value, h.bits.mask}};
    return s.reduce() ? s : zero_extended_unknown();
  }
  static constexpr Scalar zero_extended_unknown() { return between(0, kHalfOnes); }

  constexpr Full full() const { return {arc, bits}; }
  constexpr Half half() const { return {half_arc, low_bits()}; }
  constexpr Tnum<kHalfBits> low_bits() const {
    return {static_cast<HalfWord>(bits.value & kHalfOnes), static_cast<HalfWord>(bits.mask & kHalfOnes)};
  }

  constexpr bool is_constant() const { return bits.is_constant(); }
  constexpr bool is_constant(Word v) const { return bits.is_constant() && bits.value == v; }
  constexpr bool is_unknown() const { return arc.is_full() && half_arc.is_full() && bits.is_unknown(); }
  constexpr Word value() const { return bits.value; }  // of a constant
  constexpr bool contains(Word v) const {
    return arc.contains(v) && bits.contains(v) && half_arc.contains(static_cast<HalfWord>(v & kHalfOnes));
  }
  constexpr bool subset_of(const Scalar& o) const {
    return arc.subset_of(o.arc) && half_arc.subset_of(o.half_arc) && bits.subset_of(o.bits);
  }
  constexpr bool operator==(const Scalar&) const = default;

  constexpr Word umin() const { return arc.umin(); }
  constexpr Word umax() const { return arc.umax(); }
  constexpr int64_t smin() const { return arc.smin(); }
  constexpr int64_t smax() const { return arc.smax(); }
  constexpr bool fits_half() const { return umax() <= kHalfOnes; }

  // Brings the two widths into agreement. False when they contradict each other.
  [[nodiscard]] constexpr bool reduce() {
    if (bits.is_constant()) {
      if (!contains(bits.value)) return false;
      *this = constant(bits.value);
      return true;
    }
    for (int round = 0; round < 3; round++) {
      const Scalar before = *this;
      Full f = full();
      if (!f.reduce()) return false;
      arc = f.arc;
      bits = f.bits;
      // An arc shorter than the half circle's length keeps its shape when the upper half is cut off.
      if (arc.size < kHalfOnes) {
        const auto both = Arc<kHalfBits>::intersect(
            half_arc, {static_cast<HalfWord>(arc.base & kHalfOnes), static_cast<HalfWord>(arc.size)});
        if (!both) return false;
        half_arc = *both;
      }
      Half h = half();
      if (!h.reduce()) return false;
      half_arc = h.arc;
      bits.value = (bits.value & ~kHalfOnes & kOnes) | h.bits.value;
      bits.mask = (bits.mask & ~kHalfOnes & kOnes) | h.bits.mask;
      if (!trim_ends()) return false;
      if (*this == before) break;
    }
    return true;
  }

  // ---- Operators
  // -------------------------------------------------------------------------------------------------------

  // dst = a op b in the full width, for kAdd … kArsh and kNeg (b unused).
  static constexpr Scalar alu(Op op, const Scalar& a, const Scalar& b) {
    if (keeps_unknown(op) && (a.is_unknown() || b.is_unknown())) return unknown();
    const Full fa = a.full();
    const Full fb = b.full();
    switch (op) {
      case Op::kAdd:
        return pair(Full::add(fa, fb), Half::add(a.half(), b.half()));
      case Op::kSub:
        return pair(Full::sub(fa, fb), Half::sub(a.half(), b.half()));
      case Op::kMul:
        return pair(Full::mul(fa, fb), Half::mul(a.half(), b.half()));
      case Op::kAnd:
        return pair(Full::bit_and(fa, fb), Half::bit_and(a.half(), b.half()));
      case Op::kOr:
        return pair(Full::bit_or(fa, fb), Half::bit_or(a.half(), b.half()));
      case Op::kXor:
        return pair(Full::bit_xor(fa, fb), Half::bit_xor(a.half(), b.half()));
      case Op::kNeg:
        return pair(Full::neg(fa), Half::neg(a.half()));
      case Op::kLsh:
        return shift_left(a, b);
      case Op::kDiv:
        return from_full(Full::div(fa, fb));
      case Op::kSDiv:
        return from_full(Full::sdiv(fa, fb));
      case Op::kMod:
        return from_full(Full::mod(fa, fb));
      case Op::kSMod:
        return from_full(Full::smod(fa, fb));
      case Op::kRsh:
        return from_full(Full::shift_right(fa, fb));
      case Op::kArsh:
        return from_full(Full::shift_right_signed(fa, fb));
      default:
        return unknown();
    }
  }

  // The same in half the width; the upper half of the result is zero.
  static constexpr Scalar alu_half(Op op, const Scalar& a, const Scalar& b) {
    const Half ha = a.half();
    const Half hb = b.half();
    if (keeps_unknown(op) && (ha.is_unknown() || hb.is_unknown())) return from_half(Half::unknown());
    switch (op) {
      case Op::kAdd:
        return from_half(Half::add(ha, hb));
      case Op::kSub:
        return from_half(Half::sub(ha, hb));
      case Op::kMul:
        return from_half(Half::mul(ha, hb));
      case Op::kAnd:
        return from_half(Half::bit_and(ha, hb));
      case Op::kOr:
        return from_half(Half::bit_or(ha, hb));
      case Op::kXor:
        return from_half(Half::bit_xor(ha, hb));
      case Op::kNeg:
        return from_half(Half::neg(ha));
      case Op::kLsh:
        return from_half(Half::shift_left(ha, hb));
      case Op::kDiv:
        return from_half(Half::div(ha, hb));
      case Op::kSDiv:
        return from_half(Half::sdiv(ha, hb));
      case Op::kMod:
        return from_half(Half::mod(ha, hb));
      case Op::kSMod:
        return from_half(Half::smod(ha, hb));
      case Op::kRsh:
        return from_half(Half::shift_right(ha, hb));
      case Op::kArsh:
        return from_half(Half::shift_right_signed(ha, hb));
      default:
        return zero_extended_unknown();
    }
  }

  // The low half, zero-extended: what a 32-bit move does.
  constexpr Scalar truncated_to_half() const { return fits_half() ? *this : from_half(half()); }
  // The low n bits, zero- or sign-extended to the full width (0 < n <= Bits).
  constexpr Scalar zero_extended(unsigned n) const {
    if (n >= Bits) return *this;
    if (n == kHalfBits) return truncated_to_half();
    if (n < kHalfBits) return from_half(Half::zero_extend(half(), n));
    return from_full(Full::zero_extend(full(), n));
  }
  constexpr Scalar sign_extended(unsigned n) const {
    if (n >= Bits) return *this;
    if (n == kHalfBits) {  // the half's arc may know more than the full one
      const Half h = half();
      Scalar s{Arc<Bits>::signed_between(h.smin(), h.smax()), h.arc, full_sign_extension(n)};
      return s.reduce() ? s : signed_between(-(int64_t{1} << (n - 1)), (int64_t{1} << (n - 1)) - 1);
    }
    if (n < kHalfBits) {
      const Half h = Half::sign_extend(half(), n);
      Scalar s{Arc<Bits>::signed_between(h.smin(), h.smax()), h.arc, full_sign_extension(n)};
      return s.reduce() ? s : unknown();
    }
    return from_full(Full::sign_extend(full(), n));
  }
  // ... and sign-extended to half the width, the upper half zero: movsx of 32 bits (0 < n < kHalfBits).
  constexpr Scalar sign_extended_half(unsigned n) const { return from_half(Half::sign_extend(half(), n)); }

  // ---- Comparison
  // ------------------------------------------------------------------------------------------------------

  static constexpr std::optional<bool> decide(Op op, bool in_half, const Scalar& a, const Scalar& b) {
    if (in_half) return Half::decide(op, a.half(), b.half());
    const auto verdict = Full::decide(op, a.full(), b.full());
    if (verdict || (op != Op::kJeq && op != Op::kJne)) return verdict;
    // Equal numbers have equal low halves.
    if (!Arc<kHalfBits>::intersect(a.half_arc, b.half_arc)) return op == Op::kJne;
    return std::nullopt;
  }

  // Narrows both to the pairs for which the comparison's outcome is `outcome`; false when there is none.
  [[nodiscard]] static constexpr bool refine(Op op, bool in_half, Scalar& a, Scalar& b, bool outcome) {
    if (in_half) {
      Half ha = a.half();
      Half hb = b.half();
      if (!Half::refine(op, ha, hb, outcome)) return false;
      return a.narrow_half(ha) && b.narrow_half(hb);
    }
    Full fa = a.full();
    Full fb = b.full();
    if (!Full::refine(op, fa, fb, outcome)) return false;
    if ((op == Op::kJeq && outcome) || (op == Op::kJne && !outcome)) {
      const auto both = Arc<kHalfBits>::intersect(a.half_arc, b.half_arc);
      if (!both) return false;
      a.half_arc = b.half_arc = *both;
    }
    a.arc = fa.arc;
    a.bits = fa.bits;
    b.arc = fb.arc;
    b.bits = fb.bits;
    return a.reduce() && b.reduce();
  }

 private:
  // Of an operand that may be anything, the result may be anything, whatever the other one is.
  static constexpr bool keeps_unknown(Op op) { return op == Op::kAdd || op == Op::kSub || op == Op::kXor; }

  static constexpr Scalar pair(const Full& f, const Half& h) {
    Scalar s{f.arc, h.arc, f.bits};
    const auto low = Tnum<kHalfBits>::intersect(s.low_bits(), h.bits);
    if (!low) return unknown();
    s.bits.value = (s.bits.value & ~kHalfOnes & kOnes) | low->value;
    s.bits.mask = (s.bits.mask & ~kHalfOnes & kOnes) | low->mask;
    return s.reduce() ? s : unknown();
  }

  static constexpr Scalar shift_left(const Scalar& a, const Scalar& by) {
    Full f = Full::shift_left(a.full(), by.full());
    if (!by.is_constant()) return from_full(f);
    const unsigned n = static_cast<unsigned>(by.value() % Bits);
    if (n < kHalfBits) return pair(f, Half::shift_left(a.half(), Half::constant(static_cast<HalfWord>(n))));
    if (n == kHalfBits) {  // only the low half survives, and its arc with it
      const Arc<Bits> moved{static_cast<Word>(Word{a.half_arc.base} << n),
                            static_cast<Word>(Word{a.half_arc.size} << n)};
      const auto both = Arc<Bits>::intersect(f.arc, moved);
      if (both) f.arc = *both;
    }
    return from_full(f);
  }

  constexpr Tnum<Bits> full_sign_extension(unsigned n) const { return bits.lsh(Bits - n).arsh(Bits - n); }

  constexpr bool narrow_half(const Half& h) {
    half_arc = h.arc;
    const auto low = Tnum<kHalfBits>::intersect(low_bits(), h.bits);
    if (!low) return false;
    bits.value = (bits.value & ~kHalfOnes & kOnes) | low->value;
    bits.mask = (bits.mask & ~kHalfOnes & kOnes) | low->mask;
    return reduce();
  }

  // Moves the ends of the full arc inwards to the first and last number whose low half lies in half_arc.
  constexpr bool trim_ends() {
    if (half_arc.is_full()) return true;
    const HalfWord into = (static_cast<HalfWord>(arc.base & kHalfOnes) - half_arc.base) & kAllOnes<kHalfBits>;
    if (into > half_arc.size) {
      const Word skip = kHalfOnes - into + 1;
      if (skip > arc.size) return false;
      if (!arc.is_full()) {
        arc.base = (arc.base + skip) & kOnes;
        arc.size -= skip;
      }
    }
    const HalfWord past = (static_cast<HalfWord>(arc.end() & kHalfOnes) - half_arc.base) & kAllOnes<kHalfBits>;
    if (past > half_arc.size && !arc.is_full()) {
      const Word skip = Word{past} - half_arc.size;
      if (skip > arc.size) return false;
      arc.size -= skip;
    }
    return true;
  }
};

using Scalar64 = Scalar<64>;

}  // namespace skep::bpf::verifier
