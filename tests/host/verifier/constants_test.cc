// Which results are the same on every run.
#include <catch2/catch.hpp>

#include "tests/host/verifier/support.h"

using namespace skep;
using namespace skep::bpf;
using namespace skep::verifier_test;

namespace {

// The instruction `at` of the program gives `value`, or nothing that is known.
struct Example {
  std::string_view text;
  InsnIndex at;
  bool known;
  uint64_t value;
};

constexpr Example kExamples[] = {
    {"r0 = 5\nr0 += 2\nexit", 1, true, 7},
    {"w0 = -1\nexit", 0, true, 0xffffffff},
    {"r0 = -1\nexit", 0, true, UINT64_MAX},
    {"call 7\nr0 += 2\nexit", 1, false, 0},
    {"r6 = 3\ncall 7\nr0 = r6\nexit", 2, true, 3},
    {"r0 = 0x1122334455667788 ll\nr0 = be64 r0\nexit", 2, true, 0x8877665544332211},
    // Where paths meet, both must bring the same.
    {"call 7\nr6 = 1\nif r0 == 0 goto a\nr6 = 2\na:\nr0 = r6\nexit", 4, false, 0},
    {"call 7\nr6 = 1\nif r0 == 0 goto a\nr6 = 2\nr6 -= 1\na:\nr0 = r6\nexit", 5, true, 1},
    {"call 7\nif r0 == 9 goto a\nr0 = 9\na:\nr0 += 1\nexit", 3, true, 10},
    {"call 7\nif r0 != 9 goto a\nr0 += 1\na:\nexit", 2, true, 10},
    {"call 7\nif w0 != 9 goto a\nr0 += 1\na:\nexit", 2, false, 0},
    // A counter is not known, what does not change in the loop is.
    {"r6 = 0\nr7 = 5\na:\nr6 += 1\nr7 += 0\nif r6 < 10 goto a\nr0 = 0\nexit", 2, false, 0},
    {"r6 = 0\nr7 = 5\na:\nr6 += 1\nr7 += 0\nif r6 < 10 goto a\nr0 = 0\nexit", 3, true, 5},
    // A path that is never taken brings nothing.
    {"r6 = 1\nr0 = 0\nif r0 == 0 goto a\nr6 = 2\na:\nr0 = r6\nexit", 4, true, 1},
    // A function is called with this and that.
    {"r1 = 1\ncall f\nr1 = 2\ncall f\nexit\nf:\nr0 = r1\nexit", 5, false, 0},
    // A frozen map's value.
    {"r1 = map_value 2 0 ll\nr0 = *(u8 *)(r1 +7)\nexit", 2, true, 0x11},
    {"r1 = map_value 2 0 ll\nr0 = *(s8 *)(r1 +0)\nexit", 2, true, 0xffffffffffffff88},
    {"r1 = map_value 4 0 ll\nr0 = *(u8 *)(r1 +7)\nexit", 2, false, 0},
};

}  // namespace

TEST_CASE("verifier facts: known results", "[verifier]") {
  for (const Example& e : kExamples) {
    const Verdict v = run_verifier(e.text, {.log_level = 0});
    INFO(e.text << "\ninsn " << e.at);
    REQUIRE(v.accepted);
    const InsnFacts& facts = v.result.image.facts[e.at];
    CHECK(facts.result_known == e.known);
    if (e.known) CHECK(facts.constant == e.value);
  }
}
