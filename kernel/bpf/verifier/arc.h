// Arcs on the number circle: base, base + 1, … base + size, modulo 2^Bits. One arc stands for an unsigned range (when
// it does not pass the largest number), a signed range (when it does not pass the largest positive one), or both;
// adding and subtracting never lose it by overflow. One half of the scalar domain (the other is tnum.h).
#pragma once

#include <algorithm>

#include "bpf/verifier/tnum.h"

namespace skep::bpf::verifier {

template <unsigned Bits>
struct Arc {
  using Word = WordOf<Bits>;
  static constexpr Word kOnes = kAllOnes<Bits>;
  static constexpr Word kSign = Word{1} << (Bits - 1);
  static constexpr int64_t kSignedMin = to_signed<Bits>(kSign);
  static constexpr int64_t kSignedMax = to_signed<Bits>(static_cast<Word>(kSign - 1));

  // size is the number of steps, one less than the number of members. The full circle is {0, kOnes}; an arc is never
  // empty.
  Word base = 0;
  Word size = kOnes;

  static constexpr Arc full() { return {}; }
  static constexpr Arc constant(Word v) { return {static_cast<Word>(v & kOnes), 0}; }
  // From lo upwards to hi, passing the top of the circle when hi is below lo.
  static constexpr Arc between(Word lo, Word hi) {
    const Word steps = (hi - lo) & kOnes;
    return steps == kOnes ? full() : Arc{static_cast<Word>(lo & kOnes), steps};
  }
  static constexpr Arc signed_between(int64_t lo, int64_t hi) {
    return between(static_cast<Word>(lo), static_cast<Word>(hi));
  }

  constexpr bool is_full() const { return size == kOnes; }
  constexpr bool is_constant() const { return size == 0; }
  constexpr Word end() const { return (base + size) & kOnes; }
  constexpr bool contains(Word v) const { return ((v - base) & kOnes) <= size; }
  constexpr bool subset_of(const Arc& other) const {
    const Word start = (base - other.base) & kOnes;
    return other.is_full() || (start <= other.size && size <= other.size - start);
  }
  constexpr bool operator==(const Arc&) const = default;

  constexpr bool passes_zero() const { return base > end(); }                      // as unsigned numbers it wraps
  constexpr bool passes_sign() const { return (base ^ kSign) > (end() ^ kSign); }  // as signed numbers it wraps
  constexpr Word umin() const { return passes_zero() ? Word{0} : base; }
  constexpr Word umax() const { return passes_zero() ? kOnes : end(); }
  constexpr int64_t smin() const { return passes_sign() ? kSignedMin : to_signed<Bits>(base); }
  constexpr int64_t smax() const { return passes_sign() ? kSignedMax : to_signed<Bits>(end()); }

  // An arc with every number that is in both; nothing when there is none. Two arcs can meet in two pieces: then the
  // shorter of the two stands for both pieces.
  static constexpr std::optional<Arc> intersect(const Arc& a, const Arc& b) {
    if (a.subset_of(b)) return a;
    if (b.subset_of(a)) return b;
    const Word b_in_a = (b.base - a.base) & kOnes;
    const Word a_in_b = (a.base - b.base) & kOnes;
    const bool b_starts_in_a = b_in_a <= a.size;
    const bool a_starts_in_b = a_in_b <= b.size;
    if (b_starts_in_a && a_starts_in_b) return a.size <= b.size ? a : b;
    if (b_starts_in_a) return Arc{b.base, static_cast<Word>(a.size - b_in_a)};
    if (a_starts_in_b) return Arc{a.base, static_cast<Word>(b.size - a_in_b)};
    return std::nullopt;
  }

  static constexpr Arc add(const Arc& a, const Arc& b) {
    if (a.size >= kOnes - b.size) return full();
    return {static_cast<Word>((a.base + b.base) & kOnes), static_cast<Word>(a.size + b.size)};
  }
  static constexpr Arc sub(const Arc& a, const Arc& b) {
    if (a.size >= kOnes - b.size) return full();
    return {static_cast<Word>((a.base - b.end()) & kOnes), static_cast<Word>(a.size + b.size)};
  }
  // Every member times `factor`.
  static constexpr Arc scale(const Arc& a, Word factor) {
    const int64_t as_signed = to_signed<Bits>(factor);
    if (as_signed < 0) return sub(constant(0), scale_up(a, static_cast<Word>(-factor) & kOnes));
    return scale_up(a, factor);
  }
  constexpr Arc lsh(unsigned n) const {
    if (size > (kOnes >> n)) return full();
    return between(static_cast<Word>((base << n) & kOnes), static_cast<Word>(((base + size) << n) & kOnes));
  }

 private:
  static constexpr Arc scale_up(const Arc& a, Word factor) {
    if (factor == 0) return constant(0);
    if (a.size > kOnes / factor) return full();
    const Word steps = a.size * factor;
    return steps == kOnes ? full() : Arc{static_cast<Word>((a.base * factor) & kOnes), steps};
  }
};

}  // namespace skep::bpf::verifier
