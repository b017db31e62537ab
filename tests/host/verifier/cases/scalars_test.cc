// What is known of numbers after arithmetic and comparisons: an index below 64 reaches the map's 64 bytes, one that may
// be 64 does not.
#include "tests/host/verifier/cases/cases.h"

using namespace skep::verifier_test;

namespace {

#define BYTE "r1 = *(u64 *)(r1 +0)\nr1 &= 255\n"  // r1 = 0 … 255
#define WORD "r1 = *(u64 *)(r1 +0)\n"             // r1 = any number
#define USE "r2 = map_value 4 0 ll\nr2 += r1\nr0 = *(u8 *)(r2 +0)\nout:\nr0 = 0\nexit"

constexpr Case kScalars[] = {
    {"a byte shifted right by 2", kKprobe, BYTE "r1 >>= 2\n" USE, ""},
    {"a byte shifted right by 1", kKprobe, BYTE "r1 >>= 1\n" USE, "MaxOutside"},
    {"a byte divided by 4", kKprobe, BYTE "r1 /= 4\n" USE, ""},
    {"a byte divided by 3", kKprobe, BYTE "r1 /= 3\n" USE, "MaxOutside"},
    {"modulo 64", kKprobe, WORD "r1 %= 64\n" USE, ""},
    {"modulo 65", kKprobe, WORD "r1 %= 65\n" USE, "MaxOutside"},
    {"signed modulo 64 may be negative", kKprobe, WORD "r1 s%= 64\n" USE, "MinNegative"},
    {"signed division of a byte by 4", kKprobe, BYTE "r1 s/= 4\n" USE, ""},
    {"signed division of a byte by -4", kKprobe, BYTE "r1 s/= -4\n" USE, "MinNegative"},
    {"and with 63", kKprobe, WORD "r1 &= 63\n" USE, ""},
    {"and with 127", kKprobe, WORD "r1 &= 127\n" USE, "MaxOutside"},
    {"and with -64", kKprobe, BYTE "r1 &= -64\n" USE, "MaxOutside"},
    {"xor of two numbers below 64", kKprobe, WORD "r3 = r1\nr3 >>= 58\nr1 &= 63\nr1 ^= r3\n" USE, ""},
    {"or of two numbers below 64", kKprobe, WORD "r3 = r1\nr3 >>= 58\nr1 &= 63\nr1 |= r3\n" USE, ""},
    {"sum of two numbers below 32", kKprobe, WORD "r3 = r1\nr3 >>= 59\nr1 &= 31\nr1 += r3\n" USE, ""},
    {"sum of two numbers below 64", kKprobe, WORD "r3 = r1\nr3 >>= 58\nr1 &= 63\nr1 += r3\n" USE, "MaxOutside"},
    {"difference of a byte and a number", kKprobe, WORD "r3 = r1\nr3 >>= 60\nr1 &= 15\nr1 += 15\nr1 -= r3\n" USE, ""},
    {"difference that may be negative", kKprobe,
     WORD "r3 = r1\nr3 >>= 60\nr1 &= 15\nr1 += 14\nr1 -= r3\n"
          "r1 -= 1\nr1 -= 13\n" USE,
     "MinNegative"},
    {"product of two numbers below 8", kKprobe, WORD "r3 = r1\nr3 >>= 61\nr1 &= 7\nr1 *= r3\n" USE, ""},
    {"product that may be 72", kKprobe, WORD "r3 = r1\nr3 >>= 61\nr1 &= 7\nr1 += 2\nr3 += 1\nr1 *= r3\n" USE,
     "MaxOutside"},
    {"32-bit truncation of a number", kKprobe, WORD "w1 = w1\nr1 >>= 26\n" USE, ""},
    {"without the truncation", kKprobe, WORD "r1 >>= 26\n" USE, "UnboundedAccess"},
    {"arithmetic shift keeps the sign", kKprobe, WORD "r1 s>>= 58\n" USE, "MinNegative"},
    {"logical shift does not", kKprobe, WORD "r1 >>= 58\n" USE, ""},
    {"negated number", kKprobe, BYTE "r1 &= 63\nr1 = -r1\nr1 += 63\n" USE, ""},
    {"negated number, one too far", kKprobe, BYTE "r1 &= 63\nr1 = -r1\nr1 += 62\n" USE, "MinNegative"},
    {"sign-extended byte", kKprobe, BYTE "r1 = (s8)r1\n" USE, "MinNegative"},
    {"sign-extended byte below 64", kKprobe, BYTE "r1 &= 63\nr1 = (s8)r1\n" USE, ""},
    {"less than a constant", kKprobe, WORD "if r1 >= 64 goto out\n" USE, ""},
    {"less or equal", kKprobe, WORD "if r1 > 64 goto out\n" USE, "MaxOutside"},
    {"32-bit comparison of a truncated number", kKprobe, WORD "w1 = w1\nif w1 >= 64 goto out\n" USE, ""},
    {"signed comparison leaves negative numbers", kKprobe, BYTE "r1 -= 1\nif r1 s> 63 goto out\n" USE, "MinNegative"},
    {"signed on both sides", kKprobe, WORD "if r1 s> 63 goto out\nif r1 s< 0 goto out\n" USE, ""},
    {"not equal at the end of the range", kKprobe, WORD "r1 &= 127\nif r1 > 64 goto out\nif r1 == 64 goto out\n" USE,
     ""},
    {"not equal in the middle of the range", kKprobe, WORD "r1 &= 127\nif r1 > 64 goto out\nif r1 == 63 goto out\n" USE,
     "MaxOutside"},
    {"bits that are tested to be clear", kKprobe, BYTE "if r1 & 192 goto out\n" USE, ""},
    {"one bit that is not", kKprobe, BYTE "if r1 & 128 goto out\n" USE, "MaxOutside"},
    {"equal to a bounded number", kKprobe, WORD "r3 = r1\nr3 &= 63\nif r1 != r3 goto out\n" USE, ""},
    {"big endian of 16 bits", kKprobe, WORD "r1 &= 63\nr1 = be16 r1\n" USE, "MaxOutside"},
    {"little endian of 16 bits", kKprobe, WORD "r1 &= 63\nr1 = le16 r1\n" USE, ""},
    {"shift by a register that holds the width", kKprobe, "r3 = 32\nr1 = 1\nw1 <<= w3\nr1 &= 127\n" USE, "MaxOutside"},
    {"shift by a register that holds one less", kKprobe, "r3 = 31\nr1 = 1\nw1 <<= w3\nr1 &= 127\n" USE, ""},
    {"64-bit shift by a register that holds the width", kKprobe, "r3 = 64\nr1 = 3\nr1 <<= r3\n" USE, "OffsetUnbounded"},
};

}  // namespace

TEST_CASE("verifier cases: numbers", "[verifier]") { check_cases(kScalars, std::size(kScalars)); }
