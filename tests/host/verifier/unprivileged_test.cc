// What a program may do with and without privilege. Each program is accepted with it.
#include <catch2/catch.hpp>

#include "tests/host/verifier/support.h"

using namespace skep;
using namespace skep::verifier_test;

namespace {

struct Example {
  std::string_view text;
  std::string_view rule;  // without privilege; "" when it is accepted all the same
};

#define LOOKUP "*(u32 *)(r10 -4) = 0\nr2 = r10\nr2 += -4\nr1 = map_fd 0 ll\ncall 1\n"

constexpr Example kExamples[] = {
    {"r0 = 0\nexit", ""},
    {"r0 = r1\nexit", "LeaksReturn"},
    {"r0 = r10\nexit", "LeaksReturn"},
    {"r0 = 0\na:\nr0 += 1\nif r0 < 4 goto a\nexit", "BackEdge"},
    {"goto a\nb:\nr0 = 0\nexit\na:\ngoto b", ""},
    {"call f\nexit\nf:\nr0 = 0\nexit", "FunctionsPrivileged"},
    {LOOKUP "if r0 == 0 goto out\n*(u64 *)(r0 +0) = r10\nout:\nr0 = 0\nexit", "LeaksStore"},
    {LOOKUP "if r0 == 0 goto out\nr1 = 1\n*(u64 *)(r0 +0) = r1\nout:\nr0 = 0\nexit", ""},
    {"*(u64 *)(r1 +48) = r10\nr0 = 0\nexit", "LeaksStore"},
    {"*(u64 *)(r10 -8) = r1\nr1 = *(u64 *)(r10 -8)\nr0 = *(u32 *)(r1 +0)\nexit", ""},
    {"*(u64 *)(r10 -8) = 0\nlock *(u64 *)(r10 -8) += r1\nr0 = 0\nexit", "LeaksStore"},
    {"*(u64 *)(r10 -8) = 0\nr0 = r10\nr1 = 0\nr0 = atomic64_cmpxchg((u64 *)(r10 -8), r0, r1)\nr0 = 0\nexit",
     "LeaksStore"},
    {"r0 = 0\nif r1 == 5 goto +0\nexit", "LeaksComparison"},
    {"r0 = 0\nif r1 > r10 goto +0\nexit", "LeaksComparison"},
    {"r0 = 0\nif r0 == r10 goto +0\nexit", "LeaksComparison"},
    {LOOKUP "if r0 == 0 goto +0\nr0 = 0\nexit", ""},
    {LOOKUP "if w0 == 0 goto +0\nr0 = 0\nexit", "LeaksComparison"},
    {"r1 = -r1\nr0 = 0\nexit", "LeaksArithmetic"},
    {"r1 = be64 r1\nr0 = 0\nexit", "LeaksArithmetic"},
    {"w1 = w1\nr0 = 0\nexit", "LeaksPart"},
    {"r1 = (s32)r1\nr0 = 0\nexit", "LeaksPart"},
    {"r1 -= r10\nr0 = 0\nexit", "PointerPair"},
    {"w1 -= 1\nr0 = 0\nexit", "PointerAlu32"},
    {"*(u64 *)(r10 -8) = 0\n*(u64 *)(r10 -16) = 0\nr1 = map_fd 1 ll\nr2 = r10\nr2 += -8\nr3 = r10\nr3 += -16\nr4 = "
     "r10\n"
     "call 2\nr0 = 0\nexit",
     "LeaksArgument"},
    {"r3 = *(u32 *)(r1 +0)\nr3 &= 8\n*(u64 *)(r10 -16) = 1\n*(u64 *)(r10 -8) = 1\nr2 = r10\nr2 += -16\nr2 += r3\nr0 = "
     "*(u64 *)(r2 +0)\nexit",
     "StackVariableUnprivileged"},
};

}  // namespace

TEST_CASE("verifier cases: without privilege", "[verifier]") {
  for (const Example& e : kExamples) {
    INFO(e.text);
    CHECK(run_verifier(e.text, {.prog_type = BPF_PROG_TYPE_SOCKET_FILTER}).accepted);
    const Verdict v = run_verifier(e.text, {.prog_type = BPF_PROG_TYPE_SOCKET_FILTER, .privileged = false});
    CHECK(v.accepted == e.rule.empty());
    if (!v.accepted) CHECK(rule_name(v.rejection.rule).substr(1) == e.rule);
  }
  std::string text = "r0 = 0\n";
  for (int i = 0; i < 4094; i++) text += "r0 = 1\n";
  CHECK(run_verifier(text + "exit", {.log_level = 0, .privileged = false}).accepted);
  const Verdict longer = run_verifier(text + "r0 = 1\nexit", {.log_level = 0, .privileged = false});
  CHECK_FALSE(longer.accepted);
  CHECK(longer.rejection.error == Errno::kE2BIG);
}
