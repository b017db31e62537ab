// What an attacker would try where paths meet around loops that are proved by induction.
#include "tests/host/verifier/cases/cases.h"

using namespace skep::verifier_test;

namespace {

// Instructions enough for a checkpoint at the branch that follows.
#define SOME_WAY "r5 = 0\ngoto +0\nr5 += 1\nr5 += 1\nr5 += 1\nr5 += 1\nr5 += 1\nr5 += 1\nr5 += 1\nr5 += 1\ngoto +0\n"

// Two copies of a number go through a loop's head; on another way `other` is put where one of them was.
#define COPIES_THROUGH_LOOP(other)                                                                                \
  "r6 = *(u64 *)(r1 +0)\nr7 = r6\nr8 = *(u64 *)(r1 +8)\nr9 = *(u64 *)(r1 +16)\nr9 &= 7\nr2 = *(u64 *)(r1 +24)\n"  \
  "if r8 != 0 goto otherwise\na:\nif r9 != 0 goto body\njoin:\n" SOME_WAY                                         \
  "if r2 == 2 goto b\nr8 = 1\nb:\nif r6 > 7 goto out\nr1 = map_value 4 0 ll\nr1 += r7\nr0 = *(u8 *)(r1 +0)\n" OUT \
  "otherwise:\n" other "goto join\nbody:\nr9 -= 1\nr6 = r7\nr7 = r6\ngoto a\n"

// A slot is written in one of a loop's turns and read behind the loop; on another way it holds r3.
#define SLOT_THROUGH_LOOP(otherwise)                                                                               \
  "r7 = r1\n*(u64 *)(r10 -8) = 0\nr9 = *(u64 *)(r1 +0)\nr2 = *(u64 *)(r1 +8)\nif r9 != 0 goto otherwise\n"         \
  "join:\n" SOME_WAY                                                                                               \
  "if r2 == 5 goto b\nr3 = 1\nb:\nr8 = 0\na:\nr2 = *(u64 *)(r7 +16)\nif r2 != 0 goto skip\n*(u64 *)(r10 -8) = 1\n" \
  "skip:\nr8 += 1\nif r8 != 10 goto a\nr3 = *(u64 *)(r10 -8)\nr1 = map_value 6 0 ll\nr1 += r3\n"                   \
  "r0 = *(u8 *)(r1 +0)\nr0 = 0\nexit\notherwise:\n" otherwise "*(u64 *)(r10 -8) = r3\ngoto join\n"

// r6 is any number, and r7 a copy that is further on by `far` on one way here, by `farther` on the other. It is r7 that
// is tested.
#define DISTANT_COPIES(far, farther)                                                                                \
  "r6 = *(u64 *)(r1 +0)\nr8 = *(u64 *)(r1 +8)\nr7 = r6\nif r8 == 5 goto otherwise\nr7 += " far "\njoin:\n" SOME_WAY \
  "if r8 == 2 goto b\nr8 = 1\nb:\nif r7 > 71 goto out\nif r6 > 100 goto out\nr1 = map_value 4 0 ll\n"               \
  "r1 += r6\nr0 = *(u8 *)(r1 +0)\n" OUT "otherwise:\nr7 += " farther "\ngoto join\n"

constexpr Case kCopies[] = {
    {"a number that is tested through a copy less one", kKprobe,
     "r6 = *(u64 *)(r1 +0)\nr7 = r6\nr7 += -1\nif r7 > 6 goto out\nr1 = map_value 4 0 ll\nr1 += r6\n"
     "r0 = *(u8 *)(r1 +0)\n" OUT,
     ""},
    {"the other way round", kKprobe,
     "r6 = *(u64 *)(r1 +0)\nr7 = r6\nr7 -= 2\nif r6 > 60 goto out\nif r6 < 2 goto out\nr1 = map_value 4 0 ll\n"
     "r1 += r7\nr0 = *(u8 *)(r1 +0)\n" OUT,
     ""},
    {"one that is tested for less than it needs", kKprobe,
     "r6 = *(u64 *)(r1 +0)\nr7 = r6\nr7 += -1\nif r7 > 63 goto out\nr1 = map_value 4 0 ll\nr1 += r6\n"
     "r0 = *(u8 *)(r1 +0)\n" OUT,
     "MaxOutside"},
    {"a sum that may wrap", kKprobe,
     "r6 = *(u64 *)(r1 +0)\nr7 = r6\nr7 += 1\nif r7 > 6 goto out\nr1 = map_value 4 0 ll\nr1 += r6\n"
     "r0 = *(u8 *)(r1 +0)\n" OUT,
     "MinNegative"},
    {"a copy that moves a second time is none", kKprobe,
     "r6 = *(u64 *)(r1 +0)\nr7 = r6\nr7 += -1\nr7 += -1\nif r7 > 6 goto out\nr1 = map_value 4 0 ll\nr1 += r6\n"
     "r0 = *(u8 *)(r1 +0)\n" OUT,
     "OffsetUnbounded"},
    {"a sum in 32 bits is no copy", kKprobe,
     "r6 = *(u64 *)(r1 +0)\nr7 = r6\nw7 += -1\nif r7 > 6 goto out\nr1 = map_value 4 0 ll\nr1 += r6\n"
     "r0 = *(u8 *)(r1 +0)\n" OUT,
     "OffsetUnbounded"},
    {"a copy on the stack", kKprobe,
     "r6 = *(u64 *)(r1 +0)\n*(u64 *)(r10 -8) = r6\nr6 += -4\nif r6 > 59 goto out\nr7 = *(u64 *)(r10 -8)\n"
     "r1 = map_value 4 0 ll\nr1 += r7\nr0 = *(u8 *)(r1 +0)\n" OUT,
     ""},
    {"a copy of a copy that moved", kKprobe,
     "r6 = *(u64 *)(r1 +0)\nr7 = r6\nr7 += 100\nr8 = r7\nif r8 > 60 goto out\nr1 = map_value 4 0 ll\nr1 += r7\n"
     "r0 = *(u8 *)(r1 +0)\n" OUT,
     ""},
    {"tests add up", kKprobe,
     "r6 = *(u8 *)(r1 +0)\nr7 = r6\nr7 += 4\nif r7 < 10 goto out\nr8 = r6\nif r7 < 14 goto out\n"
     "if r6 >= 10 goto out\nr0 = *(u8 *)(r9 +0)\n" OUT,
     ""},
    {"copies as far apart on both ways", kKprobe, DISTANT_COPIES("8", "8"), ""},
    {"copies farther apart on one way", kKprobe, DISTANT_COPIES("8", "4"), "MaxOutside"},
    {"copies farther apart on the other way", kKprobe, DISTANT_COPIES("4", "8"), "MaxOutside"},
    {"a product of few numbers", kKprobe,
     "r6 = *(u64 *)(r1 +0)\nr6 &= 2\nr6 |= 1\nr6 *= 3\nr6 &= 4\nif r6 == 0 goto out\nr0 = *(u8 *)(r9 +0)\n" OUT, ""},
};

constexpr Case kJoins[] = {
    {"one of two copies is another number behind a loop", kKprobe, COPIES_THROUGH_LOOP("r7 = *(u64 *)(r1 +32)\n"),
     "OffsetUnbounded"},
    {"two copies are still copies behind a loop", kKprobe, COPIES_THROUGH_LOOP("r7 = *(u64 *)(r1 +32)\nr6 = r7\n"), ""},
    {"a slot that not every turn writes, not bounded on one way in", kKprobe,
     SLOT_THROUGH_LOOP("r3 = *(u64 *)(r7 +24)\n"), "OffsetUnbounded"},
    {"a slot that not every turn writes", kKprobe, SLOT_THROUGH_LOOP("r3 = *(u8 *)(r7 +24)\n"), ""},
    // From -1 it is 65 turns to 64: one more than from 0, where the range of the numbers below 64 begins.
    {"how far a number is that may have come round", kKprobe,
     "r8 = *(u64 *)(r1 +0)\nr9 = 0\na:\nr1 = map_value 4 0 ll\nr1 += r9\nr0 = *(u8 *)(r1 +0)\nr9 += 1\nr8 += 1\n"
     "if r8 < 64 goto a\n" OUT,
     "MinOutside"},
    {"how far a half number is that may have come round", kKprobe,
     "w8 = *(u32 *)(r1 +0)\nr9 = 0\na:\nr1 = map_value 4 0 ll\nr1 += r9\nr0 = *(u8 *)(r1 +0)\nr9 += 1\nw8 += 1\n"
     "if w8 < 64 goto a\n" OUT,
     "MinOutside"},
    {"how far a number is that has not", kKprobe,
     "r8 = *(u64 *)(r1 +0)\nr8 &= 31\nr9 = 0\na:\nr1 = map_value 4 0 ll\nr1 += r9\nr0 = *(u8 *)(r1 +0)\nr9 += 1\n"
     "r8 += 1\nif r8 < 64 goto a\n" OUT,
     ""},
    {"a counter that starts at an even or an odd number", kKprobe,
     "r8 = *(u8 *)(r1 +0)\nr9 = 0\na:\nr2 = r8\nr2 &= 1\nr2 *= r9\nr1 = map_value 4 63 ll\nr1 += r2\n"
     "r0 = *(u8 *)(r1 +0)\nr9 = 1\nr8 += 2\nif r8 < 300 goto a\n" OUT,
     "MaxOutside"},
    {"a counter that may have come round is not above where it began", kKprobe,
     "r8 = *(u64 *)(r1 +0)\nr9 = 0\na:\nif r9 == 0 goto skip\nr1 = map_value 4 0 ll\nr2 = r8\nr2 -= 1\nr1 += r2\n"
     "r0 = *(u8 *)(r1 +0)\nskip:\nr9 = 1\nr8 += 1\nif r8 < 64 goto a\n" OUT,
     "MinNegative"},
};

}  // namespace

TEST_CASE("verifier cases: copies at a distance", "[verifier]") { check_cases(kCopies, std::size(kCopies)); }
TEST_CASE("verifier cases: joins around loops", "[verifier]") { check_cases(kJoins, std::size(kJoins)); }
