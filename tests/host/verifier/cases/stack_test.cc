// The stack: initialisation, spills, variable offsets, callers' stacks.
#include "tests/host/verifier/cases/cases.h"

using namespace skep::verifier_test;

namespace {

constexpr Case kStack[] = {
    {"top of the stack", kKprobe, "*(u64 *)(r10 -8) = 1\nr0 = *(u64 *)(r10 -8)\nexit", ""},
    {"bottom of the stack", kKprobe, "*(u64 *)(r10 -512) = 1\nr0 = 0\nexit", ""},
    {"below the stack", kKprobe, "*(u64 *)(r10 -520) = 1\nr0 = 0\nexit", "StackBounds",
     "invalid write to stack R10 off=-520 size=8"},
    {"above the stack", kKprobe, "*(u64 *)(r10 +0) = 1\nr0 = 0\nexit", "StackBounds"},
    {"across the top", kKprobe, "r1 = r10\nr1 += -4\n*(u64 *)(r1 +0) = 1\nr0 = 0\nexit", "Misaligned"},
    {"never written", kKprobe, "*(u64 *)(r10 -16) = 1\nr0 = *(u64 *)(r10 -8)\nexit", "StackUninit",
     "invalid read from stack off -8+0 size 8"},
    {"half written", kKprobe, "*(u32 *)(r10 -8) = 1\nr0 = *(u64 *)(r10 -8)\nexit", "StackUninit",
     "invalid read from stack off -8+4 size 8"},
    {"both halves written", kKprobe, "*(u32 *)(r10 -8) = 1\n*(u32 *)(r10 -4) = 1\nr0 = *(u64 *)(r10 -8)\nexit", ""},
    {"written on one path only", kKprobe,
     "r0 = 0\nif r1 == 0 goto a\n*(u64 *)(r10 -8) = 1\ngoto b\na:\n*(u64 *)(r10 -16) = 1\nb:\nr0 = *(u64 *)(r10 "
     "-8)\nexit",
     "StackUninit"},
    {"misaligned", kKprobe, "*(u32 *)(r10 -6) = 1\nr0 = 0\nexit", "Misaligned", "misaligned stack access off"},
    {"spilled pointer comes back", kKprobe, "*(u64 *)(r10 -8) = r1\nr1 = *(u64 *)(r10 -8)\nr0 = *(u64 *)(r1 +0)\nexit",
     ""},
    {"spilled pointer in half", kKprobe, "*(u64 *)(r10 -8) = r1\nr0 = *(u32 *)(r10 -8)\nexit", "FillSize",
     "invalid size of register fill"},
    {"pointer stored in half", kKprobe, "*(u32 *)(r10 -8) = r1\nr0 = 0\nexit", "SpillSize",
     "invalid size of register spill"},
    {"spilled pointer, one byte changed", kKprobe,
     "*(u64 *)(r10 -8) = r1\n*(u8 *)(r10 -5) = 1\nr1 = *(u64 *)(r10 -8)\nr0 = *(u64 *)(r1 +0)\nexit", "NotAPointer"},
    {"spilled pointer, overwritten by a helper", kKprobe,
     "*(u64 *)(r10 -8) = r1\nr1 = r10\nr1 += -8\nr2 = 8\nr3 = 0\ncall 113\nr1 = *(u64 *)(r10 -8)\nr0 = *(u64 *)(r1 "
     "+0)\nexit",
     "NotAPointer"},
    {"spilled bound comes back", kKprobe,
     "r6 = r1\n" VALUE "r1 = *(u8 *)(r6 +0)\nr1 &= 15\n*(u64 *)(r10 -16) = r1\nr1 = *(u64 *)(r10 -16)\nr0 += r1\nr1 = "
     "*(u8 *)(r0 +0)\n" OUT,
     ""},
    {"32-bit spill keeps its bound", kKprobe,
     "r6 = r1\n" VALUE "r1 = *(u8 *)(r6 +0)\nr1 &= 15\n*(u32 *)(r10 -16) = r1\nr1 = *(u32 *)(r10 -16)\nr0 += r1\nr1 = "
     "*(u8 *)(r0 +0)\n" OUT,
     ""},
    {"32-bit spill of a 64-bit number is cut", kKprobe,
     "r6 = r1\n" VALUE "r1 = *(u64 *)(r6 +0)\n*(u32 *)(r10 -16) = r1\nr2 = *(u32 *)(r10 -16)\nif r2 > 15 goto out\nr0 "
     "+= r1\nr1 = *(u8 *)(r0 +0)\n" OUT,
     "OffsetUnbounded"},
    {"bound of an atomically changed slot is lost", kKprobe,
     "r6 = r1\n" VALUE "*(u64 *)(r10 -16) = 1\nr1 = 1\nlock *(u64 *)(r10 -16) += r1\nr1 = *(u64 *)(r10 -16)\nr0 += "
     "r1\nr1 = *(u8 *)(r0 +0)\n" OUT,
     "OffsetUnbounded"},
    {"exchange gives the spilled pointer", kKprobe,
     "*(u64 *)(r10 -8) = r1\nr2 = 0\nr2 = atomic64_xchg((u64 *)(r10 -8), r2)\nr0 = *(u64 *)(r2 +0)\nexit", ""},
    {"32-bit atomic on a spilled pointer", kKprobe,
     "*(u64 *)(r10 -8) = r1\nr2 = 0\nlock *(u32 *)(r10 -8) += r2\nr0 = 0\nexit", "FillSize"},
    {"atomic on the context", kKprobe, "r2 = 1\nlock *(u64 *)(r1 +0) += r2\nr0 = 0\nexit", "AtomicTarget"},
    {"variable offset read of initialised stack", kKprobe,
     "r3 = *(u8 *)(r1 +0)\nr3 &= 8\n*(u64 *)(r10 -16) = 1\n*(u64 *)(r10 -8) = 1\nr2 = r10\nr2 += -16\nr2 += r3\nr0 = "
     "*(u64 *)(r2 +0)\nexit",
     ""},
    {"variable offset read of uninitialised stack", kKprobe,
     "r3 = *(u8 *)(r1 +0)\nr3 &= 8\n*(u64 *)(r10 -16) = 1\nr2 = r10\nr2 += -16\nr2 += r3\nr0 = *(u64 *)(r2 +0)\nexit",
     "StackUninitVariable"},
    {"variable offset write, then read", kKprobe,
     "r3 = *(u8 *)(r1 +0)\nr3 &= 8\nr2 = r10\nr2 += -16\nr2 += r3\n*(u64 *)(r2 +0) = 1\nr0 = *(u64 *)(r10 -8)\nexit",
     ""},
    {"variable offset write destroys a pointer", kKprobe,
     "*(u64 *)(r10 -8) = r1\nr3 = *(u8 *)(r1 +0)\nr3 &= 8\nr2 = r10\nr2 += -16\nr2 += r3\n*(u64 *)(r2 +0) = 1\n"
     "r1 = *(u64 *)(r10 -8)\nr0 = *(u64 *)(r1 +0)\nexit",
     "NotAPointer"},
    {"variable offset beyond the stack", kKprobe,
     "r3 = *(u8 *)(r1 +0)\nr3 &= 24\nr2 = r10\nr2 += -16\nr2 += r3\n*(u64 *)(r2 +0) = 1\nr0 = 0\nexit",
     "StackBoundsVariable"},
    {"variable offset unbounded", kKprobe,
     "r3 = *(u32 *)(r1 +0)\nr3 &= -8\nr2 = r10\nr2 += -16\nr2 += r3\n*(u64 *)(r2 +0) = 1\nr0 = 0\nexit",
     "StackUnbounded"},
    {"variable offset, misaligned", kKprobe,
     "r3 = *(u8 *)(r1 +0)\nr3 &= 7\nr2 = r10\nr2 += -16\nr2 += r3\n*(u64 *)(r2 +0) = 1\nr0 = 0\nexit", "Misaligned"},
    {"subtracting from the stack pointer", kKprobe, "r1 = r10\nr1 -= 8\nr0 = 0\nexit", "StackMinus"},
    {"callee uses the caller's stack", kKprobe,
     "*(u64 *)(r10 -8) = 0\nr1 = r10\nr1 += -8\ncall f\nr0 = *(u64 *)(r10 -8)\nexit\nf:\n*(u64 *)(r1 +0) = 5\nr0 = "
     "0\nexit",
     ""},
    {"callee initialises the caller's stack", kKprobe,
     "r1 = r10\nr1 += -8\ncall f\nr0 = *(u64 *)(r10 -8)\nexit\nf:\n*(u64 *)(r1 +0) = 5\nr0 = 0\nexit", ""},
    {"callee initialises on one path only", kKprobe,
     "r2 = *(u64 *)(r1 +0)\nr1 = r10\nr1 += -8\ncall f\nr0 = *(u64 *)(r10 -8)\nexit\nf:\nr0 = 0\nif r2 == 0 goto "
     "a\n*(u64 *)(r1 +0) = 5\na:\nexit",
     "StackBounds"},
    {"callee's stack pointer in the caller's stack", kKprobe,
     "r1 = r10\nr1 += -8\ncall f\nr0 = 0\nexit\nf:\n*(u64 *)(r1 +0) = r10\nr0 = 0\nexit", "StackPointerEscapes"},
    {"callee returns its stack pointer", kKprobe, "call f\nexit\nf:\nr0 = r10\nexit", "ReturnsStackPointer"},
    {"callee cannot see the caller's slots by its own r10", kKprobe,
     "*(u64 *)(r10 -8) = 0\ncall f\nexit\nf:\nr0 = *(u64 *)(r10 -8)\nexit", "StackBounds"},
    {"callee returns a map value", kKprobe,
     "call f\nif r0 == 0 goto a\nr0 = *(u64 *)(r0 +0)\na:\nr0 = 0\nexit\nf:\n" LOOKUP "exit", ""},
    {"pointer spilled by the caller, destroyed by the callee", kKprobe,
     "*(u64 *)(r10 -8) = r1\nr1 = r10\nr1 += -8\ncall f\nr1 = *(u64 *)(r10 -8)\nr0 = *(u64 *)(r1 +0)\nexit\nf:\n*(u64 "
     "*)(r1 +0) = 5\nr0 = 0\nexit",
     "NotAPointer"},
    {"null check in the callee refines the caller's copy", kKprobe,
     LOOKUP "r6 = r0\nr1 = r0\ncall f\nif r0 == 0 goto a\na:\nr0 = 0\nexit\nf:\nif r1 == 0 goto b\nr0 = *(u64 *)(r1 "
            "+0)\nexit\nb:\nr0 = 0\nexit",
     ""},
};

}  // namespace

TEST_CASE("verifier cases: stack", "[verifier]") { check_cases(kStack, std::size(kStack)); }
