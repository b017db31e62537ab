// Dynamic pointers: made, used, given back; their stack and the memory behind them.
#include "tests/host/verifier/cases/cases.h"

using namespace skep::verifier_test;

namespace {

// fp-16: a dynptr of the 64 bytes of map 4.
#define FROM_MEM "r1 = map_value 4 0 ll\nr2 = 64\nr3 = 0\nr4 = r10\nr4 += -16\ncall 197\n"
// fp-16: one of a ring buffer's record.
#define RESERVE "r1 = map_fd 7 ll\nr2 = 32\nr3 = 0\nr4 = r10\nr4 += -16\ncall 198\n"
#define IT "r1 = r10\nr1 += -16\n"
#define SUBMIT IT "r2 = 0\ncall 199\n"
#define DISCARD IT "r2 = 0\ncall 200\n"
// r0 = 8 bytes of it, or NULL.
#define DATA IT "r2 = 0\nr3 = 8\ncall 203\n"
#define READ "r1 = r10\nr1 += -32\nr2 = 8\nr3 = r10\nr3 += -16\nr4 = 0\nr5 = 0\ncall 201\n"
#define WRITE "*(u64 *)(r10 -32) = 1\n" IT "r2 = 0\nr3 = r10\nr3 += -32\nr4 = 8\nr5 = 0\ncall 202\n"
#define END "r0 = 0\nexit\n"

constexpr Case kDynptrs[] = {
    {"a dynptr of a map's value", kKprobe, FROM_MEM END, ""},
    {"read through it", kKprobe, FROM_MEM READ "r0 = *(u64 *)(r10 -32)\n" END, ""},
    {"written through it", kKprobe, FROM_MEM WRITE END, ""},
    {"a dynptr of the stack", kKprobe,
     "*(u64 *)(r10 -32) = 0\nr1 = r10\nr1 += -32\nr2 = 8\nr3 = 0\nr4 = r10\nr4 += -16\ncall 197\n" END, "DynptrMemory",
     "Unsupported reg type fp for bpf_dynptr_from_mem data"},
    {"a dynptr beyond the value", kKprobe,
     "r1 = map_value 4 0 ll\nr2 = 65\nr3 = 0\nr4 = r10\nr4 += -16\ncall 197\n" END, "MinOutside"},
    {"a dynptr at an odd place", kKprobe, "r1 = map_value 4 0 ll\nr2 = 64\nr3 = 0\nr4 = r10\nr4 += -20\ncall 197\n" END,
     "DynptrOffset", "cannot pass in dynptr at an offset=-20"},
    {"a dynptr that leaves the stack", kKprobe,
     "r1 = map_value 4 0 ll\nr2 = 64\nr3 = 0\nr4 = r10\nr4 += -8\ncall 197\n" END, "DynptrOffset"},
    {"a dynptr at a variable place", kKprobe,
     UNKNOWN "r0 &= 8\nr1 = map_value 4 0 ll\nr2 = 64\nr3 = 0\nr4 = r10\nr4 += -32\nr4 += r0\ncall 197\n" END,
     "DynptrVariable", "dynptr has to be at a constant offset"},
    {"a dynptr in a map's value", kKprobe,
     "r1 = map_value 4 0 ll\nr2 = 64\nr3 = 0\nr4 = map_value 4 0 ll\ncall 197\n" END, "ArgumentType",
     "R4 type=map_value expected=fp"},

    {"nothing made it", kKprobe, "*(u64 *)(r10 -16) = 0\n*(u64 *)(r10 -8) = 0\n" READ END, "DynptrUninit",
     "Expected an initialized dynptr as arg #3"},
    {"made on one path", kKprobe, UNKNOWN "if r0 == 0 goto a\n" FROM_MEM "a:\n" READ END, "DynptrUninit"},
    {"its second half", kKprobe, FROM_MEM "r1 = r10\nr1 += -8\nr2 = 0\nr3 = 8\ncall 203\n" END, "DynptrOffset"},
    {"between two of them", kKprobe,
     FROM_MEM "r1 = map_value 4 0 ll\nr2 = 64\nr3 = 0\nr4 = r10\nr4 += -32\ncall 197\n"
              "r1 = r10\nr1 += -24\nr2 = 0\nr3 = 8\ncall 203\n" END,
     "DynptrUninit"},
    {"overwritten in part", kKprobe, FROM_MEM "*(u8 *)(r10 -9) = 1\n" READ END, "DynptrUninit"},
    {"overwritten by a helper", kKprobe, FROM_MEM "r1 = r10\nr1 += -24\nr2 = 16\nr3 = 0\ncall 113\n" READ END,
     "DynptrUninit"},
    {"overwritten by another", kKprobe, FROM_MEM FROM_MEM READ END, ""},
    {"overwritten at a variable place", kKprobe,
     "*(u64 *)(r10 -24) = 0\n" FROM_MEM UNKNOWN
     "r0 &= 8\nr1 = r10\nr1 += -24\nr1 += r0\n*(u64 *)(r1 +0) = 0\n" READ END,
     "DynptrUninit"},
    {"its bytes loaded", kKprobe, FROM_MEM "r0 = *(u64 *)(r10 -16)\n" END, "StackUninit"},
    {"its last byte loaded", kKprobe, FROM_MEM "r0 = *(u8 *)(r10 -1)\n" END, "StackUninit"},
    {"its bytes as a helper's input", kKprobe,
     FROM_MEM "r1 = map_fd 7 ll\nr2 = r10\nr2 += -16\nr3 = 16\nr4 = 0\ncall 130\n" END, "StackUninitRange"},

    {"a record submitted", kKprobe, RESERVE SUBMIT END, ""},
    {"a record discarded", kKprobe, RESERVE DISCARD END, ""},
    {"a record written and submitted", kKprobe, RESERVE WRITE SUBMIT END, ""},
    {"a record kept", kKprobe, RESERVE END, "ReferenceLeak"},
    {"a record submitted on one path", kKprobe, RESERVE UNKNOWN "if r0 == 0 goto a\n" SUBMIT "a:\n" END,
     "ReferenceLeak"},
    {"a record submitted twice", kKprobe, RESERVE SUBMIT SUBMIT END, "DynptrNotAcquired",
     "arg 1 is an unacquired reference"},
    {"no record submitted", kKprobe, FROM_MEM SUBMIT END, "DynptrNotAcquired"},
    {"a record's dynptr overwritten", kKprobe, RESERVE "*(u64 *)(r10 -16) = 0\n" SUBMIT END, "DynptrOverwritten",
     "cannot overwrite referenced dynptr"},
    {"a record's dynptr made once more", kKprobe, RESERVE RESERVE SUBMIT END, "DynptrOverwritten"},
    {"read after its submission", kKprobe, RESERVE SUBMIT READ END, "DynptrUninit"},
    {"two records", kKprobe,
     RESERVE "r1 = map_fd 7 ll\nr2 = 32\nr3 = 0\nr4 = r10\nr4 += -48\ncall 198\n" SUBMIT
             "r1 = r10\nr1 += -48\nr2 = 0\ncall 200\n" END,
     ""},
    {"a record that a function submits", kKprobe, RESERVE IT "call f\n" END "f:\nr2 = 0\ncall 199\nr0 = 0\nexit\n", ""},
    {"a record that a function reserves for itself", kKprobe, "call f\n" END "f:\n" RESERVE "r0 = 0\nexit\n",
     "ReferenceLeak"},
    {"a loop that reserves and submits", kKprobe,
     "r6 = 0\nagain:\n" RESERVE SUBMIT "r6 += 1\nif r6 < 100 goto again\n" END, ""},

    {"a slice", kKprobe, FROM_MEM DATA "if r0 == 0 goto a\nr1 = *(u64 *)(r0 +0)\n*(u64 *)(r0 +0) = 1\na:\n" END, ""},
    {"a slice that may not be there", kKprobe, FROM_MEM DATA "r1 = *(u64 *)(r0 +0)\n" END, "NullPointer"},
    {"beyond a slice", kKprobe, FROM_MEM DATA "if r0 == 0 goto a\nr1 = *(u8 *)(r0 +8)\na:\n" END, "MinOutside"},
    {"a slice of unknown size", kKprobe, FROM_MEM UNKNOWN "r0 &= 7\n" IT "r2 = 0\nr3 = r0\ncall 203\n" END,
     "SizeConstant"},
    {"a slice after its dynptr", kKprobe,
     FROM_MEM DATA "if r0 == 0 goto a\n*(u64 *)(r10 -16) = 0\nr1 = *(u64 *)(r0 +0)\na:\n" END, "NotAPointer"},
    {"a slice after another dynptr in its place", kKprobe,
     FROM_MEM DATA "if r0 == 0 goto a\nr6 = r0\n" FROM_MEM "r1 = *(u64 *)(r6 +0)\na:\n" END, "NotAPointer"},
    {"a record's slice", kKprobe, RESERVE DATA "if r0 == 0 goto a\n*(u64 *)(r0 +0) = 1\na:\n" SUBMIT END, ""},
    {"a record's slice after its submission", kKprobe,
     RESERVE DATA "r6 = r0\n" SUBMIT "if r6 == 0 goto a\n*(u64 *)(r6 +0) = 1\na:\n" END, "NotAPointer"},
    {"a checked slice after its submission", kKprobe,
     RESERVE DATA "r6 = r0\nif r6 == 0 goto a\n" SUBMIT "*(u64 *)(r6 +0) = 1\n" END "a:\n" SUBMIT END, "NotAPointer"},
    {"a spilled slice after its submission", kKprobe,
     RESERVE DATA "if r0 == 0 goto a\n*(u64 *)(r10 -40) = r0\n" SUBMIT
                  "r6 = *(u64 *)(r10 -40)\n*(u64 *)(r6 +0) = 1\n" END "a:\n" SUBMIT END,
     "NotAPointer"},
    {"a slice is no record", kKprobe, FROM_MEM DATA "if r0 == 0 goto a\nr1 = r0\nr2 = 0\ncall 132\na:\n" END,
     "ArgumentType"},
};

}  // namespace

TEST_CASE("verifier dynptrs", "[verifier]") { check_cases(kDynptrs, std::size(kDynptrs)); }
