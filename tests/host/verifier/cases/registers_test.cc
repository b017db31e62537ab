// Registers: what must be set before it is read, what survives calls.
#include "tests/host/verifier/cases/cases.h"

using namespace skep::verifier_test;

namespace {

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

}  // namespace

TEST_CASE("verifier cases: registers", "[verifier]") { check_cases(kRegisters, std::size(kRegisters)); }
