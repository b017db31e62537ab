// Loops by induction (kernel/bpf/verifier/induction.cc): which are proved at once, which fall back to being explored
// turn by turn, and which must be refused whichever way they are looked at.
#include <catch2/catch.hpp>

#include "tests/host/verifier/support.h"

using namespace skep::verifier_test;

namespace {

enum class How {
  kProved,      // all turns at once; then it takes few instructions
  kOnlyProved,  // ... and turn by turn it is too complex
  kUnrolled,    // accepted, by exploring
  kRefused,
};

struct Loop {
  std::string_view name;
  How how;
  std::string_view text;
  std::string_view rule = {};  // of a refusal
};

// r7 = the 64 bytes of map 4; r8 = some number.
#define START \
  "r6 = r1\n" \
  "call 7\n"  \
  "r8 = r0\n" \
  "r7 = map_value 4 0 ll\n"
#define END "r0 = 0\nexit\n"
// r0 = the byte of r7's that r1 names.
#define BYTE(r) \
  "r2 = r7\n"   \
  "r2 += " r    \
  "\n"          \
  "r0 = *(u8 *)(r2 +0)\n"

constexpr Loop kLoops[] = {
    {"up to below", How::kProved, START "r1 = 0\na:\n" BYTE("r1") "r1 += 1\nif r1 < 64 goto a\n" END},
    {"one turn too many", How::kRefused, START "r1 = 0\na:\n" BYTE("r1") "r1 += 1\nif r1 < 65 goto a\n" END,
     "MinOutside"},
    {"up to different", How::kProved, START "r1 = 0\na:\n" BYTE("r1") "r1 += 1\nif r1 != 64 goto a\n" END},
    {"up to different, one too many", How::kRefused,
     START "r1 = 0\na:\n" BYTE("r1") "r1 += 1\nif r1 != 65 goto a\n" END, "MinOutside"},
    {"in threes", How::kProved, START "r1 = 0\na:\n" BYTE("r1") "r1 += 3\nif r1 != 63 goto a\n" END},
    {"in threes, missing its end", How::kRefused, START "r1 = 0\na:\nr1 += 3\nr1 &= 255\nif r1 != 256 goto a\n" END},
    {"in threes past its end", How::kRefused, START "r1 = 0\na:\n" BYTE("r1") "r1 += 3\nif r1 != 64 goto a\n" END,
     "MinOutside"},
    {"down to zero", How::kProved, START "r1 = 63\na:\n" BYTE("r1") "r1 += -1\nif r1 != 0 goto a\n" END},
    {"down to zero, 32 bits", How::kProved, START "w1 = 63\na:\n" BYTE("r1") "w1 += -1\nif w1 != 0 goto a\n" END},
    {"down past zero", How::kRefused, START "r1 = 63\na:\n" BYTE("r1") "r1 += -2\nif r1 != 0 goto a\n" END},
    {"down, signed", How::kProved, START "r1 = 63\na:\n" BYTE("r1") "r1 -= 1\nif r1 s>= 0 goto a\n" END},
    {"from below zero", How::kProved, START "r1 = -20\na:\nr1 += 1\nif r1 s< 20 goto a\n" BYTE("r1") END},
    {"tested at the top", How::kProved,
     START "r1 = 0\na:\nif r1 >= 64 goto b\n" BYTE("r1") "r1 += 1\ngoto a\nb:\n" END},
    {"test that leaves in the middle", How::kProved,
     START "r1 = 0\na:\n" BYTE("r1") "r1 += 1\nif r1 == 64 goto b\ngoto a\nb:\n" END},
    {"bound in a register", How::kProved,
     START "r8 &= 63\nr1 = 0\na:\nif r1 >= r8 goto b\n" BYTE("r1") "r1 += 1\ngoto a\nb:\n" END},
    {"bound on the left", How::kProved,
     START "r8 &= 63\nr1 = 0\na:\nif r8 <= r1 goto b\n" BYTE("r1") "r1 += 1\ngoto a\nb:\n" END},
    {"bound in a register that nothing limits", How::kRefused,
     START "r1 = 0\na:\nif r1 >= r8 goto b\nr1 += 1\ngoto a\nb:\n" END},
    {"unknown start", How::kProved, START "r8 &= 31\na:\n" BYTE("r8") "r8 += 1\nif r8 < 64 goto a\n" END},
    {"step from a range", How::kProved,
     START "r8 &= 3\nr8 += 1\nr1 = 0\na:\n" BYTE("r1") "r1 += r8\nif r1 < 64 goto a\n" END},
    {"step that may be nothing", How::kRefused, START "r8 &= 3\nr1 = 0\na:\nr1 += r8\nif r1 < 64 goto a\n" END},
    {"two ways to step", How::kProved,
     START "r1 = 0\na:\n" BYTE("r1") "if r0 == 0 goto b\nr1 += 1\nb:\nr1 += 1\nif r1 < 64 goto a\n" END},
    {"a way without a step", How::kRefused,
     START "r1 = 0\na:\n" BYTE("r1") "if r0 == 0 goto b\nr1 += 1\nb:\nif r1 < 64 goto a\n" END},
    {"a way back to the start", How::kRefused,
     START "r1 = 0\na:\n" BYTE("r1") "r1 += 1\nif r0 != 0 goto b\nr1 = 0\nb:\nif r1 < 64 goto a\n" END},
    {"counter on the stack", How::kProved,
     START "*(u64 *)(r10 -8) = 0\na:\nr1 = *(u64 *)(r10 -8)\n" BYTE(
         "r1") "r1 += 1\n*(u64 *)(r10 -8) = r1\nif r1 < 64 goto a\n" END},
    {"counter on the stack, 32 bits", How::kProved,
     START "*(u32 *)(r10 -8) = 0\na:\nw1 = *(u32 *)(r10 -8)\n" BYTE(
         "r1") "w1 += 1\n*(u32 *)(r10 -8) = r1\nif w1 < 64 goto a\n" END},
    {"counter on the stack, overwritten", How::kRefused,
     START "*(u64 *)(r10 -8) = 0\na:\nr1 = *(u64 *)(r10 -8)\nr1 += 1\n*(u64 *)(r10 -8) = r1\n*(u8 *)(r10 -7) = r8\n"
           "if r1 < 64 goto a\n" END},
    {"pointer beside the counter", How::kProved,
     START "r1 = 0\nr3 = r7\na:\nr0 = *(u32 *)(r3 +0)\nr3 += 4\nr1 += 1\nif r1 != 16 goto a\n" END},
    {"pointer beside the counter, too fast", How::kRefused,
     START "r1 = 0\nr3 = r7\na:\nr0 = *(u32 *)(r3 +0)\nr3 += 8\nr1 += 1\nif r1 != 16 goto a\n" END, "MinOutside"},
    {"number beside the counter", How::kProved,
     START "r1 = 0\nr3 = 0\na:\n" BYTE("r3") "r3 += 2\nr1 += 1\nif r1 != 32 goto a\n" END},
    {"number that grows on one way only, used afterwards", How::kOnlyProved,
     START "r1 = 0\nr3 = 0\na:\n" BYTE("r1") "if r0 == 0 goto b\nr3 += 1\nb:\nr1 += 1\nif r1 != 63 goto a\n" BYTE("r3")
         END},
    {"... and may be too large", How::kRefused,
     START "r1 = 0\nr3 = 1\na:\n" BYTE("r1") "if r0 == 0 goto b\nr3 += 1\nb:\nr1 += 1\nif r1 != 63 goto a\n" BYTE("r3")
         END,
     "MinOutside"},
    {"nested", How::kProved,
     START "r1 = 0\na:\nr3 = 0\nb:\nr4 = r1\nr4 <<= 3\nr4 += r3\n" BYTE(
         "r4") "r3 += 1\nif r3 < 8 goto b\nr1 += 1\nif r1 < 8 goto a\n" END},
    {"triangle", How::kProved,
     START "r1 = 0\na:\nr4 = 63\nr4 -= r1\nr3 = 0\nb:\n" BYTE(
         "r3") "r3 += 1\nif r3 < r4 goto b\nr1 += 1\nif r1 != 62 goto a\n" END},
    {"inner loop moves the outer counter back", How::kRefused,
     START "r1 = 0\na:\nr3 = 0\nb:\nr1 += -1\nr3 += 1\nif r3 < 3 goto b\nr1 += 3\nif r1 < 8 goto a\n" END},
    {"endless loop around a bounded one",
     How::kRefused,
     START "a:\nr3 = 0\nb:\nr3 += 1\nif r3 < 8 goto b\ngoto a\n" END,
     {}},
    {"call in the body", How::kProved,
     "r9 = 0\na:\nr1 = r9\ncall f\nr9 += 1\nif r9 < 50 goto a\nr0 = 0\nexit\nf:\nr0 = r1\nr0 *= 3\nexit"},
    {"counter moved by a call", How::kUnrolled,
     "r9 = 0\na:\nr1 = r9\ncall f\nr9 = r0\nif r9 < 50 goto a\nr0 = 0\nexit\nf:\nr0 = r1\nr0 <<= 1\nr0 += 1\nexit"},
    {"doubling", How::kUnrolled, START "r1 = 1\na:\n" BYTE("r1") "r1 <<= 1\nif r1 < 64 goto a\n" END},
    {"squares by adding up odd numbers", How::kUnrolled,
     START "r1 = 0\nr3 = 1\nr4 = 0\na:\n" BYTE("r1") "r1 += r3\nr3 += 2\nr4 += 1\nif r4 != 8 goto a\n" END},
    {"bound that moves towards the counter", How::kProved,
     START "r1 = 0\nr3 = 40\na:\n" BYTE("r1") "r1 += 1\nr3 -= 1\nif r1 < r3 goto a\n" END},
    {"bound that moves away", How::kRefused, START "r1 = 0\nr3 = 40\na:\nr1 += 1\nr3 += 1\nif r1 < r3 goto a\n" END},
    {"wraps, 32 bits", How::kRefused, START "w1 = 1\na:\nw1 += 1\nif w1 != 0 goto a\n" END, "TooComplex"},
    {"wraps, 64 bits", How::kRefused, START "r1 = 1\na:\nr1 += 1\nif r1 != 0 goto a\n" END, "TooComplex"},
    {"wraps soon", How::kProved, START "w1 = -40\na:\nw1 += 1\nif w1 != 0 goto a\n" END},
    {"a run of 900,000 instructions", How::kProved, START "r1 = 0\na:\nr1 += 1\nif r1 < 450000 goto a\n" END},
    {"a run of more than a million", How::kRefused, START "r1 = 0\na:\nr1 += 1\nif r1 < 550000 goto a\n" END,
     "TooComplex"},
    {"nested, a run of more than a million", How::kRefused,
     START "r1 = 0\na:\nr3 = 0\nb:\nr3 += 1\nif r3 < 1000 goto b\nr1 += 1\nif r1 < 1000 goto a\n" END, "TooComplex"},
    {"nothing known of the slots is carried over", How::kRefused,
     START "r1 = 0\n*(u64 *)(r10 -8) = 0\na:\nr3 = *(u64 *)(r10 -8)\n" BYTE(
         "r3") "*(u64 *)(r10 -8) = r8\nr1 += 1\nif r1 < 9 goto a\n" END,
     "OffsetUnbounded"},
    {"pointer that a turn replaces by a number", How::kRefused,
     START "r1 = 0\nr3 = r7\na:\nr0 = *(u8 *)(r3 +0)\nr3 = r8\nr1 += 1\nif r1 < 9 goto a\n" END, "NotAPointer"},
    {"register that only the first turn may read", How::kRefused,
     START "r1 = 0\nr3 = 1\na:\nr4 = r3\nr5 = r1\ncall 7\nr1 = r5\nr1 += 1\nif r1 < 9 goto a\n" END, "UninitRegister"},
    {"branches that multiply", How::kProved,
     START "r1 = 0\nr9 = 0\na:\n" BYTE(
         "r1") "if r0 & 1 goto b\nr9 += 1\nb:\nif r0 & 2 goto c\nr9 += 1\nc:\nif r0 & 4 goto d\nr9 += 1\nd:\n"
               "r1 += 1\nif r1 < 60 goto a\n" END},
};

}  // namespace

TEST_CASE("verifier loops: by induction, turn by turn, or not at all", "[verifier][loops]") {
  for (const Loop& loop : kLoops) {
    const Verdict v = run_verifier(loop.text);
    INFO(loop.name << "\n" << loop.text << "\n--- log\n" << (v.accepted ? "" : v.log));
    CHECK(v.accepted == (loop.how != How::kRefused));
    if (v.accepted) {
      CHECK((v.result.loops_proved > 0) == (loop.how != How::kUnrolled));
      if (loop.how != How::kUnrolled) CHECK(v.result.insns_processed < 400);
    } else {
      if (!loop.rule.empty()) CHECK(rule_name(v.rejection.rule).substr(1) == loop.rule);
    }
    // What induction accepts, the turns one by one do too, and a refusal is the same to the letter.
    const Verdict turns = run_verifier(loop.text, {.unroll_loops = true});
    CHECK(turns.accepted == (v.accepted && loop.how != How::kOnlyProved));
    if (!v.accepted) CHECK(turns.log == v.log);
  }
}
