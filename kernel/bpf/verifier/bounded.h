// A set of numbers of one width, known by an arc and a tnum at once: every operator and comparison of BPF on it.
// scalar.h pairs two of these, of the full and of half the width.
//
// Soundness is the contract of every function here: the result contains op(x, y) for all x in a, y in b.
// tests/host/verifier/domain_test.cc enumerates it.
#pragma once

#include "bpf/isa/insn.h"
#include "bpf/verifier/arc.h"

namespace skep::bpf::verifier {

template <unsigned Bits>
struct Bounded {
  using Word = WordOf<Bits>;
  using ArcT = Arc<Bits>;
  using TnumT = Tnum<Bits>;
  static constexpr Word kOnes = kAllOnes<Bits>;

  ArcT arc;
  TnumT bits;

  static constexpr Bounded unknown() { return {}; }
  static constexpr Bounded constant(Word v) { return {ArcT::constant(v), TnumT::constant(v)}; }
  static constexpr Bounded between(Word lo, Word hi) { return settled({ArcT::between(lo, hi), TnumT::unknown()}); }
  static constexpr Bounded signed_between(int64_t lo, int64_t hi) {
    return settled({ArcT::signed_between(lo, hi), TnumT::unknown()});
  }
  // From what an operator computed. Arc and tnum can only contradict each other when the operands had no member in
  // common (which the abstraction does not always notice): then nothing is claimed.
  static constexpr Bounded settled(Bounded b) { return b.reduce() ? b : unknown(); }

  constexpr bool is_constant() const { return bits.is_constant(); }
  constexpr bool is_unknown() const { return bits.is_unknown() && arc.is_full(); }
  constexpr bool contains(Word v) const { return arc.contains(v) && bits.contains(v); }
  constexpr bool subset_of(const Bounded& o) const { return arc.subset_of(o.arc) && bits.subset_of(o.bits); }
  constexpr bool operator==(const Bounded&) const = default;

  constexpr Word umin() const { return arc.umin(); }
  constexpr Word umax() const { return arc.umax(); }
  constexpr int64_t smin() const { return arc.smin(); }
  constexpr int64_t smax() const { return arc.smax(); }

  // Lets arc and tnum sharpen each other. False when no number is in both.
  [[nodiscard]] constexpr bool reduce() {
    if (bits.is_constant()) {
      if (!arc.contains(bits.value)) return false;
      arc = ArcT::constant(bits.value);
      return true;
    }
    for (int round = 0; round < 2; round++) {
      if (!bits.is_unknown()) {
        if (!narrow(ArcT::between(bits.value, bits.highest()))) return false;
        const Word sign = ArcT::kSign;
        if ((bits.mask & sign) != 0 &&
            !narrow(ArcT::between(bits.value | sign, static_cast<Word>(bits.highest() & ~sign)))) {
          return false;
        }
      }
      if (arc.passes_zero()) break;
      const TnumT prefix = TnumT::range(arc.base, arc.end());
      if (bits.subset_of(prefix)) break;
      const auto both = TnumT::intersect(bits, prefix);
      if (!both) return false;
      bits = *both;
    }
    return true;
  }

  [[nodiscard]] constexpr bool meet(const Bounded& o) {
    const auto both_bits = TnumT::intersect(bits, o.bits);
    if (!both_bits || !narrow(o.arc)) return false;
    bits = *both_bits;
    return reduce();
  }

  // ---- Arithmetic. RFC 9669, "Arithmetic instructions" --------------------------------------------------------------

  static constexpr Bounded add(const Bounded& a, const Bounded& b) {
    return settled({ArcT::add(a.arc, b.arc), TnumT::add(a.bits, b.bits)});
  }
  static constexpr Bounded sub(const Bounded& a, const Bounded& b) {
    return settled({ArcT::sub(a.arc, b.arc), TnumT::sub(a.bits, b.bits)});
  }
  static constexpr Bounded neg(const Bounded& a) { return sub(constant(0), a); }

  static constexpr Bounded mul(const Bounded& a, const Bounded& b) {
    Bounded r{ArcT::full(), TnumT::mul(a.bits, b.bits)};
    if (b.is_constant()) return r.arc = ArcT::scale(a.arc, b.bits.value), settled(r);
    if (a.is_constant()) return r.arc = ArcT::scale(b.arc, a.bits.value), settled(r);
    uint64_t highest = 0;
    if (!__builtin_mul_overflow(uint64_t{a.umax()}, uint64_t{b.umax()}, &highest) && highest <= kOnes) {
      r.arc = ArcT::between(a.umin() * b.umin(), static_cast<Word>(highest));
      return settled(r);
    }
    const int64_t xs[2] = {a.smin(), a.smax()};
    const int64_t ys[2] = {b.smin(), b.smax()};
    int64_t lo = ArcT::kSignedMax;
    int64_t hi = ArcT::kSignedMin;
    for (const int64_t x : xs) {
      for (const int64_t y : ys) {
        int64_t product = 0;
        if (__builtin_mul_overflow(x, y, &product) || product < ArcT::kSignedMin || product > ArcT::kSignedMax) {
          return settled(r);
        }
        lo = std::min(lo, product);
        hi = std::max(hi, product);
      }
    }
    r.arc = ArcT::signed_between(lo, hi);
    return settled(r);
  }

  // Unsigned; x / 0 = 0.
  static constexpr Bounded div(const Bounded& a, const Bounded& b) {
    if (b.umax() == 0) return constant(0);
    if (b.is_constant() && std::has_single_bit(b.bits.value)) {
      return shift_right(a, constant(static_cast<Word>(std::countr_zero(b.bits.value))));
    }
    const Word lo = b.umin() == 0 ? Word{0} : static_cast<Word>(a.umin() / b.umax());
    return between(lo, a.umax() / std::max<Word>(b.umin(), 1));
  }
  // Unsigned; x % 0 = x.
  static constexpr Bounded mod(const Bounded& a, const Bounded& b) {
    if (b.umax() == 0 || a.umax() < b.umin()) return a;
    if (b.is_constant() && std::has_single_bit(b.bits.value)) return bit_and(a, constant(b.bits.value - 1));
    return between(0, b.umin() == 0 ? a.umax() : std::min<Word>(a.umax(), b.umax() - 1));
  }
  // Signed, rounding towards zero; x / 0 = 0, and the most negative number divided by -1 is itself.
  static constexpr Bounded sdiv(const Bounded& a, const Bounded& b) {
    if (a.smin() >= 0 && b.smin() >= 0) return div(a, b);
    if (a.smin() == ArcT::kSignedMin) return b.umax() == 0 ? constant(0) : unknown();
    const int64_t largest = std::max(-a.smin(), a.smax());
    return signed_between(-largest, largest);
  }
  // The sign of the dividend; x % 0 = x, and the most negative number modulo -1 is 0.
  static constexpr Bounded smod(const Bounded& a, const Bounded& b) {
    if (b.umax() == 0) return a;
    if (a.smin() >= 0 && b.smin() >= 0) return mod(a, b);
    int64_t lo = std::min<int64_t>(a.smin(), 0);
    int64_t hi = std::max<int64_t>(a.smax(), 0);
    const bool divisor_may_be_zero = b.smin() <= 0 && b.smax() >= 0;
    if (!divisor_may_be_zero && b.smin() != ArcT::kSignedMin) {
      const int64_t below = std::max(-b.smin(), b.smax()) - 1;  // |x % y| <= |y| - 1
      lo = std::max(lo, -below);
      hi = std::min(hi, below);
    }
    return signed_between(lo, hi);
  }

  static constexpr Bounded bit_and(const Bounded& a, const Bounded& b) {
    return settled({ArcT::between(0, std::min(a.umax(), b.umax())), TnumT::bit_and(a.bits, b.bits)});
  }
  static constexpr Bounded bit_or(const Bounded& a, const Bounded& b) {
    return settled({ArcT::between(std::max(a.umin(), b.umin()), kOnes), TnumT::bit_or(a.bits, b.bits)});
  }
  static constexpr Bounded bit_xor(const Bounded& a, const Bounded& b) {
    return settled({ArcT::full(), TnumT::bit_xor(a.bits, b.bits)});
  }

  // Shifts count modulo the width.
  static constexpr Bounded shift_left(const Bounded& a, const Bounded& by) {
    const ShiftRange n = shift_range(by);
    if (n.lo == n.hi) return settled({a.arc.lsh(n.lo), a.bits.lsh(n.lo)});
    Bounded r{ArcT::full(), {0, static_cast<Word>((kOnes << n.lo) & kOnes)}};
    if (a.umax() <= (kOnes >> n.hi)) {
      r.arc = ArcT::between(static_cast<Word>(a.umin() << n.lo), static_cast<Word>(a.umax() << n.hi));
    }
    return settled(r);
  }
  static constexpr Bounded shift_right(const Bounded& a, const Bounded& by) {
    const ShiftRange n = shift_range(by);
    const ArcT arc = ArcT::between(a.umin() >> n.hi, a.umax() >> n.lo);
    return settled({arc, n.lo == n.hi ? a.bits.rsh(n.lo) : TnumT::unknown()});
  }
  static constexpr Bounded shift_right_signed(const Bounded& a, const Bounded& by) {
    const ShiftRange n = shift_range(by);
    const int64_t lo = std::min(a.smin() >> n.lo, a.smin() >> n.hi);
    const int64_t hi = std::max(a.smax() >> n.lo, a.smax() >> n.hi);
    return settled({ArcT::signed_between(lo, hi), n.lo == n.hi ? a.bits.arsh(n.lo) : TnumT::unknown()});
  }

  // The low `n` bits, sign-extended (0 < n < Bits).
  static constexpr Bounded sign_extend(const Bounded& a, unsigned n) {
    const unsigned rest = Bits - n;
    const TnumT bits = a.bits.lsh(rest).arsh(rest);
    const int64_t highest = static_cast<int64_t>((uint64_t{1} << (n - 1)) - 1);
    // Shifted to the top, the arc keeps its shape; whether it passes the sign there decides if it can come back down.
    const ArcT top = a.arc.lsh(rest);
    if (top.passes_sign()) return settled({ArcT::signed_between(-highest - 1, highest), bits});
    return settled({ArcT::signed_between(top.smin() >> rest, top.smax() >> rest), bits});
  }
  // The low `n` bits (0 < n < Bits).
  static constexpr Bounded zero_extend(const Bounded& a, unsigned n) {
    return bit_and(a, constant(static_cast<Word>((Word{1} << n) - 1)));
  }

  // ---- Comparison. RFC 9669, "Jump instructions"
  // ---------------------------------------------------------------------

  // Whether `a op b` is the same for every pair; nothing when it differs.
  static constexpr std::optional<bool> decide(Op op, const Bounded& a, const Bounded& b) {
    switch (op) {
      case Op::kJeq:
        if (a.is_constant() && b.is_constant()) return a.bits.value == b.bits.value;
        if (!ArcT::intersect(a.arc, b.arc) || !TnumT::intersect(a.bits, b.bits)) return false;
        return std::nullopt;
      case Op::kJne:
        return negate(decide(Op::kJeq, a, b));
      case Op::kJgt:
        if (a.umin() > b.umax()) return true;
        if (a.umax() <= b.umin()) return false;
        return std::nullopt;
      case Op::kJge:
        if (a.umin() >= b.umax()) return true;
        if (a.umax() < b.umin()) return false;
        return std::nullopt;
      case Op::kJsgt:
        if (a.smin() > b.smax()) return true;
        if (a.smax() <= b.smin()) return false;
        return std::nullopt;
      case Op::kJsge:
        if (a.smin() >= b.smax()) return true;
        if (a.smax() < b.smin()) return false;
        return std::nullopt;
      case Op::kJlt:
        return decide(Op::kJgt, b, a);
      case Op::kJle:
        return decide(Op::kJge, b, a);
      case Op::kJslt:
        return decide(Op::kJsgt, b, a);
      case Op::kJsle:
        return decide(Op::kJsge, b, a);
      case Op::kJset:
        if ((a.bits.value & b.bits.value) != 0) return true;
        if ((a.bits.highest() & b.bits.highest()) == 0) return false;
        return std::nullopt;
      default:
        return std::nullopt;
    }
  }

  // Narrows both to the pairs for which `a op b` is `outcome`. False when there is no such pair.
  [[nodiscard]] static constexpr bool refine(Op op, Bounded& a, Bounded& b, bool outcome) {
    switch (op) {
      case Op::kJeq:
        if (!outcome) return refine_different(a, b);
        if (!a.meet(b)) return false;
        b = a;
        return true;
      case Op::kJne:
        return refine(Op::kJeq, a, b, !outcome);
      case Op::kJgt:
        return outcome ? refine_above(a, b) : refine_not_above(a, b);
      case Op::kJge:
        return outcome ? refine_not_above(b, a) : refine_above(b, a);
      case Op::kJlt:
        return refine(Op::kJgt, b, a, outcome);
      case Op::kJle:
        return refine(Op::kJge, b, a, outcome);
      case Op::kJsgt:
        return outcome ? refine_above_signed(a, b) : refine_not_above_signed(a, b);
      case Op::kJsge:
        return outcome ? refine_not_above_signed(b, a) : refine_above_signed(b, a);
      case Op::kJslt:
        return refine(Op::kJsgt, b, a, outcome);
      case Op::kJsle:
        return refine(Op::kJsge, b, a, outcome);
      case Op::kJset:
        return outcome ? refine_common_bit(a, b) : refine_no_common_bit(a, b);
      default:
        return true;
    }
  }

 private:
  struct ShiftRange {
    unsigned lo, hi;
  };
  static constexpr ShiftRange shift_range(const Bounded& by) {
    if (by.is_constant()) {
      const unsigned n = static_cast<unsigned>(by.bits.value % Bits);
      return {n, n};
    }
    if (by.umax() < Bits) return {static_cast<unsigned>(by.umin()), static_cast<unsigned>(by.umax())};
    return {0, Bits - 1};
  }

  static constexpr std::optional<bool> negate(std::optional<bool> v) {
    if (v) return !*v;
    return v;
  }

  [[nodiscard]] constexpr bool narrow(const ArcT& to) {
    const auto both = ArcT::intersect(arc, to);
    if (!both) return false;
    arc = *both;
    return true;
  }
  [[nodiscard]] constexpr bool know(Word ones, Word zeros) {
    const auto both = TnumT::intersect(bits, {ones, static_cast<Word>(kOnes & ~(ones | zeros))});
    if (!both) return false;
    bits = *both;
    return reduce();
  }

  // a != b says something only when one of them is a constant at an end of the other.
  static constexpr bool refine_different(Bounded& a, Bounded& b) {
    if (a.is_constant() && b.is_constant()) return a.bits.value != b.bits.value;
    if (b.is_constant()) return a.exclude(b.bits.value);
    if (a.is_constant()) return b.exclude(a.bits.value);
    return true;
  }
  constexpr bool exclude(Word v) {
    if (arc.is_full()) {
      arc = ArcT::between(v + 1, v - 1);
      return reduce();
    }
    if (arc.size == 0) return arc.base != v;
    if (arc.base == v) {
      arc.base = (arc.base + 1) & kOnes;
      arc.size--;
      return reduce();
    }
    if (arc.end() == v) {
      arc.size--;
      return reduce();
    }
    return true;
  }
  static constexpr bool refine_above(Bounded& a, Bounded& b) {
    const Word least = b.umin();
    const Word most = a.umax();
    if (least == kOnes || most == 0) return false;
    return a.narrow(ArcT::between(least + 1, kOnes)) && b.narrow(ArcT::between(0, most - 1)) && a.reduce() &&
           b.reduce();
  }
  static constexpr bool refine_not_above(Bounded& a, Bounded& b) {
    const Word most = b.umax();
    const Word least = a.umin();
    return a.narrow(ArcT::between(0, most)) && b.narrow(ArcT::between(least, kOnes)) && a.reduce() && b.reduce();
  }
  static constexpr bool refine_above_signed(Bounded& a, Bounded& b) {
    const int64_t least = b.smin();
    const int64_t most = a.smax();
    if (least == ArcT::kSignedMax || most == ArcT::kSignedMin) return false;
    return a.narrow(ArcT::signed_between(least + 1, ArcT::kSignedMax)) &&
           b.narrow(ArcT::signed_between(ArcT::kSignedMin, most - 1)) && a.reduce() && b.reduce();
  }
  static constexpr bool refine_not_above_signed(Bounded& a, Bounded& b) {
    const int64_t most = b.smax();
    const int64_t least = a.smin();
    return a.narrow(ArcT::signed_between(ArcT::kSignedMin, most)) &&
           b.narrow(ArcT::signed_between(least, ArcT::kSignedMax)) && a.reduce() && b.reduce();
  }
  // A common set bit: known only when there is a single candidate.
  static constexpr bool refine_common_bit(Bounded& a, Bounded& b) {
    const Word candidates = a.bits.highest() & b.bits.highest();
    if (candidates == 0) return false;
    if (!std::has_single_bit(candidates)) {
      return true;
    }
    return a.know(candidates, 0) && b.know(candidates, 0);
  }
  static constexpr bool refine_no_common_bit(Bounded& a, Bounded& b) {
    const Word a_ones = a.bits.value;
    const Word b_ones = b.bits.value;
    return a.know(0, b_ones) && b.know(0, a_ones);
  }
};

}  // namespace skep::bpf::verifier
