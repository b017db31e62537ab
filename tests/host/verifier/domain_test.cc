// The scalar domain, enumerated: every operator and every comparison's refinement contains every concrete result. The
// concrete meanings are written here once more, on purpose apart from isa/eval.h and from the domain.
#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "bpf/isa/eval.h"
#include "bpf/verifier/scalar.h"

using namespace skep::bpf;
using namespace skep::bpf::verifier;

namespace {

constexpr Op kArithmetic[] = {Op::kAdd, Op::kSub, Op::kMul, Op::kDiv, Op::kSDiv, Op::kMod,  Op::kSMod,
                              Op::kOr,  Op::kAnd, Op::kXor, Op::kLsh, Op::kRsh,  Op::kArsh, Op::kNeg};
constexpr Op kComparisons[] = {Op::kJeq,  Op::kJne,  Op::kJgt,  Op::kJge,  Op::kJlt, Op::kJle,
                               Op::kJset, Op::kJsgt, Op::kJsge, Op::kJslt, Op::kJsle};

// Numbers of `bits` bits, kept in the low bits of an unsigned.
int as_signed(unsigned v, unsigned bits) {
  return (v >> (bits - 1)) & 1 ? static_cast<int>(v) - (1 << bits) : static_cast<int>(v);
}
unsigned ones(unsigned bits) { return (1u << bits) - 1; }

unsigned concrete(Op op, unsigned bits, unsigned a, unsigned b) {
  const int sa = as_signed(a, bits), sb = as_signed(b, bits);
  const unsigned n = b % bits;
  switch (op) {
    case Op::kAdd:
      return (a + b) & ones(bits);
    case Op::kSub:
      return (a - b) & ones(bits);
    case Op::kMul:
      return (a * b) & ones(bits);
    case Op::kDiv:
      return b == 0 ? 0 : a / b;
    case Op::kMod:
      return b == 0 ? a : a % b;
    case Op::kSDiv:
      return static_cast<unsigned>(sb == 0 ? 0 : sa / sb) & ones(bits);
    case Op::kSMod:
      return static_cast<unsigned>(sb == 0 ? sa : sa % sb) & ones(bits);
    case Op::kOr:
      return a | b;
    case Op::kAnd:
      return a & b;
    case Op::kXor:
      return a ^ b;
    case Op::kLsh:
      return (a << n) & ones(bits);
    case Op::kRsh:
      return a >> n;
    case Op::kArsh:
      return static_cast<unsigned>(sa >> n) & ones(bits);
    case Op::kNeg:
      return (0u - a) & ones(bits);
    default:
      FAIL("no such operator");
      return 0;
  }
}

bool concrete_jump(Op op, unsigned bits, unsigned a, unsigned b) {
  const int sa = as_signed(a, bits), sb = as_signed(b, bits);
  switch (op) {
    case Op::kJeq:
      return a == b;
    case Op::kJne:
      return a != b;
    case Op::kJgt:
      return a > b;
    case Op::kJge:
      return a >= b;
    case Op::kJlt:
      return a < b;
    case Op::kJle:
      return a <= b;
    case Op::kJset:
      return (a & b) != 0;
    case Op::kJsgt:
      return sa > sb;
    case Op::kJsge:
      return sa >= sb;
    case Op::kJslt:
      return sa < sb;
    case Op::kJsle:
      return sa <= sb;
    default:
      FAIL("no such comparison");
      return false;
  }
}

template <unsigned Bits>
std::vector<Arc<Bits>> all_arcs() {
  std::vector<Arc<Bits>> out{Arc<Bits>::full()};
  for (unsigned base = 0; base <= ones(Bits); base++) {
    for (unsigned size = 0; size < ones(Bits); size++) out.push_back({base, size});
  }
  return out;
}
template <unsigned Bits>
std::vector<Tnum<Bits>> all_tnums() {
  std::vector<Tnum<Bits>> out;
  for (unsigned mask = 0; mask <= ones(Bits); mask++) {
    for (unsigned value = 0; value <= ones(Bits); value++) {
      if ((value & mask) == 0) out.push_back({value, mask});
    }
  }
  return out;
}

template <typename T>
std::vector<unsigned> members(const T& set, unsigned bits) {
  std::vector<unsigned> out;
  for (unsigned v = 0; v <= ones(bits); v++) {
    if (set.contains(v)) out.push_back(v);
  }
  return out;
}

// reduce() may gain members (two arcs that meet in two pieces become one arc), but never lose one.
bool includes(const std::vector<unsigned>& all, const std::vector<unsigned>& some) {
  return std::includes(all.begin(), all.end(), some.begin(), some.end());
}

// Every reduced value of the single-width domain, with its members.
template <unsigned Bits>
struct BoundedSet {
  std::vector<Bounded<Bits>> values;
  std::vector<std::vector<unsigned>> numbers;
};
template <unsigned Bits>
BoundedSet<Bits> all_bounded() {
  BoundedSet<Bits> out;
  for (const auto& arc : all_arcs<Bits>()) {
    for (const auto& bits : all_tnums<Bits>()) {
      Bounded<Bits> b{arc, bits};
      const auto before = members(b, Bits);
      if (!b.reduce()) {
        if (!before.empty()) FAIL("reduce() lost every member");
        continue;
      }
      if (!includes(members(b, Bits), before)) FAIL("reduce() lost a member");
      if (before.empty()) continue;
      if (std::find(out.values.begin(), out.values.end(), b) == out.values.end()) {
        out.values.push_back(b);
        out.numbers.push_back(members(b, Bits));
      }
    }
  }
  return out;
}

template <unsigned Bits>
Bounded<Bits> abstract(Op op, const Bounded<Bits>& a, const Bounded<Bits>& b) {
  using B = Bounded<Bits>;
  switch (op) {
    case Op::kAdd:
      return B::add(a, b);
    case Op::kSub:
      return B::sub(a, b);
    case Op::kMul:
      return B::mul(a, b);
    case Op::kDiv:
      return B::div(a, b);
    case Op::kMod:
      return B::mod(a, b);
    case Op::kSDiv:
      return B::sdiv(a, b);
    case Op::kSMod:
      return B::smod(a, b);
    case Op::kOr:
      return B::bit_or(a, b);
    case Op::kAnd:
      return B::bit_and(a, b);
    case Op::kXor:
      return B::bit_xor(a, b);
    case Op::kLsh:
      return B::shift_left(a, b);
    case Op::kRsh:
      return B::shift_right(a, b);
    case Op::kArsh:
      return B::shift_right_signed(a, b);
    default:
      return B::neg(a);
  }
}

// Counts concrete results that an operator's abstract result does not contain.
template <unsigned Bits, typename Operator>
size_t missed_results(const BoundedSet<Bits>& set, size_t stride, Op op, Operator apply) {
  size_t missed = 0;
  for (size_t i = 0; i < set.values.size(); i++) {
    for (size_t j = i % stride; j < set.values.size(); j += stride) {
      const Bounded<Bits> r = apply(set.values[i], set.values[j]);
      for (const unsigned x : set.numbers[i]) {
        for (const unsigned y : set.numbers[j]) missed += !r.contains(concrete(op, Bits, x, y));
      }
    }
  }
  return missed;
}

template <unsigned Bits>
size_t missed_refinements(const BoundedSet<Bits>& set, size_t stride, Op op) {
  using B = Bounded<Bits>;
  size_t missed = 0;
  for (size_t i = 0; i < set.values.size(); i++) {
    for (size_t j = i % stride; j < set.values.size(); j += stride) {
      const auto verdict = B::decide(op, set.values[i], set.values[j]);
      for (const bool outcome : {false, true}) {
        B a = set.values[i], b = set.values[j];
        const bool feasible = B::refine(op, a, b, outcome);
        for (const unsigned x : set.numbers[i]) {
          for (const unsigned y : set.numbers[j]) {
            if (concrete_jump(op, Bits, x, y) != outcome) continue;
            missed += !feasible || !a.contains(x) || !b.contains(y) || (verdict && *verdict != outcome);
          }
        }
      }
    }
  }
  return missed;
}

// Every reduced value of the two-width domain.
template <unsigned Bits>
std::vector<Scalar<Bits>> all_scalars(const BoundedSet<Bits>& full) {
  std::vector<Scalar<Bits>> out;
  for (const auto& f : full.values) {
    const size_t first = out.size();
    for (const auto& half : all_arcs<Bits / 2>()) {
      Scalar<Bits> s{f.arc, half, f.bits};
      const auto before = members(s, Bits);
      if (!s.reduce()) {
        if (!before.empty()) FAIL("reduce() lost every member");
        continue;
      }
      if (!includes(members(s, Bits), before)) FAIL("reduce() lost a member");
      if (!before.empty() && std::find(out.begin() + static_cast<long>(first), out.end(), s) == out.end())
        out.push_back(s);
    }
  }
  return out;
}

}  // namespace

TEST_CASE("scalar domain: every operator on every pair of 4-bit values", "[verifier]") {
  const auto set = all_bounded<4>();
  REQUIRE(set.values.size() > 300);
  for (const Op op : kArithmetic) {
    CAPTURE(static_cast<int>(op));
    CHECK(missed_results<4>(set, 1, op, [op](const auto& a, const auto& b) { return abstract<4>(op, a, b); }) == 0);
  }
}

TEST_CASE("scalar domain: the cheap operators on a sample of the pairs of 5-bit values", "[verifier]") {
  const auto set = all_bounded<5>();
  for (const Op op : {Op::kAdd, Op::kSub, Op::kAnd, Op::kOr, Op::kXor}) {
    CAPTURE(static_cast<int>(op));
    CHECK(missed_results<5>(set, 211, op, [op](const auto& a, const auto& b) { return abstract<5>(op, a, b); }) == 0);
  }
}

// The test above must be able to fail: three plausible mistakes, each of which it finds.
TEST_CASE("scalar domain: the enumeration bites", "[verifier]") {
  using B = Bounded<4>;
  const auto set = all_bounded<4>();
  CHECK(missed_results<4>(set, 1, Op::kMul, [](const B& a, const B& b) {  // forgets that a product can overflow
          return B::between((a.umin() * b.umin()) & 15, (a.umax() * b.umax()) & 15);
        }) > 0);
  CHECK(
      missed_results<4>(set, 1, Op::kLsh, [](const B& a, const B& b) {  // shifts a variable amount by the smallest one
        return B{Arc<4>::full(), a.bits.lsh(b.umin() % 4)};
      }) > 0);
  CHECK(missed_results<4>(set, 1, Op::kAdd, [](const B& a, const B& b) {  // drops the carry into unknown bits
          const unsigned mask = a.bits.mask | b.bits.mask;
          return B{Arc<4>::full(), {(a.bits.value + b.bits.value) & 15 & ~mask, mask}};
        }) > 0);
}

TEST_CASE("scalar domain: every comparison refines both branches of every pair of 4-bit values", "[verifier]") {
  const auto set = all_bounded<4>();
  for (const Op op : kComparisons) {
    CAPTURE(static_cast<int>(op));
    CHECK(missed_refinements<4>(set, 1, op) == 0);
  }
}

TEST_CASE("scalar domain: both widths together", "[verifier]") {
  const auto set = all_bounded<4>();
  const auto scalars = all_scalars<4>(set);
  REQUIRE(scalars.size() > set.values.size());
  std::vector<std::vector<unsigned>> numbers;
  for (const auto& s : scalars) numbers.push_back(members(s, 4));

  size_t missed = 0;
  const size_t stride = 307;  // a prime: over all i, every residue is met
  for (size_t i = 0; i < scalars.size(); i++) {
    for (size_t j = i % stride; j < scalars.size(); j += stride) {
      for (const Op op : kArithmetic) {
        const auto wide = Scalar<4>::alu(op, scalars[i], scalars[j]);
        const auto narrow = Scalar<4>::alu_half(op, scalars[i], scalars[j]);
        for (const unsigned x : numbers[i]) {
          for (const unsigned y : numbers[j]) {
            missed += !wide.contains(concrete(op, 4, x, y));
            missed += !narrow.contains(concrete(op, 2, x & 3, y & 3));
          }
        }
      }
      for (const Op op : kComparisons) {
        for (const bool half : {false, true}) {
          const auto verdict = Scalar<4>::decide(op, half, scalars[i], scalars[j]);
          for (const bool outcome : {false, true}) {
            auto a = scalars[i], b = scalars[j];
            const bool feasible = Scalar<4>::refine(op, half, a, b, outcome);
            for (const unsigned x : numbers[i]) {
              for (const unsigned y : numbers[j]) {
                const bool holds = half ? concrete_jump(op, 2, x & 3, y & 3) : concrete_jump(op, 4, x, y);
                if (holds != outcome) continue;
                missed += !feasible || !a.contains(x) || !b.contains(y) || (verdict && *verdict != outcome);
              }
            }
          }
        }
      }
    }
  }
  CHECK(missed == 0);
}

TEST_CASE("scalar domain: truncation and extension of every value", "[verifier]") {
  size_t missed = 0;
  for (const auto& s : all_scalars<4>(all_bounded<4>())) {
    for (const unsigned v : members(s, 4)) {
      for (unsigned n = 1; n <= 4; n++) {
        missed += !s.zero_extended(n).contains(v & ones(n));
        missed += !s.sign_extended(n).contains(static_cast<unsigned>(as_signed(v & ones(n), n)) & 15);
      }
      missed += !s.sign_extended_half(1).contains(static_cast<unsigned>(as_signed(v & 1, 1)) & 3);
      missed += !s.truncated_to_half().contains(v & 3);
    }
  }
  CHECK(missed == 0);
}

// The width that the verifier uses cannot be enumerated: random sets with corner cases, against isa/eval.h.
TEST_CASE("scalar domain: random 64-bit values against eval_alu and eval_jump", "[verifier]") {
  std::mt19937_64 random(20261122);
  constexpr uint64_t kCorners[] = {0,
                                   1,
                                   2,
                                   31,
                                   32,
                                   63,
                                   64,
                                   0x7fff'ffff,
                                   0x8000'0000,
                                   0xffff'ffff,
                                   0x1'0000'0000,
                                   uint64_t{1} << 63,
                                   ~uint64_t{0},
                                   ~uint64_t{0} >> 1};
  const auto number = [&]() -> uint64_t {
    const uint64_t r = random();
    switch (r % 4) {
      case 0:
        return kCorners[random() % std::size(kCorners)] + random() % 5 - 2;
      case 1:
        return random() >> (random() % 64);
      case 2:
        return 0 - (random() >> (random() % 64));
      default:
        return random();
    }
  };
  // A set around a member, and that member.
  const auto around = [&](uint64_t& member) {
    member = number();
    Scalar64 s;
    const uint64_t below = random() >> (random() % 64), above = random() >> (random() % 64);
    if (random() % 3 != 0 && below < ~above) s.arc = {member - below, below + above};
    if (random() % 2 != 0) {
      const uint64_t mask = random() & random() & (random() % 2 ? 0xff : ~uint64_t{0});
      s.bits = {member & ~mask, mask};
    }
    const auto low = static_cast<uint32_t>(member);
    const uint32_t below32 = static_cast<uint32_t>(random()) >> (random() % 32);
    const uint32_t above32 = static_cast<uint32_t>(random()) >> (random() % 32);
    if (random() % 3 == 0 && below32 < ~above32) s.half_arc = {low - below32, below32 + above32};
    REQUIRE(s.reduce());
    REQUIRE(s.contains(member));
    return s;
  };
  size_t missed = 0;
  for (int round = 0; round < 60000; round++) {
    uint64_t x = 0, y = 0;
    const Scalar64 a = around(x), b = around(y);
    for (const Op op : kArithmetic) {
      missed += !Scalar64::alu(op, a, b).contains(eval_alu(op, Width::k64, 0, x, y));
      missed += !Scalar64::alu_half(op, a, b).contains(eval_alu(op, Width::k32, 0, x, y));
    }
    for (const unsigned bytes : {1u, 2u, 4u}) {
      const auto size = static_cast<uint8_t>(bytes);
      missed += !a.zero_extended(bytes * 8).contains(eval_alu(Op::kToLe, Width::k64, size, x, 0));
      missed += !a.sign_extended(bytes * 8).contains(eval_alu(Op::kMovSx, Width::k64, size, 0, x));
      if (bytes < 4) missed += !a.sign_extended_half(bytes * 8).contains(eval_alu(Op::kMovSx, Width::k32, size, 0, x));
    }
    for (const Op op : kComparisons) {
      for (const bool half : {false, true}) {
        const bool outcome = eval_jump(op, half ? Width::k32 : Width::k64, x, y);
        Scalar64 ra = a, rb = b;
        const auto verdict = Scalar64::decide(op, half, a, b);
        missed += !Scalar64::refine(op, half, ra, rb, outcome) || !ra.contains(x) || !rb.contains(y) ||
                  (verdict && *verdict != outcome);
      }
    }
  }
  CHECK(missed == 0);
}

// What clang's code needs the domain to know.
TEST_CASE("scalar domain: precise where compiled code needs it", "[verifier]") {
  const auto c = [](uint64_t v) { return Scalar64::constant(v); };
  SECTION("a sign-extended 32-bit number keeps its range through lsh 32, arsh 32") {
    Scalar64 v = Scalar64::unknown(), five = c(5), zero = c(0);
    REQUIRE(Scalar64::refine(Op::kJsle, true, v, five, true));
    REQUIRE(Scalar64::refine(Op::kJsge, true, v, zero, true));
    v = Scalar64::alu(Op::kArsh, Scalar64::alu(Op::kLsh, v, c(32)), c(32));
    CHECK(v.smin() == 0);
    CHECK(v.smax() == 5);
  }
  SECTION("u8 times 12 plus 4") {
    const Scalar64 v = Scalar64::alu(Op::kAdd, Scalar64::alu(Op::kMul, Scalar64::between(0, 255), c(12)), c(4));
    CHECK(v.umin() == 4);
    CHECK(v.umax() == 255 * 12 + 4);
    CHECK((v.bits.mask & 3) == 0);
  }
  SECTION("x & 7 and -x") {
    CHECK(Scalar64::alu(Op::kAnd, Scalar64::unknown(), c(7)).umax() == 7);
    const Scalar64 n = Scalar64::alu(Op::kNeg, Scalar64::between(1, 10), c(0));
    CHECK(n.smin() == -10);
    CHECK(n.smax() == -1);
  }
  SECTION("a 32-bit comparison bounds the full number once the upper half is known zero") {
    Scalar64 v = Scalar64::zero_extended_unknown(), ten = c(10);
    REQUIRE(Scalar64::refine(Op::kJlt, true, v, ten, true));
    CHECK(v.umax() == 9);
  }
  SECTION("a signed range around zero meets an unsigned one") {
    Scalar64 v = Scalar64::signed_between(-4095, 4095), k = c(100);
    REQUIRE(Scalar64::refine(Op::kJle, false, v, k, true));
    CHECK(v.umax() == 100);
    Scalar64 w = Scalar64::signed_between(-4095, -1);
    Scalar64 z = c(0);
    CHECK_FALSE(Scalar64::refine(Op::kJsgt, false, w, z, true));
  }
}
