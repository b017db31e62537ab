// Paths that meet in different states: joined where that is enough, kept apart where it is not.
#include <catch2/catch.hpp>
#include <string>

#include "tests/host/verifier/support.h"

using namespace skep::verifier_test;

namespace {

constexpr std::string_view kStart = "r6 = *(u64 *)(r1 +0)\nr7 = *(u64 *)(r1 +8)\nr8 = 0\nr9 = 0\n";
constexpr std::string_view kEnd = "r0 = 0\nexit\n";

// Each branch teaches another bound of r6, and what is known of it decides later branches.
std::string diamonds(unsigned n) {
  std::string text(kStart);
  for (unsigned i = 0; i < n; i++) {
    const std::string label = "l" + std::to_string(i);
    text += "if r6 > " + std::to_string(i * 2654435761u >> 2) + " goto " + label + "\nr9 += 1\n" + label + ":\n";
  }
  return text + std::string(kEnd);
}

// n branches that each set a bit of r8, which is then looked at bit by bit.
std::string bit_by_bit(unsigned n) {
  std::string text(kStart);
  for (unsigned i = 0; i < n; i++) {
    const std::string bit = std::to_string(1u << i), label = "s" + std::to_string(i);
    text += "if r6 & " + bit + " goto " + label + "\nr8 |= " + bit + "\n" + label + ":\n";
  }
  for (unsigned i = 0; i < n; i++) {
    const std::string bit = std::to_string(1u << i), label = "u" + std::to_string(i);
    text += "if r8 & " + bit + " goto " + label + "\nr9 += 1\n" + label + ":\n";
  }
  return text + std::string(kEnd);
}

// r8 becomes one of 0, 104, 208 ... by eight ways, and is then `use`d.
std::string eight_ways(std::string_view use) {
  std::string text(kStart);
  text += "r6 &= 7\n";
  for (unsigned i = 1; i < 8; i++) {
    const std::string label = "w" + std::to_string(i);
    text += "if r6 != " + std::to_string(i) + " goto " + label + "\nr8 = " + std::to_string(104 * i) + "\ngoto meet\n" +
            label + ":\n";
  }
  text += "meet:\nr9 += 1\nr9 += 1\nr9 += 1\nr9 += 1\nr9 += 1\nr9 += 1\n";
  return text + std::string(use) + std::string(kEnd);
}

}  // namespace

TEST_CASE("verifier: branches in a row cost as much as the program is long", "[verifier][paths]") {
  for (const unsigned n : {50u, 100u, 200u}) {
    const Verdict v = run_verifier(diamonds(n));
    INFO(n << " diamonds, " << v.log);
    CHECK(v.accepted);
    CHECK(v.result.insns_processed < 40 * n);
  }
  for (const unsigned n : {8u, 16u, 24u, 30u}) {
    const Verdict v = run_verifier(bit_by_bit(n));
    INFO(n << " bits, " << v.log);
    CHECK(v.accepted);
    CHECK(v.result.insns_processed < 60 * n + 200);
  }
}

TEST_CASE("verifier: what joining paths would refuse is verified without", "[verifier][paths]") {
  // 4096 bytes: 728 beyond 3304 is inside, what eight bits or sixteen can hold is not.
  const std::string good = eight_ways(
      "r1 = map_fd 6 ll\nr2 = r10\nr2 += -4\n*(u32 *)(r10 -4) = 0\ncall 1\nif r0 == 0 goto out\nr0 += r8\n"
      "r0 = *(u64 *)(r0 +3304)\nout:\n");
  const Verdict v = run_verifier(good);
  INFO(good << v.log);
  CHECK(v.accepted);
  const std::string bad = eight_ways(
      "r1 = map_fd 6 ll\nr2 = r10\nr2 += -4\n*(u32 *)(r10 -4) = 0\ncall 1\nif r0 == 0 goto out\nr0 += r8\n"
      "r0 = *(u64 *)(r0 +3400)\nout:\n");
  const Verdict joined = run_verifier(bad);
  const Verdict apart = run_verifier(bad, {.keep_paths_apart = true});
  CHECK(!joined.accepted);
  CHECK(!apart.accepted);
  CHECK(joined.log == apart.log);
}
