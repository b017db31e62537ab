// Control flow: functions that BTF describes, callbacks, tail calls, may_goto, what ends a function abruptly.
#include <catch2/catch.hpp>
#include <random>

#include "bpf/interp/interp.h"
#include "tests/host/verifier/described.h"

using namespace skep;
using namespace skep::verifier_test;

namespace {

using bpf::ProgramDebugInfo;

constexpr uint32_t kKprobe = BPF_PROG_TYPE_KPROBE;
constexpr uint32_t kFilter = BPF_PROG_TYPE_SOCKET_FILTER;
constexpr uint32_t kSyscall = BPF_PROG_TYPE_SYSCALL;
constexpr uint32_t kTracepoint = BPF_PROG_TYPE_TRACEPOINT;

struct FlowCase {
  std::string_view name;
  uint32_t prog_type;
  std::string_view functions;  // "" for no func_info
  std::string_view text;
  std::string_view rule;  // "" when it must be accepted
  std::string_view log = {};
};

void check(const FlowCase* cases, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const FlowCase& c = cases[i];
    const auto code = assemble_program(c.text);
    const ProgramDebugInfo info = describe(code, c.functions, c.prog_type);
    const Verdict v = run_verifier(code, {.prog_type = c.prog_type, .debug = c.functions.empty() ? nullptr : &info});
    INFO(c.name << "\n" << c.text << "\n--- log\n" << v.log);
    CHECK(v.accepted == c.rule.empty());
    if (v.accepted || c.rule.empty()) continue;
    CHECK(rule_name(v.rejection.rule).substr(1) == c.rule);
    if (!c.log.empty()) CHECK(v.log.find(c.log) != std::string::npos);
  }
}

#define LOOP(turns, context) "r1 = " turns "\nr2 = func f ll\nr3 = " context "\nr4 = 0\ncall 181\n"
#define VALUE_OR_NULL "*(u32 *)(r10 -4) = 0\nr2 = r10\nr2 += -4\nr1 = map_fd 0 ll\ncall 1\n"

// r0 = the value of element 0 of a map with a timer (17) or a lock (13), not NULL.
#define ELEMENT_OF(map) \
  "*(u32 *)(r10 -4) = 0\nr2 = r10\nr2 += -4\nr1 = map_fd " map " ll\ncall 1\nif r0 == 0 goto out\n"
// A timer whose callback ends with `result`.
#define TIMED(result) \
  ELEMENT_OF("17")    \
  "r1 = r0\nr1 += 8\nr2 = func f ll\ncall 170\nout:\nr0 = 0\nexit\nf:\n" result "exit\n"
#define LOCKED(inside) \
  ELEMENT_OF("13") "r6 = r0\nr1 = r0\nr1 += 4\ncall 93\n" inside "r1 = r6\nr1 += 4\ncall 94\nout:\nr0 = 0\nexit\n"

#define FIND_VMA(body)                                                                                      \
  "call 158\nr1 = r0\nr2 = 0\nr3 = func f ll\nr4 = r10\nr4 += -8\n*(u64 *)(r10 -8) = 0\nr5 = 0\ncall 180\n" \
  "r0 = *(u64 *)(r10 -8)\nr0 = 0\nexit\nf:\n" body "exit\n"
#define DRAIN(body)                                                                                 \
  "*(u64 *)(r10 -8) = 0\nr1 = map_fd 19 ll\nr2 = func f ll\nr3 = r10\nr3 += -8\nr4 = 0\ncall 209\n" \
  "r6 = *(u64 *)(r10 -8)\nif r6 == 0 goto out\nr0 = *(u64 *)(r6 +0)\nout:\nr0 = 0\nexit\nf:\nr9 = r2\n" body "exit\n"

constexpr FlowCase kLaterCallbacks[] = {
    {"find_vma's callback", kKprobe, "gnc snmmm", FIND_VMA("*(u64 *)(r3 +0) = 1\nr0 = 0\n"), ""},
    {"find_vma's callback writes the area", kKprobe, "gnc snmmm", FIND_VMA("*(u64 *)(r2 +0) = 1\nr0 = 0\n"),
     "ReadOnlyMemory"},
    {"find_vma's callback returns 2", kKprobe, "gnc snmmm", FIND_VMA("r0 = 2\n"), "CallbackResult"},
    {"a drained record is read", kKprobe, "gnc snmm",
     DRAIN("r3 = r1\nr1 = r10\nr1 += -8\nr2 = 8\nr4 = 0\nr5 = 0\ncall 201\nr0 = 0\n"), ""},
    {"a drained record's slice", kKprobe, "gnc snmm",
     DRAIN("r2 = 0\nr3 = 8\ncall 203\nif r0 == 0 goto over\nr0 = *(u64 *)(r0 +0)\nover:\nr0 = 0\n"), ""},
    {"a drained record's slice is kept", kKprobe, "gnc snmm",
     DRAIN("r2 = 0\nr3 = 8\ncall 203\nif r0 == 0 goto over\n*(u64 *)(r9 +0) = r0\nover:\nr0 = 0\n"), "NotAPointer"},
    {"a drained record is submitted", kKprobe, "gnc snmm", DRAIN("r2 = 0\ncall 199\nr0 = 0\n"), "DynptrNotAcquired"},
    {"a drained record's address is moved", kKprobe, "gnc snmm", DRAIN("r1 += 8\nr0 = 0\n"), "PointerMath"},
    {"a drained record's address is loaded from", kKprobe, "gnc snmm", DRAIN("r1 = *(u64 *)(r1 +0)\nr0 = 0\n"),
     "NotAPointer"},
};

constexpr FlowCase kMapFields[] = {
    {"a timer's callback", kSyscall, "gnc snmmm", TIMED("*(u64 *)(r3 +0) = 1\nr0 = 0\n"), ""},
    {"a timer's callback gets the key", kSyscall, "gnc snmmm", TIMED("r0 = *(u32 *)(r2 +0)\nr0 &= 0\n"), ""},
    {"a timer's callback touches its timer", kSyscall, "gnc snmmm", TIMED("*(u64 *)(r3 +8) = 1\nr0 = 0\n"),
     "FieldAccess"},
    {"a timer's callback returns 1", kSyscall, "gnc snmmm", TIMED("r0 = 1\n"), "ExitAsync",
     "At async callback the register R0 has value (0x1; 0x0) should have been in (0x0; 0x0)"},
    {"a timer's callback returns a pointer", kSyscall, "gnc snmmm", TIMED("r0 = r10\n"), "ExitAsyncType"},
    {"a static function under a lock", kSyscall, "gnc snn", LOCKED("r1 = 1\ncall f\n") "f:\nr0 = r1\nexit", ""},
    {"a global function under a lock", kSyscall, "gnc gnn", LOCKED("r1 = 1\ncall f\n") "f:\nr0 = r1\nexit",
     "LockGlobalCall", "global function calls are not allowed while holding a lock,"},
    {"a loop that calls back under a lock", kSyscall, "gnc snnm", LOCKED(LOOP("4", "0")) "f:\nr0 = 0\nexit",
     "LockCall"},
    {"a callback that locks each element", kSyscall, "gnc snmmmm",
     "r1 = map_fd 14 ll\nr2 = func f ll\nr3 = 0\nr4 = 0\ncall 164\nr0 = 0\nexit\n"
     "f:\nr6 = r3\nr1 = r3\nr1 += 4\ncall 93\nr1 = r6\nr1 += 4\ncall 94\nr0 = 0\nexit",
     ""},
    {"a callback that leaves its element locked", kSyscall, "gnc snmmmm",
     "r1 = map_fd 14 ll\nr2 = func f ll\nr3 = 0\nr4 = 0\ncall 164\nr0 = 0\nexit\n"
     "f:\nr1 = r3\nr1 += 4\ncall 93\nr0 = 0\nexit",
     "LockCall"},
    {"a callback that unlocks what the turn before kept", kSyscall, "gnc snmmmm",
     "*(u64 *)(r10 -8) = 0\nr1 = map_fd 14 ll\nr2 = func f ll\nr3 = r10\nr3 += -8\nr4 = 0\ncall 164\nr0 = 0\nexit\n"
     "f:\nr7 = *(u64 *)(r4 +0)\n*(u64 *)(r4 +0) = r3\nif r7 == 0 goto out\nr1 = r3\nr1 += 4\ncall 93\nr1 = r7\nr1 += "
     "4\n"
     "call 94\nout:\nr0 = 0\nexit",
     "UnlockOther"},
};

constexpr FlowCase kGlobals[] = {
    {"a static function is checked for what it is called with", kKprobe, "gnc snc",
     "call f\nexit\nf:\nr0 = *(u64 *)(r1 +0)\nexit", ""},
    {"a global function is checked for its type", kKprobe, "gnc gnn", "r1 = 5\ncall f\nexit\nf:\nr0 = r1\nexit", ""},
    {"what the caller knows of a number does not reach it", kKprobe, "gnc gnn",
     "r1 = 4\ncall f\nexit\nf:\nr2 = map_value 4 0 ll\nr2 += r1\nr0 = *(u8 *)(r2 +0)\nexit", "OffsetUnbounded"},
    {"the same in a static function is known", kKprobe, "gnc snn",
     "r1 = 4\ncall f\nexit\nf:\nr2 = map_value 4 0 ll\nr2 += r1\nr0 = *(u8 *)(r2 +0)\nexit", ""},
    {"its result is any number", kKprobe, "gnc gn",
     "call f\nr1 = map_value 4 0 ll\nr1 += r0\nr0 = *(u8 *)(r1 +0)\nexit\nf:\nr0 = 1\nexit", "OffsetUnbounded"},
    {"a static function's result is known", kKprobe, "gnc sn",
     "call f\nr1 = map_value 4 0 ll\nr1 += r0\nr0 = *(u8 *)(r1 +0)\nexit\nf:\nr0 = 1\nexit", ""},
    {"a pointer where a number is expected", kKprobe, "gnc gnn", "call f\nexit\nf:\nr0 = r1\nexit", "GlobalArgument",
     "R1 is not a scalar"},
    {"the context", kKprobe, "gnc gnc", "call f\nexit\nf:\nr0 = *(u64 *)(r1 +0)\nexit", ""},
    {"a number where the context is expected", kKprobe, "gnc gnc", "r1 = 0\ncall f\nexit\nf:\nr0 = 0\nexit",
     "GlobalContext", "arg#0 expected pointer to ctx, but got scalar"},
    {"a moved context", kKprobe, "gnc gnc", "r1 += 8\ncall f\nexit\nf:\nr0 = 0\nexit", "ContextModified"},
    {"memory without a test for NULL", kKprobe, "gnc gnm", "r1 = 0\ncall f\nexit\nf:\nr0 = *(u32 *)(r1 +0)\nexit",
     "NullPointer"},
    {"memory with a test for NULL", kKprobe, "gnc gnm",
     "r1 = 0\ncall f\nexit\nf:\nr0 = 0\nif r1 == 0 goto a\nr0 = *(u32 *)(r1 +12)\n*(u32 *)(r1 +0) = 1\na:\nexit", ""},
    {"memory, one byte beyond", kKprobe, "gnc gnm",
     "r1 = 0\ncall f\nexit\nf:\nr0 = 0\nif r1 == 0 goto a\nr0 = *(u8 *)(r1 +16)\na:\nexit", "MinOutside"},
    {"memory from the stack", kKprobe, "gnc gnm",
     "*(u64 *)(r10 -8) = 0\n*(u64 *)(r10 -16) = 0\nr1 = r10\nr1 += -16\ncall f\nexit\nf:\nr0 = 0\nexit", ""},
    {"memory from the stack, not initialised", kKprobe, "gnc gnm",
     "*(u64 *)(r10 -16) = 0\nr1 = r10\nr1 += -16\ncall f\nexit\nf:\nr0 = 0\nexit", "StackUninitRange"},
    {"memory from the stack is unknown afterwards", kKprobe, "gnc gnm",
     "*(u64 *)(r10 -8) = 0\n*(u64 *)(r10 -16) = 0\nr1 = r10\nr1 += -16\ncall f\nr1 = *(u64 *)(r10 -16)\n"
     "r2 = map_value 4 0 ll\nr2 += r1\nr0 = *(u8 *)(r2 +0)\nexit\nf:\nr0 = 0\nexit",
     "OffsetUnbounded"},
    {"memory in a map value, too short", kKprobe, "gnc gnm", "r1 = map_value 4 49 ll\ncall f\nexit\nf:\nr0 = 0\nexit",
     "MinOutside"},
    {"memory in a read-only map", kKprobe, "gnc gnm", "r1 = map_value 2 0 ll\ncall f\nexit\nf:\nr0 = 0\nexit",
     "MapWriteForbidden"},
    {"memory that may be NULL", kKprobe, "gnc gnm",
     "*(u32 *)(r10 -4) = 0\nr2 = r10\nr2 += -4\nr1 = map_fd 0 ll\ncall 1\nr1 = r0\ncall f\nexit\nf:\nr0 = 0\nexit", ""},
    {"NULL where it is not expected", kKprobe, "gnc gno", "r1 = 0\ncall f\nexit\nf:\nr0 = *(u32 *)(r1 +0)\nexit",
     "GlobalNull"},
    {"never NULL, no test", kKprobe, "gnc gno", "r1 = map_value 4 0 ll\ncall f\nexit\nf:\nr0 = *(u32 *)(r1 +0)\nexit",
     ""},
    {"an argument that was not passed", kKprobe, "gnc gnn", "r1 = r2\ncall f\nexit\nf:\nr0 = 0\nexit",
     "UninitRegister"},
    {"a global function that is never called is checked", kKprobe, "gnc gnc gnn",
     "call f\nexit\nf:\nr0 = 0\nif r0 == 0 goto a\ncall g\na:\nexit\ng:\nr0 = *(u64 *)(r1 +0)\nexit", "NotAPointer"},
    {"a static function in dead code is not", kKprobe, "gnc gnc snn",
     "call f\nexit\nf:\nr0 = 0\nif r0 == 0 goto a\ncall g\na:\nexit\ng:\nr0 = *(u64 *)(r1 +0)\nexit", ""},
    {"a refusal on the side of a branch that waited, in the main program", kKprobe, "gnc gnn",
     "r1 = 1\ncall f\nif r0 == 7 goto bad\nr0 = 0\nexit\nbad:\nr0 = r5\nexit\nf:\nr0 = r1\nexit", "UninitRegister",
     "insn 2 (15) if r0 == 0x7 goto pc+2"},
    {"a global function returns a pointer", kKprobe, "gnc gnc", "call f\nexit\nf:\nr0 = r1\nexit", "ExitGlobal"},
    {"a global function returns nothing", kKprobe, "gnc gv", "call f\nr0 = 0\nexit\nf:\nexit", ""},
    {"the result of a function that has none", kKprobe, "gnc gv", "call f\nexit\nf:\nexit", "UninitRegister"},
    {"a type that returns a pointer", kKprobe, "gnc gp", "call f\nr0 = 0\nexit\nf:\nr0 = 0\nexit", "GlobalResult"},
    {"a parameter of incomplete type", kKprobe, "gnc gni", "call f\nr0 = 0\nexit\nf:\nr0 = 0\nexit",
     "GlobalParameterSize"},
    {"a parameter that is no register's", kKprobe, "gnc gnf", "call f\nr0 = 0\nexit\nf:\nr0 = 0\nexit",
     "GlobalParameter"},
    {"six parameters", kKprobe, "gnc gnnnnnnn", "call f\nr0 = 0\nexit\nf:\nr0 = 0\nexit", "GlobalParameters"},
    {"the caller's r6 survives", kKprobe, "gnc gn", "r6 = 1\ncall f\nr0 = r6\nexit\nf:\nr0 = 0\nexit", ""},
    {"r1 does not", kKprobe, "gnc gn", "r1 = 1\ncall f\nr0 = r1\nexit\nf:\nr0 = 0\nexit", "UninitRegister"},
    {"a stack that does not fit together with its caller's", kKprobe, "gnc gn",
     "*(u64 *)(r10 -256) = 0\ncall f\nexit\nf:\n*(u64 *)(r10 -264) = 0\nr0 = 0\nexit", "CombinedStack"},
};

constexpr FlowCase kCallbacks[] = {
    {"bpf_loop", kKprobe, "gnc snn", LOOP("10", "0") "r0 = 0\nexit\nf:\nr0 = 0\nexit", ""},
    {"the address of a function without func_info", kKprobe, "", LOOP("10", "0") "r0 = 0\nexit\nf:\nr0 = 0\nexit",
     "CallbackNoType", "missing btf func_info"},
    {"a global callback", kKprobe, "gnc gnn", LOOP("10", "0") "r0 = 0\nexit\nf:\nr0 = 0\nexit", "CallbackNotStatic"},
    {"a number as callback", kKprobe, "gnc", "r1 = 1\nr2 = 0\nr3 = 0\nr4 = 0\ncall 181\nr0 = 0\nexit", "ArgumentType",
     "R2 type=scalar expected=func"},
    {"a function as a number", kKprobe, "gnc snn", "r1 = func f ll\nr0 = *(u64 *)(r1 +0)\nexit\nf:\nr0 = 0\nexit",
     "NotAPointer", "R1 invalid mem access 'func'"},
    {"arithmetic on a function", kKprobe, "gnc snn", "r1 = func f ll\nr1 += 8\nr0 = 0\nexit\nf:\nr0 = 0\nexit",
     "PointerMath"},
    {"the index is any number", kKprobe, "gnc snn",
     LOOP("4", "0") "r0 = 0\nexit\nf:\nr2 = map_value 4 0 ll\nr2 += r1\nr0 = *(u8 *)(r2 +0)\nr0 = 0\nexit",
     "OffsetUnbounded"},
    {"the index, tested", kKprobe, "gnc snn",
     LOOP("4", "0") "r0 = 0\nexit\nf:\nif r1 > 63 goto a\nr2 = map_value 4 0 ll\nr2 += r1\nr0 = *(u8 *)(r2 +0)\na:\n"
                    "r0 = 0\nexit",
     ""},
    {"bpf_loop in an endless loop", kKprobe, "gnc snn",
     "call 7\nr6 = r0\na:\n" LOOP("4", "0") "if r6 == 5 goto b\ngoto a\nb:\nr0 = 0\nexit\nf:\nr0 = 0\nexit",
     "InfiniteLoop"},
    {"bpf_loop in a loop that ends unless the callback runs", kKprobe, "gnc snn",
     "a:\n*(u64 *)(r10 -8) = 0\n" LOOP("1", "r10") "r6 = *(u64 *)(r10 -8)\nif r6 == 0 goto b\ngoto a\nb:\n"
                                                   "r0 = 0\nexit\nf:\n*(u64 *)(r2 -8) = 1\nr0 = 0\nexit",
     "TooComplex"},
    {"bpf_loop in a callback of bpf_loop", kKprobe, "gnc snn snn",
     "*(u64 *)(r10 -8) = 0\n" LOOP("9", "r10") "r0 = 0\nexit\nf:\n*(u64 *)(r10 -8) = 0\nr1 = *(u64 *)(r2 -8)\n"
                                               "r1 += 1\n*(u64 *)(r2 -8) = r1\nr1 = 7\nr2 = func g ll\nr3 = r10\n"
                                               "r4 = 0\ncall 181\nr0 = 0\nexit\ng:\nr1 = *(u64 *)(r2 -8)\n"
                                               "r1 += 1\n*(u64 *)(r2 -8) = r1\nr0 = 0\nexit",
     ""},
    {"bpf_loop in a loop", kKprobe, "gnc snn",
     "r6 = 0\na:\n" LOOP("4", "0") "r6 += 1\nif r6 < 5 goto a\nr0 = 0\nexit\nf:\nr0 = 0\nexit", ""},
    {"r3 of the callback", kKprobe, "gnc snn", LOOP("4", "0") "r0 = 0\nexit\nf:\nr0 = r3\nexit", "UninitRegister"},
    {"r6 is not the caller's", kKprobe, "gnc snn", "r6 = 0\n" LOOP("4", "0") "r0 = 0\nexit\nf:\nr0 = r6\nexit",
     "UninitRegister"},
    {"r6 survives", kKprobe, "gnc snn", "r6 = 0\n" LOOP("4", "0") "r0 = r6\nexit\nf:\nr0 = 0\nexit", ""},
    {"r1 does not survive", kKprobe, "gnc snn", LOOP("4", "0") "r0 = r1\nexit\nf:\nr0 = 0\nexit", "UninitRegister"},
    {"a callback that returns 1", kKprobe, "gnc snn", LOOP("4", "0") "r0 = 0\nexit\nf:\nr0 = 1\nexit", ""},
    {"a callback that returns 2", kKprobe, "gnc snn", LOOP("4", "0") "r0 = 0\nexit\nf:\nr0 = 2\nexit", "CallbackResult",
     "should have been in (0x0; 0x1)"},
    {"a callback that returns its index", kKprobe, "gnc snn", LOOP("4", "0") "r0 = 0\nexit\nf:\nr0 = r1\nexit",
     "CallbackResult"},
    {"a callback that returns a pointer", kKprobe, "gnc snn", LOOP("4", "r10") "r0 = 0\nexit\nf:\nr0 = r2\nexit",
     "ReturnsStackPointer"},
    {"a callback that returns nothing", kKprobe, "gnc snn", LOOP("4", "0") "r0 = 0\nexit\nf:\nexit",
     "CallbackResultType"},
    {"context: the caller's stack", kKprobe, "gnc snn",
     "*(u64 *)(r10 -8) = 0\n" LOOP("4", "r10") "r0 = *(u64 *)(r10 -8)\nexit\nf:\nr0 = *(u64 *)(r2 -8)\nr0 += 1\n"
                                               "*(u64 *)(r2 -8) = r0\nr0 = 0\nexit",
     ""},
    {"context: not the stack", kKprobe, "gnc snn", LOOP("4", "map_value 4 0 ll") "r0 = 0\nexit\nf:\nr0 = 0\nexit",
     "ArgumentType"},
    {"context: NULL, used", kKprobe, "gnc snn", LOOP("4", "0") "r0 = 0\nexit\nf:\nr0 = *(u64 *)(r2 +0)\nexit",
     "NotAPointer"},
    {"what the callback stores is not known afterwards", kKprobe, "gnc snn",
     "*(u64 *)(r10 -8) = 0\n" LOOP("4", "r10") "r1 = *(u64 *)(r10 -8)\nr2 = map_value 4 0 ll\nr2 += r1\n"
                                               "r0 = *(u8 *)(r2 +0)\nexit\nf:\n*(u64 *)(r2 -8) = 100\nr0 = 0\nexit",
     "MinOutside"},
    {"it may be called no times", kKprobe, "gnc snn",
     "*(u64 *)(r10 -8) = 100\n" LOOP("4", "r10") "r1 = *(u64 *)(r10 -8)\nr2 = map_value 4 0 ll\nr2 += r1\n"
                                                 "r0 = *(u8 *)(r2 +0)\nexit\nf:\n*(u64 *)(r2 -8) = 0\nr0 = 0\nexit",
     "MinOutside"},
    {"it may be called twice", kKprobe, "gnc snn",
     "*(u64 *)(r10 -8) = 0\n" LOOP("4", "r10") "r1 = *(u64 *)(r10 -8)\nr2 = map_value 4 0 ll\nr2 += r1\n"
                                               "r0 = *(u8 *)(r2 +0)\nexit\nf:\nr1 = *(u64 *)(r2 -8)\nr1 += 63\n"
                                               "*(u64 *)(r2 -8) = r1\nr0 = 0\nexit",
     "MinOutside"},
    {"a counter that stops itself", kKprobe, "gnc snn",
     "*(u64 *)(r10 -8) = 0\n" LOOP("100", "r10") "r0 = 0\nexit\nf:\nr1 = *(u64 *)(r2 -8)\nr0 = 1\nif r1 >= 8 goto a\n"
                                                 "r3 = map_value 4 0 ll\nr3 += r1\nr4 = *(u8 *)(r3 +0)\nr1 += 1\n"
                                                 "*(u64 *)(r2 -8) = r1\nr0 = 0\na:\nexit",
     ""},
    {"a counter that does not", kKprobe, "gnc snn",
     "*(u64 *)(r10 -8) = 0\n" LOOP("100", "r10") "r0 = 0\nexit\nf:\nr1 = *(u64 *)(r2 -8)\nr3 = map_value 4 0 ll\n"
                                                 "r3 += r1\nr4 = *(u8 *)(r3 +0)\nr1 += 1\n*(u64 *)(r2 -8) = r1\n"
                                                 "r0 = 0\nexit",
     "MinOutside"},
    {"no turns at all: the callback never runs", kKprobe, "gnc snn",
     LOOP("0", "0") "r0 = 0\nexit\nf:\nr0 = *(u64 *)(r1 +0)\nexit", ""},
    {"a number of turns that bounds what happens", kKprobe, "gnc snn",
     "*(u64 *)(r10 -8) = 0\n" LOOP("64", "r10") "r0 = 0\nexit\nf:\nr1 = *(u64 *)(r2 -8)\nr3 = map_value 4 0 ll\n"
                                                "r3 += r1\nr4 = *(u8 *)(r3 +0)\nr1 += 1\n*(u64 *)(r2 -8) = r1\n"
                                                "r0 = 0\nexit",
     ""},
    {"one turn more", kKprobe, "gnc snn",
     "*(u64 *)(r10 -8) = 0\n" LOOP("65", "r10") "r0 = 0\nexit\nf:\nr1 = *(u64 *)(r2 -8)\nr3 = map_value 4 0 ll\n"
                                                "r3 += r1\nr4 = *(u8 *)(r3 +0)\nr1 += 1\n*(u64 *)(r2 -8) = r1\n"
                                                "r0 = 0\nexit",
     "MinOutside"},
    {"an endless loop in the callback", kKprobe, "gnc snn", LOOP("4", "0") "r0 = 0\nexit\nf:\nr0 = 0\na:\ngoto a",
     "InfiniteLoop"},
    {"a loop in a loop", kKprobe, "gnc snn snn",
     "*(u64 *)(r10 -8) = 0\n" LOOP("1000", "r10") "r0 = 0\nexit\nf:\nr6 = r2\nr1 = *(u64 *)(r6 -8)\nr1 += 1\n"
                                                  "*(u64 *)(r6 -8) = r1\nr1 = 1000\nr2 = func g ll\nr3 = r6\nr4 = 0\n"
                                                  "call 181\nr0 = 0\nexit\ng:\nr1 = *(u64 *)(r2 -8)\nr1 += 1\n"
                                                  "*(u64 *)(r2 -8) = r1\nr0 = 0\nexit",
     ""},
    {"a callback that calls itself", kKprobe, "gnc snn",
     LOOP("4", "0") "r0 = 0\nexit\nf:\n" LOOP("4", "0") "r0 = 0\nexit", "CallDepth"},
    {"stacks of caller and callback", kKprobe, "gnc snn",
     "*(u64 *)(r10 -256) = 0\n" LOOP("4", "0") "r0 = 0\nexit\nf:\n*(u64 *)(r10 -264) = 0\nr0 = 0\nexit",
     "CombinedStack"},
    {"a record reserved and submitted in the callback", kKprobe, "gnc snn",
     LOOP("4", "0") "r0 = 0\nexit\nf:\nr1 = map_fd 7 ll\nr2 = 8\nr3 = 0\ncall 131\nif r0 == 0 goto a\nr1 = r0\nr2 = 0\n"
                    "call 132\na:\nr0 = 0\nexit",
     ""},
    {"a record that the callback keeps", kKprobe, "gnc snn",
     LOOP("4", "0") "r0 = 0\nexit\nf:\nr1 = map_fd 7 ll\nr2 = 8\nr3 = 0\ncall 131\nr0 = 0\nexit", "ReferenceLeak"},
    {"a record of the caller submitted in the callback", kKprobe, "gnc snn",
     "r1 = map_fd 7 ll\nr2 = 8\nr3 = 0\ncall 131\nif r0 != 0 goto a\nexit\na:\n*(u64 *)(r10 -8) = r0\n" LOOP(
         "4", "r10") "r1 = *(u64 *)(r10 -8)\nr2 = 0\ncall 132\nr0 = 0\nexit\nf:\nr1 = *(u64 *)(r2 -8)\nr2 = 0\ncall "
                     "132\nr0 = 0\nexit",
     "ReleaseInCallback"},
    {"a record of the caller written in the callback, submitted after it", kKprobe, "gnc snn",
     "r1 = map_fd 7 ll\nr2 = 8\nr3 = 0\ncall 131\nif r0 != 0 goto a\nexit\na:\n*(u64 *)(r10 -8) = r0\nr6 = r0\n" LOOP(
         "4", "r10") "r1 = r6\nr2 = 0\ncall 132\nr0 = 0\nexit\nf:\nr1 = *(u64 *)(r2 -8)\n*(u64 *)(r1 +0) = 1\nr0 = 0\n"
                     "exit",
     ""},
    {"for_each over an array", kKprobe, "gnc snn",
     "r1 = map_fd 0 ll\nr2 = func f ll\nr3 = 0\nr4 = 0\ncall 164\nr0 = 0\nexit\nf:\nr0 = *(u32 *)(r2 +0)\n"
     "r0 = *(u64 *)(r3 +8)\n*(u64 *)(r3 +0) = 1\nr0 = 0\nexit",
     ""},
    {"for_each: beyond the key", kKprobe, "gnc snn",
     "r1 = map_fd 0 ll\nr2 = func f ll\nr3 = 0\nr4 = 0\ncall 164\nr0 = 0\nexit\nf:\nr0 = *(u32 *)(r2 +4)\nr0 = 0\nexit",
     "MinOutside"},
    {"for_each: changing the key", kKprobe, "gnc snn",
     "r1 = map_fd 0 ll\nr2 = func f ll\nr3 = 0\nr4 = 0\ncall 164\nr0 = 0\nexit\nf:\n*(u32 *)(r2 +0) = 1\nr0 = 0\nexit",
     "ReadOnlyMemory"},
    {"for_each: beyond the value", kKprobe, "gnc snn",
     "r1 = map_fd 0 ll\nr2 = func f ll\nr3 = 0\nr4 = 0\ncall 164\nr0 = 0\nexit\nf:\nr0 = *(u64 *)(r3 +16)\nr0 = "
     "0\nexit",
     "MinOutside"},
    {"for_each: lookup with the key it got", kKprobe, "gnc snn",
     "r1 = map_fd 1 ll\nr2 = func f ll\nr3 = 0\nr4 = 0\ncall 164\nr0 = 0\nexit\nf:\ncall 1\nr0 = 0\nexit", ""},
    {"for_each over a prog_array", kKprobe, "gnc snn",
     "r1 = map_fd 8 ll\nr2 = func f ll\nr3 = 0\nr4 = 0\ncall 164\nr0 = 0\nexit\nf:\nr0 = 0\nexit", "MapHelperPair"},
};

constexpr FlowCase kRepeats[] = {
    {"may_goto out of an endless loop", kKprobe, "", "r0 = 0\na:\nmay_goto b\ngoto a\nb:\nexit", ""},
    {"a counter under may_goto", kKprobe, "", "r0 = 0\na:\nmay_goto b\nr0 += 1\ngoto a\nb:\nexit", ""},
    {"an index under may_goto that nothing bounds", kKprobe, "",
     "r6 = 0\na:\nmay_goto b\nr1 = map_value 4 0 ll\nr1 += r6\nr2 = *(u8 *)(r1 +0)\nr6 += 1\ngoto a\nb:\nr0 = 0\nexit",
     "MinOutside"},
    {"an index under may_goto, tested", kKprobe, "",
     "r6 = 0\na:\nmay_goto b\nif r6 > 63 goto b\nr1 = map_value 4 0 ll\nr1 += r6\nr2 = *(u8 *)(r1 +0)\nr6 += 1\n"
     "goto a\nb:\nr0 = 0\nexit",
     ""},
    {"the end of a may_goto leads back to it", kKprobe, "",
     "call 7\na:\nmay_goto b\nb:\nif r0 == 5 goto c\ngoto a\nc:\nexit", "InfiniteLoop"},
    {"may_goto in a function that a loop calls", kKprobe, "",
     "a:\ncall f\nif r0 == 0 goto b\ngoto a\nb:\nexit\nf:\nr0 = 0\nc:\nmay_goto d\nr0 = 1\ngoto c\nd:\nexit",
     "TooManyBranches"},
    {"may_goto in a function, called twice", kKprobe, "",
     "call f\ncall f\nr0 = 0\nexit\nf:\nr0 = 0\nc:\nmay_goto d\nr0 = 1\ngoto c\nd:\nexit", ""},
    {"may_goto in a may_goto's loop", kKprobe, "",
     "r6 = 0\na:\nmay_goto b\nr6 += 1\nr7 = 0\nc:\nmay_goto d\nr7 += 1\ngoto c\nd:\ngoto a\nb:\nr0 = 0\nexit", ""},
    {"a slot that only the loop writes", kKprobe, "",
     "r6 = 0\na:\nmay_goto b\n*(u64 *)(r10 -8) = 1\ngoto a\nb:\nr0 = *(u64 *)(r10 -8)\nexit", "StackBounds"},
};

// What a comparison or an atomic operation does to its operands.
constexpr FlowCase kOperands[] = {
    {"equal to a pointer that is not NULL", kKprobe, "",
     VALUE_OR_NULL "r7 = map_value 4 0 ll\nif r0 == r7 goto a\nr0 = 0\nexit\na:\nr0 = *(u8 *)(r0 +0)\nexit", ""},
    {"not unequal to a pointer that is not NULL", kKprobe, "",
     VALUE_OR_NULL "r7 = map_value 4 0 ll\nif r7 != r0 goto a\nr0 = *(u8 *)(r0 +0)\nexit\na:\nr0 = 0\nexit", ""},
    {"unequal to a pointer that is not NULL", kKprobe, "",
     VALUE_OR_NULL "r7 = map_value 4 0 ll\nif r0 == r7 goto a\nr0 = *(u8 *)(r0 +0)\nexit\na:\nr0 = 0\nexit",
     "NullPointer"},
    {"lower half equal to that of a pointer that is not NULL", kKprobe, "",
     VALUE_OR_NULL "r7 = map_value 4 0 ll\nif w0 == w7 goto a\nr0 = 0\nexit\na:\nr0 = *(u8 *)(r0 +0)\nexit",
     "NullPointer"},
    {"equal to another that may be NULL", kKprobe, "",
     VALUE_OR_NULL "r6 = r0\n" VALUE_OR_NULL "if r0 == r6 goto a\nr0 = 0\nexit\na:\nr0 = *(u8 *)(r0 +0)\nexit",
     "NullPointer"},
    {"fetch into the register that holds the address", kKprobe, "",
     "*(u64 *)(r10 -8) = 0\nr1 = r10\nr1 += -8\nr1 = atomic64_fetch_add((u64 *)(r1 +0), r1)\nr0 = 0\nexit",
     "NotAPointer", "R1 invalid mem access 'scalar'"},
    {"add the address to what it points at", kKprobe, "",
     "*(u64 *)(r10 -8) = 0\nr1 = r10\nr1 += -8\nlock *(u64 *)(r1 +0) += r1\nr0 = 0\nexit", ""},
    {"cmpxchg through r0", kKprobe, "",
     "*(u64 *)(r10 -8) = 0\nr0 = r10\nr0 += -8\nr1 = 1\nr0 = atomic64_cmpxchg((u64 *)(r0 +0), r0, r1)\nr0 = 0\nexit",
     "NotAPointer"},
};

constexpr FlowCase kAbrupt[] = {
    {"tail call", kKprobe, "", "r2 = map_fd 8 ll\nr3 = 1\ncall 12\nr0 = 0\nexit", ""},
    {"r0 after a tail call that failed", kKprobe, "", "r2 = map_fd 8 ll\nr3 = 1\ncall 12\nexit", "UninitRegister"},
    {"tail call through an array", kKprobe, "", "r2 = map_fd 0 ll\nr3 = 1\ncall 12\nr0 = 0\nexit", "MapHelperPair"},
    {"tail call without the context", kKprobe, "", "r1 = r10\nr2 = map_fd 8 ll\nr3 = 1\ncall 12\nr0 = 0\nexit",
     "ArgumentType"},
    {"lookup in a prog_array", kKprobe, "",
     "*(u32 *)(r10 -4) = 0\nr2 = r10\nr2 += -4\nr1 = map_fd 8 ll\ncall 1\nr0 = 0\nexit", "MapHelperPair"},
    {"tail call in a function without BTF", kKprobe, "",
     "call f\nexit\nf:\nr2 = map_fd 8 ll\nr3 = 1\ncall 12\nr0 = 0\nexit", "AbruptEndNoType",
     "tail_call is not allowed in subprogs without BTF"},
    {"tail call in a function that returns a number", kKprobe, "gnc snc",
     "call f\nexit\nf:\nr2 = map_fd 8 ll\nr3 = 1\ncall 12\nr0 = 0\nexit", ""},
    {"tail call in a function that returns nothing", kKprobe, "gnc svc",
     "call f\nr0 = 0\nexit\nf:\nr2 = map_fd 8 ll\nr3 = 1\ncall 12\nr0 = 0\nexit", "AbruptEnd",
     "tail_call is only allowed in functions that return 'int'."},
    {"what a function with a tail call returns is any number", kKprobe, "gnc snc",
     "call f\nr1 = map_value 4 0 ll\nr1 += r0\nr0 = *(u8 *)(r1 +0)\nexit\nf:\nr2 = map_fd 8 ll\nr3 = 1\ncall 12\n"
     "r0 = 0\nexit",
     "OffsetUnbounded"},
    {"tail call below 224 bytes of stack", kKprobe, "gnc snc",
     "*(u64 *)(r10 -224) = 0\ncall f\nexit\nf:\nr2 = map_fd 8 ll\nr3 = 1\ncall 12\nr0 = 0\nexit", ""},
    {"tail call below 256 bytes of stack", kKprobe, "gnc snc",
     "*(u64 *)(r10 -256) = 0\ncall f\nexit\nf:\nr2 = map_fd 8 ll\nr3 = 1\ncall 12\nr0 = 0\nexit", "TailCallStack",
     "tail_calls are not allowed when call stack of previous frames is 256 bytes. Too large"},
    {"packet load in a function without BTF", kFilter, "", "call f\nexit\nf:\nr6 = r1\nr0 = *(u8 *)skb[0]\nexit",
     "AbruptEndNoType", "LD_ABS is not allowed in subprogs without BTF"},
    {"packet load in a function that returns a number", kFilter, "gnc snc",
     "call f\nexit\nf:\nr6 = r1\nr0 = *(u8 *)skb[0]\nexit", ""},
    {"packet load in a function that returns a pointer", kFilter, "gnc spc",
     "call f\nr0 = 0\nexit\nf:\nr6 = r1\nr0 = *(u8 *)skb[0]\nr0 = map_value 4 0 ll\nexit", "AbruptEnd"},
    {"packet load in a function may return 0", kFilter, "gnc snc",
     "call f\nr0 = *(u64 *)(r0 +0)\nr0 = 0\nexit\nf:\nr6 = r1\nr0 = *(u8 *)skb[0]\nr0 = map_value 4 0 ll\nexit",
     "NotAPointer"},
    {"kernel function number 0 in dead code", kTracepoint, "",
     "r0 = 1\nif r0 > 0 goto a\ncall kernel-function#0\nr0 = 1\na:\nexit", ""},
    {"kernel function number 0", kTracepoint, "", "call kernel-function#0\nr0 = 1\nexit", "KernelFunctionZero"},
    {"kernel function in dead code", kTracepoint, "",
     "r0 = 1\nif r0 > 0 goto a\ncall kernel-function#7\nr0 = 1\na:\nexit", "KernelFunction"},
};

// A main program that fills four slots, lets a callback change them some number of times, and uses them as indices.
class RandomCallback {
 public:
  explicit RandomCallback(uint64_t seed) : random_(seed) {}

  std::string generate() {
    std::string main = "r6 = r1\n";
    for (int i = 1; i <= kSlots; i++) main += below(3) == 0 ? unknown("r1", 63) + store("r10", i, "r1") : constant(i);
    main += below(3) == 0 ? unknown("r1", 7) : "r1 = " + std::to_string(below(6)) + "\n";
    main += "r2 = func f ll\nr3 = r10\nr4 = 0\ncall 181\n";
    for (int n = 0; n < 2; n++) {
      main += load("r1", "r10", slot());
      if (below(3) == 0) main += "if r1 > " + std::to_string(below(70)) + " goto out\n";
      main += "r2 = map_value 4 0 ll\nr2 += r1\nr3 = *(u8 *)(r2 +0)\n";
    }
    main += "out:\nr0 = 0\nexit\nf:\nr6 = r2\nr7 = r1\n";
    for (int n = 0; n < 3; n++) main += statement();
    if (below(2) == 0) main += "r0 = 1\nif r7 == " + std::to_string(below(4)) + " goto end\n";
    return main + "r0 = 0\nend:\nexit\n";
  }

 private:
  static constexpr int kSlots = 4;
  uint32_t below(uint32_t n) { return static_cast<uint32_t>(random_() % n); }
  int slot() { return 1 + static_cast<int>(below(kSlots)); }
  static std::string place(std::string_view base, int i) {
    return "*(u64 *)(" + std::string(base) + " -" + std::to_string(8 * i) + ")";
  }
  static std::string load(std::string_view reg, std::string_view base, int i) {
    return std::string(reg) + " = " + place(base, i) + "\n";
  }
  static std::string store(std::string_view base, int i, std::string_view reg) {
    return place(base, i) + " = " + std::string(reg) + "\n";
  }
  std::string constant(int i) { return place("r10", i) + " = " + std::to_string(below(40)) + "\n"; }
  std::string unknown(const std::string& reg, int mask) {
    return reg + " = *(u64 *)(r6 +" + std::to_string(8 * below(36)) + ")\n" + reg + " &= " + std::to_string(mask) +
           "\n";
  }
  std::string statement() {
    const int from = slot();
    std::string text = load("r3", "r6", from);
    const std::string number = std::to_string(below(20));
    const std::string label = "l" + std::to_string(labels_++);
    switch (below(7)) {
      case 0:
        text += "r3 += " + number + "\n";
        break;
      case 1:
        text += "r3 &= 31\n";
        break;
      case 2:
        text += "r3 = r7\n";
        break;
      case 3:
        text += load("r4", "r6", slot()) + "r3 += r4\n";
        break;
      case 4:
        text += "if r3 > " + number + " goto " + label + "\nr3 += 1\n" + store("r6", from, "r3") + label + ":\n";
        break;
      case 5:
        text += "if r7 != " + std::to_string(below(3)) + " goto " + label + "\nr3 = " + number + "\n" + label + ":\n";
        break;
      default:
        text += "w3 -= " + number + "\n";
        break;
    }
    return text + store("r6", below(2) == 0 ? from : slot(), "r3");
  }

  std::mt19937_64 random_;
  int labels_ = 0;
};

struct Watch {
  const bpf::Image* image = nullptr;
  uint64_t base = 0;
  bool outside = false;
};

void watch(void* cookie, bpf::InsnIndex at, const uint64_t (&regs)[11], uint32_t) {
  auto& w = *static_cast<Watch*>(cookie);
  const bpf::Insn& insn = w.image->code[at];
  if (insn.op == bpf::Op::kLoad && insn.size == 1 && regs[insn.src] - w.base >= 64) w.outside = true;
}

}  // namespace

TEST_CASE("verifier flow: callbacks that are only judged", "[verifier]") {
  check(kLaterCallbacks, std::size(kLaterCallbacks));
}
TEST_CASE("verifier flow: structures in map values", "[verifier]") { check(kMapFields, std::size(kMapFields)); }
TEST_CASE("verifier soundness: what random callbacks leave behind stays within what was believed", "[verifier]") {
  int accepted = 0;
  int refused = 0;
  for (uint64_t seed = 1; seed <= 500; seed++) {
    const std::string text = RandomCallback(seed).generate();
    const auto code = assemble_program(text);
    const ProgramDebugInfo info = describe(code, "gnc snn", kKprobe);
    Verdict v = run_verifier(code, {.log_level = 0, .judge_only = false, .debug = &info});
    (v.accepted ? accepted : refused)++;
    if (!v.accepted) continue;
    v.result.image.bind();
    std::mt19937_64 random(seed);
    for (int round = 0; round < 4; round++) {
      alignas(8) uint64_t context[bpf::platform::kPtRegsBytes / 8];
      for (uint64_t& word : context) word = random() % 3 == 0 ? random() : random() % 70;
      Watch w{.image = &v.result.image, .base = *test_maps()[kGlobal]->direct_value_address(0)};
      const auto result = bpf::interpret(v.result.image, reinterpret_cast<uint64_t>(context),
                                         {.max_instructions = 100'000, .observer = watch, .cookie = &w});
      INFO("seed " << seed << "\n" << text);
      REQUIRE(result.has_value());
      REQUIRE_FALSE(w.outside);
    }
  }
  INFO(accepted << " accepted, " << refused << " refused");
  CHECK(accepted >= 100);
  CHECK(refused >= 100);
}

TEST_CASE("verifier flow: global functions", "[verifier]") { check(kGlobals, std::size(kGlobals)); }
TEST_CASE("verifier flow: callbacks", "[verifier]") { check(kCallbacks, std::size(kCallbacks)); }
TEST_CASE("verifier flow: may_goto", "[verifier]") { check(kRepeats, std::size(kRepeats)); }
TEST_CASE("verifier flow: operands", "[verifier]") { check(kOperands, std::size(kOperands)); }
TEST_CASE("verifier flow: abrupt ends", "[verifier]") { check(kAbrupt, std::size(kAbrupt)); }

TEST_CASE("verifier flow: func_info that does not fit is refused", "[verifier]") {
  const auto code = assemble_program("call f\nexit\nf:\nr0 = 0\nexit");
  ProgramDebugInfo one = describe(code, "gnc", kKprobe);
  CHECK(run_verifier(code, {.debug = &one}).rejection.rule == bpf::Rule::kFunctionLayout);
  ProgramDebugInfo moved = describe(code, "gnc sn", kKprobe);
  moved.functions[1].insn_off = 3;
  CHECK(run_verifier(code, {.debug = &moved}).rejection.rule == bpf::Rule::kFunctionLayout);
  for (const uint32_t id : {0u, 1u, 2u, 100000u}) {
    ProgramDebugInfo wrong = describe(code, "gnc sn", kKprobe);
    wrong.functions[1].type_id = id;
    CHECK(run_verifier(code, {.debug = &wrong}).rejection.rule == bpf::Rule::kFunctionType);
  }
}
