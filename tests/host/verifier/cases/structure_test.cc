// Structure: what is refused before any path is walked, loops, functions, map references.
#include "tests/host/verifier/cases/cases.h"

using namespace skep::verifier_test;

namespace {

constexpr Case kStructure[] = {
    {"smallest program", kKprobe, "r0 = 0\nexit", ""},
    {"no exit", kKprobe, "r0 = 0", "FallsOffEnd"},
    {"last insn is a conditional jump", kKprobe, "r0 = 0\nif r0 == 0 goto -2", "FallsOffEnd"},
    {"last insn jumps back", kKprobe, "goto a\nb:\nr0 = 0\nexit\na:\ngoto b", ""},
    {"unreachable insn", kKprobe, "r0 = 0\nexit\nr0 = 1\nexit", "UnreachableInsn", "unreachable insn 2"},
    {"unreachable loop", kKprobe, "r0 = 0\nexit\ngoto -1", "UnreachableInsn"},
    {"jump too far", kKprobe, "goto +5\nr0 = 0\nexit", "JumpOutOfRange", "jump out of range from insn 0 to 6"},
    {"jump before the start", kKprobe, "goto -2\nr0 = 0\nexit", "JumpOutOfRange"},
    {"jump over", kKprobe, "r0 = 0\nif r1 == 0 goto +1\nr0 = 1\nexit", ""},
    {"call into lddw", kKprobe, "call pc+2\nr0 = 0\nr0 = 5 ll\nexit", "FallsOffEnd", "last insn is not an exit or jmp"},
    {"jump into lddw", kKprobe, "r0 = 0\nif r0 == 0 goto +1\nr0 = 5 ll\nexit", "JumpIntoLddw"},
    {"jump over lddw", kKprobe, "r0 = 0\nif r0 == 0 goto +2\nr0 = 5 ll\nexit", ""},
    {"infinite loop", kKprobe, "r0 = 0\na:\ngoto a", "InfiniteLoop", "infinite loop detected at insn"},
    {"endless loop with a way out that nobody takes", kKprobe, "r0 = 0\na:\nif r0 == 1 goto b\ngoto a\nb:\nexit",
     "InfiniteLoop"},
    {"loop on an unchanged unknown", kKprobe, UNKNOWN "a:\nif r0 != 0 goto a\nr0 = 0\nexit", "InfiniteLoop"},
    {"bounded loop", kKprobe, "r0 = 0\na:\nr0 += 1\nif r0 < 10 goto a\nexit", ""},
    {"bounded loop with an unknown bound below 64", kKprobe,
     UNKNOWN "r6 = r0\nr6 &= 63\nr0 = 0\na:\nif r0 >= r6 goto b\nr0 += 1\ngoto a\nb:\nexit", ""},
    {"loop that never ends in time", kKprobe, "r0 = 0\na:\nr0 += 1\nif r0 < 10000000 goto a\nexit", "TooComplex",
     "BPF program is too large. Processed 1000001 insn"},
    {"nested loops", kKprobe,
     "r6 = 0\na:\nr7 = 0\nb:\nr7 += 1\nif r7 < 8 goto b\nr6 += 1\nif r6 < 8 goto a\nr0 = 0\nexit", ""},
    {"shift too large", kKprobe, "r0 = 1\nr0 <<= 64\nexit", "ShiftTooLarge", "invalid shift 64"},
    {"shift by 63", kKprobe, "r0 = 1\nr0 <<= 63\nexit", ""},
    {"32-bit shift too large", kKprobe, "r0 = 1\nw0 <<= 32\nexit", "ShiftTooLarge"},
    {"shift negative", kKprobe, "r0 = 1\nr0 >>= -1\nexit", "ShiftTooLarge"},
    {"shift by a register needs no bound", kKprobe, UNKNOWN "r1 = 1\nr1 <<= r0\nr0 = 0\nexit", ""},
    {"division by 0", kKprobe, "r0 = 1\nr0 /= 0\nexit", "DivisionByZero", "div by zero"},
    {"modulo 0", kKprobe, "r0 = 1\nw0 %= 0\nexit", "DivisionByZero"},
    {"division by a register that may be 0", kKprobe, UNKNOWN "r1 = 5\nr1 /= r0\nr0 = 0\nexit", ""},
    {"call of nothing", kKprobe, "call pc+5\nr0 = 0\nexit", "CallTarget"},
    {"function", kKprobe, "call f\nexit\nf:\nr0 = 0\nexit", ""},
    {"function without exit", kKprobe, "call f\nexit\nf:\nr0 = 0", "FallsOffEnd"},
    {"function that jumps into another", kKprobe, "call f\na:\nr0 = 0\nexit\nf:\nr0 = 0\ngoto a", "JumpOutOfRange"},
    {"function that falls into another", kKprobe, "call f\ncall g\nr0 = 0\nexit\nf:\nr0 = 0\ng:\nr0 = 0\nexit",
     "FallsOffEnd"},
    {"recursion", kKprobe, "call f\nexit\nf:\nif r1 == 0 goto a\ncall f\na:\nr0 = 0\nexit", "Recursion"},
    {"recursion of the main program", kKprobe, "r0 = 0\nif r1 == 0 goto a\ncall -3\na:\nexit", "Recursion"},
    {"eight frames", kKprobe,
     "call a\nexit\na:\ncall b\nexit\nb:\ncall c\nexit\nc:\ncall d\nexit\nd:\ncall e\nexit\ne:\ncall f\nexit\nf:\n"
     "call g\nexit\ng:\nr0 = 0\nexit",
     ""},
    {"nine frames", kKprobe,
     "call a\nexit\na:\ncall b\nexit\nb:\ncall c\nexit\nc:\ncall d\nexit\nd:\ncall e\nexit\ne:\ncall f\nexit\nf:\n"
     "call g\nexit\ng:\ncall h\nexit\nh:\nr0 = 0\nexit",
     "CallDepth", "the call stack of 9 frames is too deep"},
    {"stacks that fit together", kKprobe,
     "*(u64 *)(r10 -256) = 0\ncall f\nexit\nf:\n*(u64 *)(r10 -256) = 0\nr0 = 0\nexit", ""},
    {"stacks too large together", kKprobe,
     "*(u64 *)(r10 -256) = 0\ncall f\nexit\nf:\n*(u64 *)(r10 -264) = 0\nr0 = 0\nexit", "CombinedStack",
     "combined stack size of 2 calls is 544. Too large"},
    {"callx", kKprobe, "r1 = 7\ncallx r1\nr0 = 0\nexit", "BadInsn", "unknown opcode 8d"},
    {"an instruction of newer kernels", kKprobe,
     "*(u64 *)(r10 -8) = 0\nr1 = load_acquire((u64 *)(r10 -8))\nr0 = 0\nexit", "InsnNotSupported",
     "load_acquire is not supported"},
    {"callx in a branch never taken", kKprobe, "r1 = 7\nif r1 == 7 goto out\ncallx r1\n" OUT, "BadInsn"},
    {"kernel function", kKprobe, "call kernel-function#5\nr0 = 0\nexit", "KernelFunction"},
    {"map that is not there", kKprobe, "r1 = map_fd 77 ll\nr0 = 0\nexit", "MapReference"},
    {"map value of a hash", kKprobe, "r1 = map_value 1 0 ll\nr0 = 0\nexit", "MapDirectAccess"},
    {"map value out of range", kKprobe, "r1 = map_value 4 64 ll\nr0 = 0\nexit", "MapDirectOffset"},
    {"map value far out of range", kKprobe, "r1 = map_value 4 536870912 ll\nr0 = 0\nexit", "MapDirectHuge",
     "direct value offset of 536870912 is not allowed"},
    {"btf id", kKprobe, "r1 = btf_id 5 ll\nr0 = 0\nexit", "LddwKind",
     "kernel is missing BTF, make sure CONFIG_DEBUG_INFO_BTF=y is specified in Kconfig."},
};

}  // namespace

TEST_CASE("verifier cases: structure", "[verifier]") { check_cases(kStructure, std::size(kStructure)); }
