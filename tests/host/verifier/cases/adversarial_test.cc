// What an attacker would try against the abstract state itself.
#include "tests/host/verifier/cases/cases.h"

using namespace skep::verifier_test;

namespace {

constexpr Case kAdversarial[] = {
    {"pruning must not forget a bound (imprecise first path)", kKprobe,
     "r6 = *(u64 *)(r1 +0)\n" VALUE
     "r7 = 0\nif r6 == 1 goto a\nr7 = 100\na:\nr8 = 0\nr8 += 0\nr8 += 0\nr8 += 0\nr8 += 0\nr8 += 0\nr8 += 0\nr8 += 0\n"
     "if r6 == 2 goto b\nr8 = 1\nb:\nr0 += r7\nr1 = *(u8 *)(r0 +0)\n" OUT,
     "MinOutside"},
    {"pruning must not forget a null check", kKprobe,
     "r6 = *(u64 *)(r1 +0)\n" LOOKUP "r8 = 0\nif r6 == 1 goto a\nif r0 == 0 goto out\na:\nr8 += 1\nr8 += 1\nr8 += "
     "1\nr8 += 1\nr8 += 1\nr8 += 1\nr8 += 1\n"
     "if r6 == 2 goto b\nr8 = 1\nb:\nr1 = *(u8 *)(r0 +0)\n" OUT,
     "NullPointer"},
    {"pruning must not forget an uninitialised slot", kKprobe,
     "r6 = *(u64 *)(r1 +0)\nr0 = 0\nr8 = 0\n*(u64 *)(r10 -16) = 0\nif r6 == 1 goto a\n*(u64 *)(r10 -8) = 1\na:\nr8 += "
     "1\nr8 += 1\nr8 += 1\n"
     "r8 += 1\nr8 += 1\nr8 += 1\nr8 += 1\nif r6 == 2 goto b\nr8 = 1\nb:\nr0 = *(u64 *)(r10 -8)\nexit",
     "StackUninit"},
    {"pruning must respect copies", kKprobe,
     "r6 = *(u64 *)(r1 +0)\nr9 = *(u64 *)(r1 +8)\n" VALUE
     "r7 = r9\nif r6 == 1 goto a\nr7 = 0\na:\nr8 = 0\nr8 += 1\nr8 += 1\nr8 += 1\nr8 += 1\nr8 += 1\nr8 += 1\n"
     "if r6 == 2 goto b\nr8 = 1\nb:\nif r7 > 15 goto out\nr0 += r9\nr1 = *(u8 *)(r0 +0)\n" OUT,
     "OffsetUnbounded"},
    {"pruning must not take two numbers for copies", kKprobe,
     "r6 = *(u64 *)(r1 +0)\nr9 = *(u64 *)(r1 +8)\nr7 = *(u64 *)(r1 +16)\n" VALUE
     "if r6 == 1 goto a\nr7 = r9\na:\nr8 = 0\nr8 += 1\ngoto +0\nr8 += 1\nr8 += 1\ngoto +0\nr8 += 1\nr8 += 1\n"
     "r8 += 1\nr8 += 1\nif r6 == 2 goto b\nr8 = 1\nb:\nif r7 > 15 goto out\nr0 += r9\nr1 = *(u8 *)(r0 +0)\n" OUT,
     "OffsetUnbounded"},
    {"copies on both ways in", kKprobe,
     "r6 = *(u64 *)(r1 +0)\nr9 = *(u64 *)(r1 +8)\n" VALUE
     "r7 = r9\nif r6 == 1 goto a\nr8 = 3\na:\nr8 = 0\nr8 += 1\ngoto +0\nr8 += 1\nr8 += 1\ngoto +0\nr8 += 1\nr8 += 1\n"
     "r8 += 1\nr8 += 1\nif r6 == 2 goto b\nr8 = 1\nb:\nif r7 > 15 goto out\nr0 += r9\nr1 = *(u8 *)(r0 +0)\n" OUT,
     ""},
    {"pruning must not take two lookups for copies", kKprobe,
     "r9 = *(u64 *)(r1 +0)\n" LOOKUP "r6 = r0\n" LOOKUP
     "r7 = r0\nif r9 == 1 goto a\nr7 = r6\na:\nr3 = 0\nr3 += 1\ngoto +0\nr3 += 1\nr3 += 1\ngoto +0\nr3 += 1\nr3 += "
     "1\nr3 += 1\nr3 += 1\n"
     "if r9 == 2 goto b\nr8 = 1\nb:\nif r6 == 0 goto out\nr1 = *(u8 *)(r7 +0)\n" OUT,
     "NullPointer"},
    {"pruning must not forget what a bound was compared with", kKprobe,
     "r6 = *(u64 *)(r1 +0)\nr7 = *(u64 *)(r1 +8)\n" VALUE
     "r8 = 1000\nif r6 == 1 goto a\nr8 = 15\na:\nr3 = 0\nr3 += 1\ngoto +0\nr3 += 1\nr3 += 1\ngoto +0\nr3 += 1\nr3 += "
     "1\nr3 += 1\nr3 += 1\n"
     "if r6 == 2 goto b\nr9 = 1\nb:\nif r7 > r8 goto out\nr0 += r7\nr1 = *(u8 *)(r0 +0)\n" OUT,
     "MaxOutside"},
    {"loop counter that wraps", kKprobe,
     VALUE "r6 = r0\nr7 = 15\na:\nr1 = r6\nr1 += r7\nr2 = *(u8 *)(r1 +0)\nr7 -= 1\nif r7 s>= -1 goto a\n" OUT,
     "MinOutside"},
    {"comparison with itself", kKprobe,
     "r2 = *(u64 *)(r1 +0)\nr0 = 0\nif r2 == r2 goto a\nr0 = *(u64 *)(r2 +0)\na:\nexit", ""},
    {"strict comparison with itself", kKprobe,
     "r2 = *(u64 *)(r1 +0)\nr0 = 0\nif r2 > r2 goto a\nexit\na:\nr0 = *(u64 *)(r2 +0)\nexit", ""},
    {"dead branch is not checked", kKprobe, "r0 = 0\nif r0 == 0 goto a\nr0 = *(u64 *)(r0 +0)\na:\nexit", ""},
    {"dead branch by ranges", kKprobe,
     "r2 = *(u8 *)(r1 +0)\nr0 = 0\nif r2 < 256 goto a\nr0 = *(u64 *)(r2 +0)\na:\nexit", ""},
    {"dead branch by bits", kKprobe,
     "r2 = *(u64 *)(r1 +0)\nr0 = 0\nr2 |= 4\nif r2 & 4 goto a\nr0 = *(u64 *)(r2 +0)\na:\nexit", ""},
    {"contradicting comparisons", kKprobe,
     "r2 = *(u64 *)(r1 +0)\nr0 = 0\nif r2 > 10 goto a\nif r2 < 20 goto a\nr0 = *(u64 *)(r2 +0)\na:\nexit", ""},
    {"jset says nothing about other bits", kKprobe,
     "r6 = r1\n" VALUE "r1 = *(u8 *)(r6 +0)\nif r1 & 16 goto out\nr0 += r1\nr1 = *(u8 *)(r0 +0)\n" OUT, "MaxOutside"},
    {"jset clears enough bits", kKprobe,
     "r6 = r1\n" VALUE "r1 = *(u8 *)(r6 +0)\nif r1 & 240 goto out\nr0 += r1\nr1 = *(u8 *)(r0 +0)\n" OUT, ""},
    {"pointer compared with a number bounds nothing", kKprobe,
     "r2 = *(u64 *)(r1 +0)\nr0 = 0\nif r2 > r10 goto a\nr1 = r10\nr1 += r2\na:\nexit", "OffsetUnbounded"},
    {"pointer whose value was spilled by bytes", kKprobe,
     "*(u64 *)(r10 -8) = r10\nr2 = *(u64 *)(r10 -8)\n*(u64 *)(r2 -16) = 1\nr0 = 0\nexit", ""},
    {"stack pointer through the stack keeps its frame", kKprobe,
     "*(u64 *)(r10 -8) = r10\nr1 = r10\nr1 += -8\ncall f\nr0 = *(u64 *)(r10 -16)\nexit\nf:\nr2 = *(u64 *)(r1 "
     "+0)\n*(u64 *)(r2 -16) = 7\nr0 = 0\nexit",
     ""},
    {"sign-extending load of a bounded byte", kKprobe,
     "r6 = r1\n" VALUE "r1 = *(s8 *)(r6 +0)\nif r1 s> 15 goto out\nr0 += r1\nr1 = *(u8 *)(r0 +0)\n" OUT, "MinNegative"},
    {"bswap hides nothing", kKprobe,
     "r6 = r1\n" VALUE "r1 = *(u8 *)(r6 +0)\nr1 &= 15\nr1 = bswap16 r1\nr0 += r1\nr1 = *(u8 *)(r0 +0)\n" OUT,
     "MaxOutside"},
    {"bswap twice", kKprobe,
     "r6 = r1\n" VALUE
     "r1 = *(u8 *)(r6 +0)\nr1 &= 15\nr1 = bswap16 r1\nr1 = bswap16 r1\nr0 += r1\nr1 = *(u8 *)(r0 +0)\n" OUT,
     ""},
    {"32-bit wrap",
     kKprobe,
     "r6 = r1\n" VALUE "r1 = *(u8 *)(r6 +0)\nw1 += -8\nif w1 > 7 goto out\nr0 += r1\nr1 = *(u64 *)(r0 +0)\n" OUT,
     "",
     {},
     BPF_F_ANY_ALIGNMENT},
    {"64-bit shift of a 32-bit bound",
     kKprobe,
     "r6 = r1\n" VALUE
     "r1 = *(u64 *)(r6 +0)\nif w1 > 7 goto out\nr1 <<= 32\nr1 >>= 32\nr0 += r1\nr1 = *(u64 *)(r0 +0)\n" OUT,
     "",
     {},
     BPF_F_ANY_ALIGNMENT},
    {"arithmetic shift of a 32-bit bound", kKprobe,
     "r6 = r1\n" VALUE
     "r1 = *(u64 *)(r6 +0)\nif w1 s> 7 goto out\nr1 <<= 32\nr1 s>>= 32\nr0 += r1\nr1 = *(u8 *)(r0 +0)\n" OUT,
     "OffsetHuge"},
};

}  // namespace

TEST_CASE("verifier cases: adversarial", "[verifier]") { check_cases(kAdversarial, std::size(kAdversarial)); }
