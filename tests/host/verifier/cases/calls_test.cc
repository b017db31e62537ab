// Helper calls: arguments, sizes, maps.
#include "tests/host/verifier/cases/cases.h"

using namespace skep::verifier_test;

namespace {

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
    {"no bytes at the end of the stack", kKprobe, "r1 = r10\nr2 = 0\nr3 = 0\ncall 4\nr0 = 0\nexit", "StackBounds"},
    {"no bytes at the start of the stack", kKprobe, "r1 = r10\nr1 += -512\nr2 = 0\nr3 = 0\ncall 4\nr0 = 0\nexit", ""},
    {"no bytes somewhere around the stack", kKprobe,
     "*(u64 *)(r10 -8) = 0\nr3 = *(u64 *)(r1 +0)\nr3 &= 8\nr1 = r10\nr1 += -8\nr1 += r3\nr2 = 0\nr3 = 0\ncall 4\n"
     "r0 = 0\nexit",
     "StackBoundsVariable"},
    {"no bytes somewhere on the stack", kKprobe,
     "*(u64 *)(r10 -16) = 0\n*(u64 *)(r10 -8) = 0\nr3 = *(u64 *)(r1 +0)\nr3 &= 8\nr1 = r10\nr1 += -16\nr1 += r3\n"
     "r2 = 0\nr3 = 0\ncall 4\nr0 = 0\nexit",
     ""},
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
     "ZeroSize", "invalid zero-sized read"},
    {"trace_printk of nothing in a map", kKprobe, VALUE "r1 = r0\nr2 = 0\ncall 6\n" OUT, "MinOutside",
     "invalid access to map value, value_size=16 off=0 size=0"},
    {"trace_printk of what may be nothing in a map", kKprobe,
     VALUE "r6 = r0\n" UNKNOWN "r0 &= 7\nr1 = r6\nr2 = r0\ncall 6\n" OUT, "MinOutside"},
    {"trace_printk of something in a map", kKprobe,
     VALUE "r6 = r0\n" UNKNOWN "r0 &= 7\nr0 |= 1\nr1 = r6\nr2 = r0\ncall 6\n" OUT, ""},
    {"get_current_comm", kKprobe, "r1 = r10\nr1 += -16\nr2 = 16\ncall 16\nr0 = *(u64 *)(r10 -16)\nexit", ""},
    {"string of a frozen map", kKprobe,
     "*(u64 *)(r10 -8) = 0\nr1 = r10\nr1 += -8\nr2 = 8\nr3 = map_value 2 8 ll\ncall 182\nr0 = 0\nexit", ""},
    {"string of a map that can change", kKprobe,
     "*(u64 *)(r10 -8) = 0\nr1 = r10\nr1 += -8\nr2 = 8\nr3 = map_value 4 8 ll\ncall 182\nr0 = 0\nexit", "ArgumentType"},
    {"moved context to a helper", kKprobe, "r1 += 8\nr2 = 0\nr3 = 0\ncall 67\nr0 = 0\nexit", "ContextModified"},
};

}  // namespace

TEST_CASE("verifier cases: calls", "[verifier]") { check_cases(kCalls, std::size(kCalls)); }
