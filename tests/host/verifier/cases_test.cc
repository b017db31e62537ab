// Rules and their nearest accepted neighbours, as data.
#include <catch2/catch.hpp>

#include "tests/host/verifier/support.h"

using namespace skep::verifier_test;

namespace {

constexpr uint32_t kKprobe = BPF_PROG_TYPE_KPROBE;
constexpr uint32_t kFilter = BPF_PROG_TYPE_SOCKET_FILTER;
constexpr uint32_t kTracepoint = BPF_PROG_TYPE_TRACEPOINT;
constexpr uint32_t kRawTracepoint = BPF_PROG_TYPE_RAW_TRACEPOINT;
constexpr uint32_t kPerfEvent = BPF_PROG_TYPE_PERF_EVENT;
constexpr uint32_t kTracing = BPF_PROG_TYPE_TRACING;
constexpr uint32_t kSyscall = BPF_PROG_TYPE_SYSCALL;

// r0 = the 16 bytes of element 0 of map 0, or NULL.
#define LOOKUP             \
  "*(u32 *)(r10 -4) = 0\n" \
  "r2 = r10\n"             \
  "r2 += -4\n"             \
  "r1 = map_fd 0 ll\n"     \
  "call 1\n"
// ... not NULL; ends with "out:".
#define VALUE LOOKUP "if r0 == 0 goto out\n"
#define OUT "out:\nr0 = 0\nexit\n"
// r0 = some number.
#define UNKNOWN "call 7\n"

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
    {"callx", kKprobe, "r1 = 7\ncallx r1\nr0 = 0\nexit", "InsnNotSupported"},
    {"kernel function", kKprobe, "call kernel-function#5\nr0 = 0\nexit", "KernelFunction"},
    {"map that is not there", kKprobe, "r1 = map_fd 77 ll\nr0 = 0\nexit", "MapReference"},
    {"map value of a hash", kKprobe, "r1 = map_value 1 0 ll\nr0 = 0\nexit", "MapDirectAccess"},
    {"map value out of range", kKprobe, "r1 = map_value 4 64 ll\nr0 = 0\nexit", "MapDirectOffset"},
    {"btf id", kKprobe, "r1 = btf_id 5 ll\nr0 = 0\nexit", "LddwKind"},
};

constexpr Case kRegisters[] = {
    {"r0 missing at exit", kKprobe, "exit", "UninitRegister", "R0 !read_ok"},
    {"r2 unset", kKprobe, "r0 = r2\nexit", "UninitRegister", "R2 !read_ok"},
    {"alu on unset", kKprobe, "r3 += 1\nr0 = 0\nexit", "UninitRegister"},
    {"alu with unset operand", kKprobe, "r0 = 1\nr0 += r5\nexit", "UninitRegister"},
    {"jump on unset", kKprobe, "r0 = 0\nif r4 == 0 goto +0\nexit", "UninitRegister"},
    {"set on one path only", kKprobe, "r0 = 0\nif r1 == 0 goto a\nr6 = 1\na:\nr0 = r6\nexit", "UninitRegister",
     "R6 !read_ok"},
    {"set on both paths", kKprobe, "r0 = 0\nr6 = 2\nif r1 == 0 goto a\nr6 = 1\na:\nr0 = r6\nexit", ""},
    {"r1 lost by a call", kKprobe, "r6 = r1\ncall 7\nr0 = *(u64 *)(r1 +0)\nexit", "UninitRegister", "R1 !read_ok"},
    {"context kept over a call", kKprobe, "r6 = r1\ncall 7\nr0 = *(u64 *)(r6 +0)\nexit", ""},
    {"write to r10", kKprobe, "r10 = 0\nr0 = 0\nexit", "FramePointerWrite", "frame pointer is read only"},
    {"add to r10", kKprobe, "r10 += -8\nr0 = 0\nexit", "FramePointerWrite"},
    {"load into r10", kKprobe, "r10 = *(u64 *)(r1 +0)\nr0 = 0\nexit", "FramePointerWrite"},
    {"fetch into r10", kKprobe, "*(u64 *)(r10 -8) = 0\nr10 = atomic64_xchg((u64 *)(r10 -8), r10)\nr0 = 0\nexit",
     "FramePointerWrite"},
    {"argument of a function", kKprobe, "r1 = 5\ncall f\nexit\nf:\nr0 = r1\nexit", ""},
    {"argument that was not passed", kKprobe, "r1 = 5\ncall f\nexit\nf:\nr0 = r2\nexit", "UninitRegister"},
    {"caller's r6 is not the callee's", kKprobe, "r6 = 5\ncall f\nexit\nf:\nr0 = r6\nexit", "UninitRegister"},
    {"r6 survives the call", kKprobe, "r6 = 5\ncall f\nr0 = r6\nexit\nf:\nr0 = 0\nexit", ""},
    {"r1 does not survive the call", kKprobe, "r1 = 5\ncall f\nr0 = r1\nexit\nf:\nr0 = 0\nexit", "UninitRegister"},
    {"result of a function that has none", kKprobe, "call f\nexit\nf:\nr6 = 0\nexit", "UninitRegister"},
    {"cmpxchg reads r0", kKprobe, "*(u64 *)(r10 -8) = 0\nr1 = 1\nr0 = atomic64_cmpxchg((u64 *)(r10 -8), r0, r1)\nexit",
     "UninitRegister"},
};

constexpr Case kMapValues[] = {
    {"no null check", kKprobe, LOOKUP "r1 = *(u64 *)(r0 +0)\nr0 = 0\nexit", "NullPointer",
     "R0 invalid mem access 'map_value_or_null'"},
    {"null check by ==", kKprobe, VALUE "r1 = *(u64 *)(r0 +0)\n" OUT, ""},
    {"null check by !=", kKprobe, LOOKUP "if r0 != 0 goto a\nr0 = 0\nexit\na:\nr0 = *(u64 *)(r0 +0)\nexit", ""},
    {"null check the wrong way", kKprobe, LOOKUP "if r0 != 0 goto out\nr1 = *(u64 *)(r0 +0)\n" OUT, "NotAPointer",
     "R0 invalid mem access 'scalar'"},
    {"null check of a copy", kKprobe, LOOKUP "r6 = r0\nif r6 == 0 goto out\nr1 = *(u64 *)(r0 +0)\n" OUT, ""},
    {"null check of a spilled copy", kKprobe,
     LOOKUP "*(u64 *)(r10 -16) = r0\nif r0 == 0 goto out\nr1 = *(u64 *)(r10 -16)\nr2 = *(u64 *)(r1 +0)\n" OUT, ""},
    {"null check of another lookup", kKprobe,
     LOOKUP "r6 = r0\n" LOOKUP "if r0 == 0 goto out\nr1 = *(u64 *)(r6 +0)\n" OUT, "NullPointer"},
    {"32-bit null check does not count", kKprobe, LOOKUP "if w0 == 0 goto out\nr1 = *(u64 *)(r0 +0)\n" OUT,
     "NullPointer"},
    {"comparison with 1 does not count", kKprobe, LOOKUP "if r0 == 1 goto out\nr1 = *(u64 *)(r0 +0)\n" OUT,
     "NullPointer"},
    {"store through or_null", kKprobe, LOOKUP "*(u64 *)(r0 +0) = 1\nr0 = 0\nexit", "NullPointer"},
    {"arithmetic before the null check", kKprobe, LOOKUP "r0 += 8\nif r0 == 0 goto out\nr1 = *(u64 *)(r0 +0)\n" OUT,
     "PointerOrNullMath", "pointer arithmetic on map_value_or_null prohibited, null-check it first"},
    {"last 8 bytes", kKprobe, VALUE "r1 = *(u64 *)(r0 +8)\n" OUT, ""},
    {"one byte beyond", kKprobe, VALUE "r1 = *(u64 *)(r0 +9)\n" OUT, "MinOutside",
     "invalid access to map value, value_size=16 off=9 size=8"},
    {"beyond", kKprobe, VALUE "*(u8 *)(r0 +16) = 1\n" OUT, "MinOutside"},
    {"last byte", kKprobe, VALUE "*(u8 *)(r0 +15) = 1\n" OUT, ""},
    {"before", kKprobe, VALUE "r1 = *(u8 *)(r0 -1)\n" OUT, "MinOutside",
     "R0 min value is outside of the allowed memory range"},
    {"moved pointer inside", kKprobe, VALUE "r0 += 8\nr1 = *(u64 *)(r0 +0)\n" OUT, ""},
    {"moved there and back", kKprobe, VALUE "r0 += 100\nr0 -= 92\nr1 = *(u64 *)(r0 +0)\n" OUT, ""},
    {"moved pointer outside", kKprobe, VALUE "r0 += 9\nr1 = *(u64 *)(r0 +0)\n" OUT, "MinOutside"},
    {"unbounded index", kKprobe, "r6 = r1\n" VALUE "r1 = *(u64 *)(r6 +0)\nr0 += r1\nr1 = *(u8 *)(r0 +0)\n" OUT,
     "OffsetUnbounded", "math between map_value pointer and register with unbounded min value is not allowed"},
    {"32-bit unsigned index, unbounded", kKprobe,
     "r6 = r1\n" VALUE "r1 = *(u32 *)(r6 +0)\nr0 += r1\nr1 = *(u8 *)(r0 +0)\n" OUT, "UnboundedAccess",
     "R0 unbounded memory access, make sure to bounds check any such access"},
    {"index below the size", kKprobe,
     "r6 = r1\n" VALUE "r1 = *(u64 *)(r6 +0)\nif r1 > 15 goto out\nr0 += r1\nr1 = *(u8 *)(r0 +0)\n" OUT, ""},
    {"index up to the size", kKprobe,
     "r6 = r1\n" VALUE "r1 = *(u64 *)(r6 +0)\nif r1 > 16 goto out\nr0 += r1\nr1 = *(u8 *)(r0 +0)\n" OUT, "MaxOutside",
     "R0 max value is outside of the allowed memory range"},
    {"index checked signed only", kKprobe,
     "r6 = r1\n" VALUE "r1 = *(u64 *)(r6 +0)\nif r1 s> 15 goto out\nr0 += r1\nr1 = *(u8 *)(r0 +0)\n" OUT,
     "OffsetUnbounded"},
    {"32-bit index checked signed only", kKprobe,
     "r6 = r1\n" VALUE
     "r1 = *(u32 *)(r6 +0)\nr1 <<= 32\nr1 s>>= 32\nif r1 s> 15 goto out\nr0 += r1\nr1 = *(u8 *)(r0 +0)\n" OUT,
     "OffsetHuge"},
    {"small negative index", kKprobe,
     "r6 = r1\n" VALUE "r1 = *(u8 *)(r6 +0)\nr1 -= 1\nif r1 s> 15 goto out\nr0 += r1\nr1 = *(u8 *)(r0 +0)\n" OUT,
     "MinNegative", "R0 min value is negative, either use unsigned index or do a if (index >=0) check."},
    {"index checked signed on both sides", kKprobe,
     "r6 = r1\n" VALUE
     "r1 = *(u64 *)(r6 +0)\nif r1 s> 15 goto out\nif r1 s< 0 goto out\nr0 += r1\nr1 = *(u8 *)(r0 +0)\n" OUT,
     ""},
    {"masked index", kKprobe, "r6 = r1\n" VALUE "r1 = *(u64 *)(r6 +0)\nr1 &= 15\nr0 += r1\nr1 = *(u8 *)(r0 +0)\n" OUT,
     ""},
    {"masked index, word access", kKprobe,
     "r6 = r1\n" VALUE "r1 = *(u64 *)(r6 +0)\nr1 &= 15\nr0 += r1\nr1 = *(u16 *)(r0 +0)\n" OUT, "MaxOutside"},
    {"masked, scaled index", kKprobe,
     "r6 = r1\n" VALUE "r1 = *(u64 *)(r6 +0)\nr1 &= 3\nr1 <<= 2\nr0 += r1\nr1 = *(u32 *)(r0 +0)\n" OUT, ""},
    {"bounds checked on a copy", kKprobe,
     "r6 = r1\n" VALUE "r1 = *(u64 *)(r6 +0)\nr2 = r1\nif r2 > 15 goto out\nr0 += r1\nr1 = *(u8 *)(r0 +0)\n" OUT, ""},
    {"bounds checked on a copy that changed", kKprobe,
     "r6 = r1\n" VALUE
     "r1 = *(u64 *)(r6 +0)\nr2 = r1\nr2 += 1\nif r2 > 15 goto out\nr0 += r1\nr1 = *(u8 *)(r0 +0)\n" OUT,
     "OffsetUnbounded"},
    {"bounds checked in memory", kKprobe,
     "r6 = r1\n" VALUE "r1 = *(u64 *)(r6 +0)\n*(u64 *)(r10 -16) = r1\nif r1 > 15 goto out\nr2 = *(u64 *)(r10 -16)\nr0 "
     "+= r2\nr1 = *(u8 *)(r0 +0)\n" OUT,
     ""},
    {"32-bit check of a 64-bit index", kKprobe,
     "r6 = r1\n" VALUE "r1 = *(u64 *)(r6 +0)\nif w1 > 15 goto out\nr0 += r1\nr1 = *(u8 *)(r0 +0)\n" OUT,
     "OffsetUnbounded"},
    {"32-bit check of a 32-bit index", kKprobe,
     "r6 = r1\n" VALUE "r1 = *(u32 *)(r6 +0)\nif w1 > 15 goto out\nr0 += r1\nr1 = *(u8 *)(r0 +0)\n" OUT, ""},
    {"check by a register", kKprobe,
     "r6 = r1\n" VALUE "r1 = *(u64 *)(r6 +0)\nr2 = 16\nif r1 >= r2 goto out\nr0 += r1\nr1 = *(u8 *)(r0 +0)\n" OUT, ""},
    {"check by a bounded register", kKprobe,
     "r6 = r1\n" VALUE
     "r1 = *(u64 *)(r6 +0)\nr2 = *(u8 *)(r6 +8)\nr2 &= 15\nif r1 > r2 goto out\nr0 += r1\nr1 = *(u8 *)(r0 +0)\n" OUT,
     ""},
    {"sum of two bounded indices", kKprobe,
     "r6 = r1\n" VALUE
     "r1 = *(u8 *)(r6 +0)\nr1 &= 7\nr2 = *(u8 *)(r6 +8)\nr2 &= 7\nr0 += r1\nr0 += r2\nr1 = *(u8 *)(r0 +1)\n" OUT,
     ""},
    {"sum of two bounded indices, too large", kKprobe,
     "r6 = r1\n" VALUE
     "r1 = *(u8 *)(r6 +0)\nr1 &= 7\nr2 = *(u8 *)(r6 +8)\nr2 &= 15\nr0 += r1\nr0 += r2\nr1 = *(u8 *)(r0 +0)\n" OUT,
     "MaxOutside"},
    {"huge constant", kKprobe, VALUE "r1 = 536870912 ll\nr0 += r1\nr1 = *(u8 *)(r0 +0)\n" OUT, "OffsetConstant",
     "math between map_value pointer and 536870912 is not allowed"},
    {"-1 as a pointer offset", kKprobe, VALUE "r1 = 4294967295 ll\nr0 += r1\nr1 = *(u8 *)(r0 +0)\n" OUT,
     "OffsetConstant", "math between map_value pointer and 4294967295 is not allowed"},
    {"many moves", kKprobe, VALUE "r0 += 536870911\nr0 += 536870911\nr0 += 536870911\nr1 = *(u8 *)(r0 +0)\n" OUT,
     "OffsetFixed"},
    {"scalar plus pointer", kKprobe, VALUE "r1 = 8\nr1 += r0\nr1 = *(u64 *)(r1 +0)\n" OUT, ""},
    {"scalar minus pointer", kKprobe, VALUE "r1 = 8\nr1 -= r0\n" OUT, "ScalarMinusPointer"},
    {"pointer minus pointer is a number", kKprobe, VALUE "r1 = r0\nr1 -= r0\nr1 = *(u8 *)(r1 +0)\n" OUT, "NotAPointer"},
    {"pointer plus pointer", kKprobe, VALUE "r0 += r0\n" OUT, "PointerPair"},
    {"pointer and", kKprobe, VALUE "r0 &= 8\n" OUT, "PointerBitwise"},
    {"pointer times", kKprobe, VALUE "r0 *= 8\n" OUT, "PointerOperator"},
    {"pointer shifted", kKprobe, VALUE "r0 <<= 1\n" OUT, "PointerOperator"},
    {"32-bit add to a pointer", kKprobe, VALUE "w0 += 8\n" OUT, "PointerAlu32"},
    {"32-bit copy is a number", kKprobe, VALUE "w1 = w0\nr1 = *(u8 *)(r1 +0)\n" OUT, "NotAPointer"},
    {"negated pointer is a number", kKprobe, VALUE "r0 = -r0\nr1 = *(u8 *)(r0 +0)\n" OUT, "NotAPointer"},
    {"swapped pointer is a number", kKprobe, VALUE "r0 = be64 r0\nr1 = *(u8 *)(r0 +0)\n" OUT, "NotAPointer"},
    {"sign-extended pointer is a number", kKprobe, VALUE "r1 = (s32)r0\nr1 = *(u8 *)(r1 +0)\n" OUT, "NotAPointer"},
    {"pointer stored in a map value", kKprobe, VALUE "*(u64 *)(r0 +0) = r10\n" OUT, ""},
    {"pointer read back from a map value is a number", kKprobe,
     VALUE "*(u64 *)(r0 +0) = r10\nr1 = *(u64 *)(r0 +0)\nr2 = *(u64 *)(r1 -8)\n" OUT, "NotAPointer"},
    {"direct value", kKprobe, "r1 = map_value 4 56 ll\nr0 = *(u64 *)(r1 +0)\nexit", ""},
    {"direct value beyond", kKprobe, "r1 = map_value 4 57 ll\nr0 = *(u64 *)(r1 +0)\nexit", "MinOutside"},
    {"write to read-only map", kKprobe, "r1 = map_value 2 0 ll\n*(u64 *)(r1 +0) = 1\nr0 = 0\nexit", "MapWriteForbidden",
     "write into map forbidden, value_size=16 off=0 size=8"},
    {"atomic on read-only map", kKprobe, "r1 = map_value 2 0 ll\nr2 = 1\nlock *(u64 *)(r1 +0) += r2\nr0 = 0\nexit",
     "MapWriteForbidden"},
    {"read of write-only map", kKprobe, "r1 = map_value 3 0 ll\nr0 = *(u64 *)(r1 +0)\nexit", "MapReadForbidden"},
    {"write to write-only map", kKprobe, "r1 = map_value 3 0 ll\n*(u64 *)(r1 +0) = 1\nr0 = 0\nexit", ""},
    {"frozen value is a constant", kKprobe,
     "r1 = map_value 2 0 ll\nr2 = *(u8 *)(r1 +7)\nif r2 == 17 goto a\nr0 = *(u64 *)(r2 +0)\na:\nr0 = 0\nexit", ""},
    {"the map itself is not memory", kKprobe, "r1 = map_fd 0 ll\nr0 = *(u64 *)(r1 +0)\nexit", "NotAPointer",
     "R1 invalid mem access 'map_ptr'"},
    {"arithmetic on the map", kKprobe, "r1 = map_fd 0 ll\nr1 += 8\nr0 = 0\nexit", "PointerMath"},
    {"access through a number", kKprobe, "r1 = 4096\nr0 = *(u64 *)(r1 +0)\nexit", "NotAPointer"},
    {"access through NULL", kKprobe, "r1 = 0\nr0 = *(u64 *)(r1 +0)\nexit", "NotAPointer"},
    {"index from a loop", kKprobe,
     VALUE "r6 = r0\nr7 = 0\na:\nr1 = r6\nr1 += r7\nr2 = *(u8 *)(r1 +0)\nr7 += 1\nif r7 < 16 goto a\n" OUT, ""},
    {"index from a loop, once too often", kKprobe,
     VALUE "r6 = r0\nr7 = 0\na:\nr1 = r6\nr1 += r7\nr2 = *(u8 *)(r1 +0)\nr7 += 1\nif r7 <= 16 goto a\n" OUT,
     "MinOutside"},
    {"sum with overflow", kKprobe,
     "r6 = r1\n" VALUE
     "r1 = *(u64 *)(r6 +0)\nr2 = r1\nr2 += 8\nif r2 > 16 goto out\nr0 += r1\nr1 = *(u8 *)(r0 +0)\n" OUT,
     "OffsetUnbounded"},
    {"multiplied index that overflows", kKprobe,
     "r6 = r1\n" VALUE "r1 = *(u64 *)(r6 +0)\nr1 *= 2\nif r1 > 14 goto out\nr0 += r1\nr1 = *(u16 *)(r0 +0)\n" OUT, ""},
    {"divided index", kKprobe, "r6 = r1\n" VALUE "r1 = *(u8 *)(r6 +0)\nr1 /= 16\nr0 += r1\nr1 = *(u8 *)(r0 +0)\n" OUT,
     ""},
    {"index modulo", kKprobe, "r6 = r1\n" VALUE "r1 = *(u64 *)(r6 +0)\nr1 %= 16\nr0 += r1\nr1 = *(u8 *)(r0 +0)\n" OUT,
     ""},
    {"atomic add on a map value", kKprobe, VALUE "r1 = 1\nlock *(u64 *)(r0 +8) += r1\n" OUT, ""},
    {"atomic on a misaligned map value", kKprobe, VALUE "r1 = 1\nlock *(u64 *)(r0 +4) += r1\n" OUT, "Misaligned",
     "misaligned value access off"},
    {"store to a misaligned map value", kKprobe, VALUE "r1 = 1\n*(u64 *)(r0 +4) = r1\n" OUT, ""},
    {"atomic beyond a map value", kKprobe, VALUE "r1 = 1\nlock *(u64 *)(r0 +16) += r1\n" OUT, "MinOutside"},
    {"fetched value is unknown", kKprobe,
     VALUE "r1 = 1\nr1 = atomic64_fetch_add((u64 *)(r0 +0), r1)\nr0 += r1\nr2 = *(u8 *)(r0 +0)\n" OUT,
     "OffsetUnbounded"},
    {"cmpxchg replaces r0", kKprobe,
     VALUE
     "r6 = r0\nr0 = 0\nr1 = 1\nr0 = atomic64_cmpxchg((u64 *)(r6 +0), r0, r1)\nr6 += r0\nr2 = *(u8 *)(r6 +0)\n" OUT,
     "OffsetUnbounded"},
};

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

constexpr Case kContext[] = {
    {"pt_regs", kKprobe, "r0 = *(u64 *)(r1 +80)\nexit", ""},
    {"pt_regs, last", kKprobe, "r0 = *(u64 *)(r1 +280)\nexit", ""},
    {"pt_regs, part", kKprobe, "r0 = *(u32 *)(r1 +84)\nexit", ""},
    {"beyond pt_regs", kKprobe, "r0 = *(u64 *)(r1 +288)\nexit", "ContextAccess",
     "invalid bpf_context access off=288 size=8"},
    {"before pt_regs", kKprobe, "r0 = *(u64 *)(r1 -8)\nexit", "ContextAccess"},
    {"misaligned pt_regs", kKprobe, "r0 = *(u64 *)(r1 +4)\nexit", "ContextAccess"},
    {"writing pt_regs", kKprobe, "r0 = 0\n*(u64 *)(r1 +0) = r0\nexit", "ContextAccess"},
    {"storing an immediate to the context", kKprobe, "*(u64 *)(r1 +0) = 0\nr0 = 0\nexit", "ContextAccess"},
    {"moved context pointer", kKprobe, "r1 += 8\nr0 = *(u64 *)(r1 +0)\nexit", "ContextModified",
     "dereference of modified ctx ptr R1 off=8 disallowed"},
    {"context pointer moved and moved back", kKprobe, "r1 += 8\nr1 += -8\nr0 = *(u64 *)(r1 +0)\nexit", ""},
    {"variable context offset", kKprobe, "r2 = *(u64 *)(r1 +0)\nr2 &= 8\nr1 += r2\nr0 = *(u64 *)(r1 +0)\nexit",
     "ContextVariable", "variable ctx access var_off=(0x0; 0x8) disallowed"},
    {"tracepoint record", kTracepoint, "r0 = *(u64 *)(r1 +8)\nexit", ""},
    {"tracepoint's first word", kTracepoint, "r0 = *(u64 *)(r1 +0)\nexit", "ContextAccess"},
    {"tracepoint's end", kTracepoint, "r0 = *(u64 *)(r1 +8184)\nexit", ""},
    {"beyond a tracepoint's end", kTracepoint, "r0 = *(u64 *)(r1 +8192)\nexit", "ContextAccess"},
    {"raw tracepoint argument", kRawTracepoint, "r0 = *(u64 *)(r1 +88)\nexit", ""},
    {"raw tracepoint, too many", kRawTracepoint, "r0 = *(u64 *)(r1 +96)\nexit", "ContextAccess"},
    {"perf event registers", kPerfEvent, "r0 = *(u64 *)(r1 +248)\nexit", ""},
    {"perf event registers in part", kPerfEvent, "r0 = *(u32 *)(r1 +248)\nexit", "ContextAccess"},
    {"perf event sample_period in part", kPerfEvent, "r0 = *(u32 *)(r1 +256)\nexit", ""},
    {"beyond perf event", kPerfEvent, "r0 = *(u64 *)(r1 +272)\nexit", "ContextAccess"},
    {"skb len", kFilter, "r0 = *(u32 *)(r1 +0)\nexit", ""},
    {"skb len, one byte", kFilter, "r0 = *(u8 *)(r1 +3)\nexit", ""},
    {"skb len, 8 bytes", kFilter, "r0 = *(u64 *)(r1 +0)\nexit", "ContextAccess"},
    {"skb len is read-only", kFilter, "r2 = 1\n*(u32 *)(r1 +0) = r2\nr0 = 0\nexit", "ContextAccess"},
    {"skb cb", kFilter, "r2 = 1\n*(u32 *)(r1 +48) = r2\nr0 = *(u32 *)(r1 +48)\nexit", ""},
    {"skb cb, 8 bytes", kFilter, "r2 = 1\n*(u64 *)(r1 +56) = r2\nr0 = *(u64 *)(r1 +48)\nexit", ""},
    {"skb cb, 8 bytes over the end", kFilter, "r2 = 1\n*(u64 *)(r1 +64) = r2\nr0 = 0\nexit", "ContextAccess"},
    {"skb data", kFilter, "r0 = *(u32 *)(r1 +76)\nexit", "ContextAccess"},
    {"skb tc_classid", kFilter, "r0 = *(u32 *)(r1 +72)\nexit", "ContextAccess"},
    {"skb napi_id", kFilter, "r0 = *(u32 *)(r1 +84)\nexit", ""},
    {"skb family", kFilter, "r0 = *(u32 *)(r1 +88)\nexit", "ContextAccess"},
    {"skb tstamp", kFilter, "r0 = *(u64 *)(r1 +152)\nexit", "ContextAccess"},
    {"skb gso_segs", kFilter, "r0 = *(u32 *)(r1 +164)\nexit", ""},
    {"skb padding", kFilter, "r0 = *(u8 *)(r1 +181)\nexit", "ContextAccess"},
    {"packet byte", kFilter, "r6 = r1\nr0 = *(u8 *)skb[0]\nexit", ""},
    {"packet word, indirect", kFilter, "r6 = r1\nr7 = 5\nr0 = *(u32 *)skb[r7 + 2]\nexit", ""},
    {"packet without r6", kFilter, "r0 = *(u8 *)skb[0]\nexit", "UninitRegister"},
    {"packet with another r6", kFilter, "r6 = 1\nr0 = *(u8 *)skb[0]\nexit", "PacketContext"},
    {"packet load destroys r1", kFilter, "r6 = r1\nr0 = *(u8 *)skb[0]\nr0 = r1\nexit", "UninitRegister"},
    {"packet in a kprobe", kKprobe, "r6 = r1\nr0 = *(u8 *)skb[0]\nexit", "PacketProgram"},
    {"syscall context", kSyscall, "r2 = 1\n*(u64 *)(r1 +0) = r2\nr0 = *(u64 *)(r1 +8)\nexit", ""},
    {"fentry must return 0", kTracing, "r0 = *(u64 *)(r1 +0)\nr0 = 0\nexit", ""},
};

constexpr Case kCalls[] = {
    {"unknown helper", kKprobe, "call 9999\nr0 = 0\nexit", "HelperUnknown", "invalid func unknown#9999"},
    {"helper 0", kKprobe, "call 0\nr0 = 0\nexit", "HelperUnknown"},
    {"helper of another program type", kKprobe, "r2 = 0\nr3 = r10\nr4 = 1\ncall 26\nr0 = 0\nexit", "HelperProgramType",
     "unknown func bpf_skb_load_bytes#26"},
    {"lookup without a key", kKprobe, "r1 = map_fd 0 ll\nr2 = r10\nr2 += -4\ncall 1\nr0 = 0\nexit", "StackUninitRange",
     "invalid indirect read from stack R2 off -4+0 size 4"},
    {"lookup with half a key", kKprobe,
     "*(u32 *)(r10 -8) = 0\nr1 = map_fd 1 ll\nr2 = r10\nr2 += -8\ncall 1\nr0 = 0\nexit", "StackUninitRange",
     "invalid indirect read from stack R2 off -8+4 size 8"},
    {"lookup with the key's second half set apart", kKprobe,
     "*(u32 *)(r10 -8) = 0\n*(u32 *)(r10 -4) = 0\nr1 = map_fd 1 ll\nr2 = r10\nr2 += -8\ncall 1\nr0 = 0\nexit", ""},
    {"lookup with a number as map", kKprobe, "r1 = 0\nr2 = r10\ncall 1\nr0 = 0\nexit", "ArgumentType",
     "R1 type=scalar expected=map_ptr"},
    {"lookup with a number as key", kKprobe, "r1 = map_fd 0 ll\nr2 = 0\ncall 1\nr0 = 0\nexit", "ArgumentType",
     "R2 type=scalar expected=fp"},
    {"lookup with the key above the stack", kKprobe, "r1 = map_fd 0 ll\nr2 = r10\ncall 1\nr0 = 0\nexit", "StackBounds"},
    {"key inside a map value", kKprobe, VALUE "r2 = r0\nr1 = map_fd 1 ll\ncall 1\n" OUT, ""},
    {"key at a map value's end", kKprobe, VALUE "r2 = r0\nr2 += 9\nr1 = map_fd 1 ll\ncall 1\n" OUT, "MinOutside"},
    {"key in or_null memory", kKprobe, LOOKUP "r2 = r0\nr1 = map_fd 1 ll\ncall 1\nr0 = 0\nexit", "ArgumentOrNull"},
    {"update", kKprobe,
     "*(u64 *)(r10 -8) = 0\n*(u64 *)(r10 -16) = 0\nr1 = map_fd 1 ll\nr2 = r10\nr2 += -8\nr3 = r10\nr3 += -16\nr4 = "
     "0\ncall 2\nr0 = 0\nexit",
     ""},
    {"update without flags", kKprobe,
     "*(u64 *)(r10 -8) = 0\nr1 = map_fd 1 ll\nr2 = r10\nr2 += -8\nr3 = r2\ncall 2\nr0 = 0\nexit", "UninitRegister"},
    {"update of a read-only map", kKprobe,
     "*(u64 *)(r10 -8) = 0\n*(u64 *)(r10 -16) = 0\nr1 = map_fd 2 ll\nr2 = r10\nr2 += -16\nr3 = r2\nr4 = 0\ncall 2\nr0 "
     "= 0\nexit",
     "MapHelperWrite", "write into map forbidden"},
    {"perf_event_output to an array", kKprobe,
     "*(u64 *)(r10 -8) = 0\nr2 = map_fd 0 ll\nr3 = 0\nr4 = r10\nr4 += -8\nr5 = 8\ncall 25\nr0 = 0\nexit",
     "MapHelperPair", "cannot pass map_type 2 into func bpf_perf_event_output#25"},
    {"probe_read", kKprobe, "r3 = *(u64 *)(r1 +0)\nr1 = r10\nr1 += -8\nr2 = 8\ncall 113\nr0 = *(u64 *)(r10 -8)\nexit",
     ""},
    {"probe_read over the top", kKprobe, "r3 = *(u64 *)(r1 +0)\nr1 = r10\nr1 += -8\nr2 = 9\ncall 113\nr0 = 0\nexit",
     "StackBounds"},
    {"probe_read of a negative size", kKprobe,
     "r3 = *(u64 *)(r1 +0)\nr1 = r10\nr1 += -8\nr2 = -1\ncall 113\nr0 = 0\nexit", "SizeNegative",
     "R2 min value is negative, either use unsigned or 'var &= const'"},
    {"probe_read of an unknown size", kKprobe,
     "r3 = *(u64 *)(r1 +0)\nr2 = r3\nr1 = r10\nr1 += -8\ncall 113\nr0 = 0\nexit", "SizeNegative"},
    {"probe_read of a 32-bit size", kKprobe,
     "r3 = *(u32 *)(r1 +0)\nr2 = r3\nr1 = map_value 4 0 ll\ncall 113\nr0 = 0\nexit", "SizeUnbounded",
     "R2 unbounded memory access, use 'var &= const' or 'if (var < const)'"},
    {"probe_read of a bounded size into a map", kKprobe,
     "r3 = *(u32 *)(r1 +0)\nr2 = r3\nr2 &= 63\nr1 = map_value 4 0 ll\ncall 113\nr0 = 0\nexit", ""},
    {"probe_read one byte too many into a map", kKprobe,
     "r3 = *(u32 *)(r1 +0)\nr2 = r3\nr2 &= 127\nr1 = map_value 4 0 ll\ncall 113\nr0 = 0\nexit", "MinOutside"},
    {"probe_read of size 0", kKprobe, "r3 = 0\nr1 = r10\nr1 += -8\nr2 = 0\ncall 113\nr0 = 0\nexit", ""},
    {"probe_read of variable size into uninitialised stack", kKprobe,
     "r3 = *(u64 *)(r1 +0)\nr2 = r3\nr2 &= 7\nr1 = r10\nr1 += -8\ncall 113\nr0 = 0\nexit", "StackUninitRange"},
    {"probe_read of variable size into initialised stack", kKprobe,
     "r3 = *(u64 *)(r1 +0)\n*(u64 *)(r10 -8) = 0\nr2 = r3\nr2 &= 7\nr1 = r10\nr1 += -8\ncall 113\nr0 = *(u64 *)(r10 "
     "-8)\nexit",
     ""},
    {"probe_read into a number", kKprobe, "r3 = 0\nr1 = 0\nr2 = 8\ncall 113\nr0 = 0\nexit", "ArgumentType"},
    {"probe_read into read-only map", kKprobe, "r3 = 0\nr1 = map_value 2 0 ll\nr2 = 8\ncall 113\nr0 = 0\nexit",
     "MapWriteForbidden"},
    {"zeros that a helper overwrites are no constant", kKprobe,
     "*(u64 *)(r10 -8) = 0\nr3 = 0\nr1 = r10\nr1 += -8\nr2 = 8\ncall 113\n"
     "r1 = *(u64 *)(r10 -8)\nif r1 == 0 goto a\nr0 = *(u64 *)(r1 +0)\na:\nr0 = 0\nexit",
     "NotAPointer"},
    {"length of a string as index", kKprobe,
     "r3 = 0\nr1 = map_value 4 0 ll\nr2 = 32\ncall 115\nif r0 s< 0 goto a\nr1 = map_value 4 0 ll\nr1 += r0\n*(u8 *)(r1 "
     "+31) = 0\na:\nr0 = 0\nexit",
     ""},
    {"length of a string as index, too far", kKprobe,
     "r3 = 0\nr1 = map_value 4 0 ll\nr2 = 32\ncall 115\nif r0 s< 0 goto a\nr1 = map_value 4 0 ll\nr1 += r0\n*(u8 *)(r1 "
     "+32) = 0\na:\nr0 = 0\nexit",
     "MaxOutside"},
    {"trace_printk", kKprobe, "*(u64 *)(r10 -8) = 0\nr1 = r10\nr1 += -8\nr2 = 8\ncall 6\nr0 = 0\nexit", ""},
    {"trace_printk of nothing", kKprobe, "*(u64 *)(r10 -8) = 0\nr1 = r10\nr1 += -8\nr2 = 0\ncall 6\nr0 = 0\nexit",
     "ZeroSize"},
    {"get_current_comm", kKprobe, "r1 = r10\nr1 += -16\nr2 = 16\ncall 16\nr0 = *(u64 *)(r10 -16)\nexit", ""},
    {"string of a frozen map", kKprobe,
     "*(u64 *)(r10 -8) = 0\nr1 = r10\nr1 += -8\nr2 = 8\nr3 = map_value 2 8 ll\ncall 182\nr0 = 0\nexit", ""},
    {"string of a map that can change", kKprobe,
     "*(u64 *)(r10 -8) = 0\nr1 = r10\nr1 += -8\nr2 = 8\nr3 = map_value 4 8 ll\ncall 182\nr0 = 0\nexit", "ArgumentType"},
    {"moved context to a helper", kKprobe, "r1 += 8\nr2 = 0\nr3 = 0\ncall 67\nr0 = 0\nexit", "ContextModified"},
};

// What an attacker would try against the abstract state itself.
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
    {"32-bit wrap", kKprobe,
     "r6 = r1\n" VALUE "r1 = *(u8 *)(r6 +0)\nw1 += -8\nif w1 > 7 goto out\nr0 += r1\nr1 = *(u64 *)(r0 +0)\n" OUT, ""},
    {"64-bit shift of a 32-bit bound", kKprobe,
     "r6 = r1\n" VALUE
     "r1 = *(u64 *)(r6 +0)\nif w1 > 7 goto out\nr1 <<= 32\nr1 >>= 32\nr0 += r1\nr1 = *(u64 *)(r0 +0)\n" OUT,
     ""},
    {"arithmetic shift of a 32-bit bound", kKprobe,
     "r6 = r1\n" VALUE
     "r1 = *(u64 *)(r6 +0)\nif w1 s> 7 goto out\nr1 <<= 32\nr1 s>>= 32\nr0 += r1\nr1 = *(u8 *)(r0 +0)\n" OUT,
     "OffsetHuge"},
};

}  // namespace

TEST_CASE("verifier cases: structure", "[verifier]") { check_cases(kStructure, std::size(kStructure)); }
TEST_CASE("verifier cases: registers", "[verifier]") { check_cases(kRegisters, std::size(kRegisters)); }
TEST_CASE("verifier cases: map values", "[verifier]") { check_cases(kMapValues, std::size(kMapValues)); }
TEST_CASE("verifier cases: stack", "[verifier]") { check_cases(kStack, std::size(kStack)); }
TEST_CASE("verifier cases: context", "[verifier]") { check_cases(kContext, std::size(kContext)); }
TEST_CASE("verifier cases: calls", "[verifier]") { check_cases(kCalls, std::size(kCalls)); }
TEST_CASE("verifier cases: adversarial", "[verifier]") { check_cases(kAdversarial, std::size(kAdversarial)); }

TEST_CASE("verifier cases: licence and attach type", "[verifier]") {
  const std::string_view printk = "*(u64 *)(r10 -8) = 0\nr1 = r10\nr1 += -8\nr2 = 8\ncall 6\nr0 = 0\nexit";
  CHECK(run_verifier(printk, {.gpl = true}).accepted);
  const Verdict refused = run_verifier(printk, {.gpl = false});
  CHECK_FALSE(refused.accepted);
  CHECK(refused.rejection.error == skep::Errno::kEINVAL);
  CHECK(refused.log.find("cannot call GPL-restricted function from non-GPL compatible program") != std::string::npos);

  const Options fentry{.prog_type = BPF_PROG_TYPE_TRACING, .attach_type = BPF_TRACE_FENTRY};
  CHECK(run_verifier("r0 = 0\nexit", fentry).accepted);
  CHECK_FALSE(run_verifier("r0 = 1\nexit", fentry).accepted);
  CHECK_FALSE(run_verifier("r0 = *(u64 *)(r1 +0)\nexit", fentry).accepted);
}

TEST_CASE("verifier cases: a helper without a function is refused by name unless only judged", "[verifier]") {
  const std::string_view stack_id = "r2 = r10\nr2 += -8\nr3 = 8\nr4 = 0\ncall 67\nr0 = 0\nexit";
  CHECK(run_verifier(stack_id, {.judge_only = true}).accepted);
  const Verdict refused = run_verifier(stack_id, {.judge_only = false});
  CHECK_FALSE(refused.accepted);
  CHECK(refused.log.find("func bpf_get_stack#67 is not available in this kernel") != std::string::npos);
}
