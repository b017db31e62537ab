// Tristate numbers: for each bit of a word, known zero, known one, or unknown. One half of the scalar domain (the other
// is arc.h). Pure mathematics, a template on the width so that tests can enumerate it.
#pragma once

#include <stdint.h>

#include <bit>
#include <optional>
#include <type_traits>

namespace skep::bpf::verifier {

// The word that holds a value of `Bits` bits, and its all-ones value.
template <unsigned Bits>
using WordOf = std::conditional_t<(Bits > 32), uint64_t, uint32_t>;
template <unsigned Bits>
inline constexpr WordOf<Bits> kAllOnes = static_cast<WordOf<Bits>>(~uint64_t{0} >> (64 - Bits));

// The low `Bits` bits of `v`, read as a two's complement number.
template <unsigned Bits>
constexpr int64_t to_signed(uint64_t v) {
  return static_cast<int64_t>(v << (64 - Bits)) >> (64 - Bits);
}

template <unsigned Bits>
struct Tnum {
  using Word = WordOf<Bits>;
  static constexpr Word kOnes = kAllOnes<Bits>;

  // A bit of `mask` that is set is unknown; the others have the value they have in `value`. value & mask == 0.
  Word value = 0;
  Word mask = kOnes;

  static constexpr Tnum unknown() { return {}; }
  static constexpr Tnum constant(Word v) { return {static_cast<Word>(v & kOnes), 0}; }
  // The smallest tnum with every number of lo … hi (unsigned, lo <= hi): their common leading bits.
  static constexpr Tnum range(Word lo, Word hi) {
    const Word differ = lo ^ hi;
    const Word low = differ == 0 ? Word{0} : static_cast<Word>(~uint64_t{0} >> std::countl_zero(uint64_t{differ}));
    return {static_cast<Word>(lo & ~low), low};
  }

  constexpr bool is_constant() const { return mask == 0; }
  constexpr bool is_unknown() const { return mask == kOnes; }
  constexpr Word highest() const { return value | mask; }  // unsigned; `value` is the lowest
  constexpr bool contains(Word v) const { return ((v ^ value) & ~mask & kOnes) == 0; }
  constexpr bool subset_of(const Tnum& other) const {
    return (mask & ~other.mask) == 0 && ((value ^ other.value) & ~other.mask & kOnes) == 0;
  }
  constexpr bool operator==(const Tnum&) const = default;

  // What both know; nothing when they contradict each other.
  static constexpr std::optional<Tnum> intersect(const Tnum& a, const Tnum& b) {
    if (((a.value ^ b.value) & ~(a.mask | b.mask)) != 0) return std::nullopt;
    const Word unknown_bits = a.mask & b.mask;
    return Tnum{static_cast<Word>((a.value | b.value) & ~unknown_bits), unknown_bits};
  }

  // A bit of the sum is unknown where an operand's is, or where the carry into it is: there the smallest and the
  // largest possible sum differ.
  static constexpr Tnum add(const Tnum& a, const Tnum& b) {
    const Word smallest = (a.value + b.value) & kOnes;
    const Word largest = (smallest + a.mask + b.mask) & kOnes;
    return from_bits(smallest, (smallest ^ largest) | a.mask | b.mask);
  }
  static constexpr Tnum sub(const Tnum& a, const Tnum& b) {
    const Word difference = a.value - b.value;
    const Word largest = difference + a.mask;
    const Word smallest = difference - b.mask;
    return from_bits(difference, (smallest ^ largest) | a.mask | b.mask);
  }
  static constexpr Tnum bit_and(const Tnum& a, const Tnum& b) {
    const Word ones = a.value & b.value;
    return {ones, static_cast<Word>(a.highest() & b.highest() & ~ones)};
  }
  static constexpr Tnum bit_or(const Tnum& a, const Tnum& b) {
    const Word ones = a.value | b.value;
    return {ones, static_cast<Word>((a.mask | b.mask) & ~ones)};
  }
  static constexpr Tnum bit_xor(const Tnum& a, const Tnum& b) { return from_bits(a.value ^ b.value, a.mask | b.mask); }
  // What both may be: a number of either.
  static constexpr Tnum hull(const Tnum& a, const Tnum& b) {
    return from_bits(a.value, a.mask | b.mask | (a.value ^ b.value));
  }
  // Long multiplication in two ways, of which each is sometimes the better one. The known parts multiply exactly, and
  // what each bit of `a` can add beyond that is a number whose bits are unknown, added up as tnums. Or the sum is kept
  // with and without each unknown bit of `a`.
  static constexpr Tnum mul(Tnum a, Tnum b) {
    const Tnum exact = constant(a.value * b.value);
    Tnum rest = constant(0);
    Tnum either = constant(0);
    while (a.highest() != 0) {
      if ((a.value & 1) != 0) {
        rest = add(rest, {0, b.mask});
        either = add(either, b);
      } else if ((a.mask & 1) != 0) {
        rest = add(rest, {0, b.highest()});
        either = hull(either, add(either, b));
      }
      a = a.rsh(1);
      b = b.lsh(1);
    }
    const Tnum sum = add(exact, rest);
    return intersect(sum, either).value_or(sum);
  }

  // Shifts by 0 … Bits - 1.
  constexpr Tnum lsh(unsigned n) const {
    return {static_cast<Word>((value << n) & kOnes), static_cast<Word>((mask << n) & kOnes)};
  }
  constexpr Tnum rsh(unsigned n) const { return {static_cast<Word>(value >> n), static_cast<Word>(mask >> n)}; }
  constexpr Tnum arsh(unsigned n) const {
    return {static_cast<Word>(static_cast<Word>(to_signed<Bits>(value) >> n) & kOnes),
            static_cast<Word>(static_cast<Word>(to_signed<Bits>(mask) >> n) & kOnes)};
  }

 private:
  static constexpr Tnum from_bits(Word v, Word unknown_bits) {
    unknown_bits &= kOnes;
    return {static_cast<Word>(v & ~unknown_bits & kOnes), unknown_bits};
  }
};

}  // namespace skep::bpf::verifier
