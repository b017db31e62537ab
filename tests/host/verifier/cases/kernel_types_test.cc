// Pointers to the kernel's objects, typed by its BTF: support.cc describes the imagined kernel (kernel_types()).
#include <catch2/catch.hpp>

#include "tests/host/verifier/cases/cases.h"

namespace skep::verifier_test {
namespace {

#define TASK "call 158\n"
#define END "r0 = 0\nexit"

constexpr Case kLoads[] = {
    {"a number", kKprobe, TASK "r0 = *(u32 *)(r0 +88)\nexit", "", {}, 0, 0, kTyped},
    {"a number without a kernel BTF", kKprobe, TASK "r0 = *(u32 *)(r0 +88)\nexit", "KernelObjectRead"},
    {"pointers to structures are followed", kKprobe,
     TASK "r1 = *(u64 *)(r0 +8)\nr1 = *(u64 *)(r1 +16)\nr0 = *(u32 *)(r1 +92)\nexit", "", {}, 0, 0, kTyped},
    {"how the log calls them", kKprobe, TASK "r1 = *(u64 *)(r0 +8)\nr2 = r1\nr2 += 8\n*(u32 *)(r2 +0) = 1\n" END,
     "ObjectWrite", "R2_w=ptr_task_struct(off=8,imm=0)", 0, 0, kTyped},
    {"in a loop", kKprobe,
     TASK "r6 = 10\nloop:\nr0 = *(u64 *)(r0 +8)\nr6 += -1\nif r6 != 0 goto loop\nr0 = *(u32 *)(r0 +92)\nexit", "", {}, 0,
     0, kTyped},
    {"a pointer may be NULL and need not be tested", kKprobe,
     TASK "r1 = *(u64 *)(r0 +8)\nif r1 == 0 goto none\nr0 = *(u32 *)(r1 +88)\nexit\nnone:\nr0 = *(u32 *)(r1 +88)\nexit", "",
     {}, 0, 0, kTyped},
    {"a NULL test is no proof", kKprobe,
     TASK "r1 = *(u64 *)(r0 +8)\nif r1 != 0 goto out\nr0 = *(u64 *)(r10 -8)\nout:\n" END, "StackBounds", {}, 0, 0,
     kTyped},
    {"part of a number", kKprobe, TASK "r0 = *(u8 *)(r0 +90)\nexit", "", {}, 0, 0, kTyped},
    {"sign-extended", kKprobe, TASK "r0 = *(s16 *)(r0 +90)\nexit", "", {}, 0, 0, kTyped},
    {"two numbers at once", kKprobe, TASK "r0 = *(u64 *)(r0 +88)\nexit", "ObjectMemberEnd",
     "access beyond the end of member pid (mend:92) in struct task_struct with off 88 size 8", 0, 0, kTyped},
    {"any part of an array", kKprobe, TASK "r0 = *(u64 *)(r0 +32)\nexit", "", {}, 0, 0, kTyped},
    {"behind an array", kKprobe, TASK "r0 = *(u32 *)(r0 +36)\nr0 = *(u8 *)(r0 +0)\nexit", "NotAPointer", {}, 0, 0,
     kTyped},
    {"part of a pointer", kKprobe, TASK "r0 = *(u32 *)(r0 +8)\nexit", "ObjectPartOfPointer",
     "cannot access ptr member real_parent with moff 8 in struct task_struct with off 8 size 4", 0, 0, kTyped},
    {"a hole", kKprobe, TASK "r0 = *(u32 *)(r0 +112)\nexit", "ObjectHole",
     "struct task_struct doesn't have field at offset 112", 0, 0, kTyped},
    {"beyond the end", kKprobe, TASK "r0 = *(u64 *)(r0 +120)\nexit", "", {}, 0, 0, kTyped},
    {"a structure that goes on with elements", kKprobe, TASK "r0 = *(u32 *)(r0 +1004)\nexit", "", {}, 0, 0, kTyped},
    {"across two such elements", kKprobe, TASK "r0 = *(u64 *)(r0 +1000)\nexit", "ObjectMemberEnd", {}, 0, 0, kTyped},
    {"beyond a structure without them", kKprobe,
     TASK "r1 = *(u64 *)(r0 +48)\nr1 = *(u64 *)(r1 +8)\nr0 = *(u64 *)(r1 +16)\nexit", "ObjectBeyond",
     "access beyond struct list_head at off 16 size 8", 0, 0, kTyped},
    {"a member's member", kKprobe, TASK "r1 = *(u64 *)(r0 +56)\nr1 = *(u64 *)(r1 +0)\nr0 = 0\nexit", "", {}, 0, 0,
     kTyped},
    {"an element of an array", kKprobe, TASK "r0 = *(u32 *)(r0 +108)\nexit", "", {}, 0, 0, kTyped},
    {"one member of a union", kKprobe, TASK "r0 = *(u32 *)(r0 +40)\nexit", "", {}, 0, 0, kTyped},
    {"the union's first member counts", kKprobe, TASK "r0 = *(u64 *)(r0 +40)\nexit", "ObjectMemberEnd", {}, 0, 0, kTyped},
    {"the union's second member", kKprobe, TASK "r0 = *(u32 *)(r0 +44)\nexit", "", {}, 0, 0, kTyped},
    {"bit fields", kKprobe, TASK "r0 = *(u32 *)(r0 +4)\nexit", "", {}, 0, 0, kTyped},
    {"part of a bit field", kKprobe, TASK "r0 = *(u8 *)(r0 +5)\nexit", "ObjectHole", {}, 0, 0, kTyped},
    {"a pointer to what is not described", kKprobe, TASK "r1 = *(u64 *)(r0 +80)\nr0 = *(u64 *)(r1 +0)\nexit",
     "NotAPointer", "R1 invalid mem access 'scalar'", 0, 0, kTyped},
    {"a pointer to user memory", kKprobe, TASK "r1 = *(u64 *)(r0 +64)\nr0 = *(u32 *)(r1 +4)\nexit", "ObjectOtherMemory",
     "R1 is ptr_pair access user memory: off=4", 0, 0, kTyped},
    {"a pointer to per-CPU memory", kKprobe, TASK "r1 = *(u64 *)(r0 +72)\nr0 = *(u32 *)(r1 +0)\nexit",
     "ObjectOtherMemory", "R1 is ptr_pair access percpu memory: off=0", 0, 0, kTyped},
    {"moved forward", kKprobe, TASK "r0 += 80\nr0 = *(u32 *)(r0 +8)\nexit", "", {}, 0, 0, kTyped},
    {"moved back", kKprobe, TASK "r0 += -8\nr0 = *(u32 *)(r0 +8)\nexit", "", {}, 0, 0, kTyped},
    {"before the structure", kKprobe, TASK "r0 = *(u32 *)(r0 -8)\nexit", "ObjectNegative",
     "R0 is ptr_task_struct invalid negative access: off=-8", 0, 0, kTyped},
    {"at a variable offset", kKprobe, TASK "r6 = r0\ncall 7\nr0 &= 8\nr6 += r0\nr0 = *(u32 *)(r6 +0)\nexit",
     "ObjectVariable", "R6 is ptr_task_struct invalid variable offset: off=0, var_off=(0x0; 0x8)", 0, 0, kTyped},
    {"misaligned", kKprobe, TASK "r0 = *(u32 *)(r0 +26)\nexit", "Misaligned", {}, 0, 0, kTyped},
    {"a store", kKprobe, TASK "*(u32 *)(r0 +88) = 1\n" END, "ObjectWrite", "only read is supported", 0, 0, kTyped},
    {"an atomic operation", kKprobe, TASK "r1 = 1\nlock *(u32 *)(r0 +88) += r1\n" END, "ObjectWrite", {}, 0, 0, kTyped},
    {"one load for an object and for the stack", kKprobe,
     TASK "*(u64 *)(r10 -88) = 0\nr6 = r0\ncall 7\nif r0 == 0 goto a\nr6 = r10\nr6 += -176\na:\nr0 = *(u32 *)(r6 "
          "+88)\nexit\n",
     "DifferentPointers", {}, 0, 0, kTyped},
    {"spilled and filled", kKprobe, TASK "*(u64 *)(r10 -8) = r0\nr1 = *(u64 *)(r10 -8)\nr0 = *(u32 *)(r1 +88)\nexit", "",
     {}, 0, 0, kTyped},
    {"as memory for a helper", kKprobe, TASK "r1 = r10\nr1 += -8\nr2 = 8\nr3 = r0\ncall 113\n" END, "", {}, 0, 0, kTyped},
    {"as a buffer", kKprobe, TASK "r1 = r0\nr2 = 8\nr3 = 0\ncall 113\n" END, "ArgumentType",
     "R1 type=ptr_ expected=", 0, 0, kTyped},
};

constexpr Case kArguments[] = {
    {"the current task", kKprobe, TASK "r1 = r0\ncall 175\nr0 = *(u64 *)(r0 +280)\nexit", "", {}, 0, 0, kTyped},
    {"another task", kKprobe, TASK "r1 = *(u64 *)(r0 +8)\ncall 175\nr0 = 0\nexit", "", {}, 0, 0, kTyped},
    {"registers are no task", kKprobe, TASK "r1 = r0\ncall 175\nr1 = r0\ncall 175\n" END, "ObjectType",
     "R1 is of type pt_regs but task_struct is expected", 0, 0, kTyped},
    {"a task inside of something else", kTracing, "r1 = *(u64 *)(r1 +48)\nr1 += 8\ncall 175\n" END, "", {}, 0,
     BPF_TRACE_FENTRY, "wake_up"},
    {"beside the task inside", kTracing, "r1 = *(u64 *)(r1 +48)\nr1 += 16\ncall 175\n" END, "ObjectType", {}, 0,
     BPF_TRACE_FENTRY, "wake_up"},
    {"a task at an unknown place", kKprobe, TASK "r6 = r0\ncall 7\nr0 &= 8\nr6 += r0\nr1 = r6\ncall 175\n" END,
     "ContextVariable", "variable ptr_ access var_off=(0x0; 0x8) disallowed", 0, 0, kTyped},
    {"a structure that this kernel does not have", kTracing,
     "r1 = *(u64 *)(r1 +8)\nr2 = map_fd 9 ll\nr3 = 0\nr4 = r10\nr4 += -8\n*(u64 *)(r10 -8) = 0\nr5 = 8\ncall 111\n" END,
     "ObjectType", "but sk_buff is expected", 0, BPF_TRACE_RAW_TP, "btf_trace_sched_switch"},
};

constexpr Case kTargets[] = {
    {"arguments", kTracing, "r2 = *(u64 *)(r1 +0)\nr3 = *(u32 *)(r2 +88)\nr4 = *(u64 *)(r1 +8)\n" END, "", {}, 0,
     BPF_TRACE_FENTRY, "wake_up"},
    {"a number is no pointer", kTracing, "r2 = *(u64 *)(r1 +8)\nr3 = *(u32 *)(r2 +0)\n" END, "NotAPointer", {}, 0,
     BPF_TRACE_FENTRY, "wake_up"},
    {"text is a number", kTracing, "r2 = *(u64 *)(r1 +16)\nr3 = *(u8 *)(r2 +0)\n" END, "NotAPointer", {}, 0,
     BPF_TRACE_FENTRY, "wake_up"},
    {"half of a number", kTracing, "r2 = *(u32 *)(r1 +8)\n" END, "", {}, 0, BPF_TRACE_FENTRY, "wake_up"},
    {"half of a pointer", kTracing, "r2 = *(u32 *)(r1 +0)\n" END, "TracedSize", "func 'wake_up' size 4 must be 8", 0,
     BPF_TRACE_FENTRY, "wake_up"},
    {"between two arguments", kTracing, "r2 = *(u32 *)(r1 +4)\n" END, "TracedOffset",
     "func 'wake_up' offset 4 is not multiple of 8", 0, BPF_TRACE_FENTRY, "wake_up"},
    {"a pointer to a pointer", kTracing, "r2 = *(u64 *)(r1 +32)\n" END, "TracedPointee",
     "func 'wake_up' arg4 type PTR is not a struct", 0, BPF_TRACE_FENTRY, "wake_up"},
    {"a floating-point number", kTracing, "r2 = *(u64 *)(r1 +40)\n" END, "TracedType",
     "func 'wake_up' arg5 has type FLOAT. Only pointer access is allowed", 0, BPF_TRACE_FENTRY, "wake_up"},
    {"a structure by value", kTracing, "r2 = *(u64 *)(r1 +56)\n" END, "", {}, 0, BPF_TRACE_FENTRY, "wake_up"},
    {"the result, before there is one", kTracing, "r2 = *(u64 *)(r1 +64)\n" END, "TracedMissing",
     "func 'wake_up' doesn't have 9-th argument", 0, BPF_TRACE_FENTRY, "wake_up"},
    {"the result", kTracing, "r2 = *(u64 *)(r1 +64)\nr3 = *(u32 *)(r2 +88)\n" END, "", {}, 0, BPF_TRACE_FEXIT,
     "wake_up"},
    {"behind the result", kTracing, "r2 = *(u64 *)(r1 +72)\n" END, "TracedMissing", {}, 0, BPF_TRACE_FEXIT, "wake_up"},
    {"the result of a function without", kTracing, "r2 = *(u64 *)(r1 +0)\n" END, "TracedType", {}, 0, BPF_TRACE_FEXIT,
     "do_nothing"},
    {"beyond any context", kTracing, "r2 = *(u64 *)(r1 +96)\n" END, "ContextAccess", {}, 0, BPF_TRACE_FENTRY, "wake_up"},
    {"a written argument", kTracing, "r2 = 0\n*(u64 *)(r1 +0) = r2\n" END, "ContextAccess", {}, 0, BPF_TRACE_FENTRY,
     "wake_up"},
    {"fentry returns 0", kTracing, "r0 = 1\nexit", "ExitRange", {}, 0, BPF_TRACE_FENTRY, "wake_up"},
    {"a tracepoint's arguments", kTracing, "r2 = *(u64 *)(r1 +8)\nr0 = *(u32 *)(r2 +92)\nexit", "", {}, 0,
     BPF_TRACE_RAW_TP, "btf_trace_sched_switch"},
    {"a tracepoint has fewer", kTracing, "r2 = *(u64 *)(r1 +16)\n" END, "TracedMissing",
     "func 'sched_switch' doesn't have 3-th argument", 0, BPF_TRACE_RAW_TP, "btf_trace_sched_switch"},
    {"an iterator's task may be NULL", kTracing,
     "r2 = *(u64 *)(r1 +8)\nif r2 == 0 goto out\nr3 = *(u32 *)(r2 +88)\nout:\n" END, "", {}, 0, BPF_TRACE_ITER,
     "bpf_iter_task"},
    {"an iterator's task, not tested", kTracing, "r2 = *(u64 *)(r1 +8)\nr3 = *(u32 *)(r2 +88)\n" END, "NullPointer",
     "R2 invalid mem access 'ptr_or_null_'", 0, BPF_TRACE_ITER, "bpf_iter_task"},
    {"fentry of a tracepoint", kTracing, END, "AttachTarget", "is not a function", 0, BPF_TRACE_FENTRY,
     "btf_trace_sched_switch"},
    {"a function as a tracepoint", kTracing, END, "AttachTarget", "is not a typedef", 0, BPF_TRACE_RAW_TP, "wake_up"},
    {"a type as a tracepoint", kTracing, END, "AttachTarget", "points to wrong type name size_t", 0, BPF_TRACE_RAW_TP,
     "size_t"},
    {"a tracepoint that is none", kTracing, END, "AttachTarget", {}, 0, BPF_TRACE_RAW_TP, "btf_trace_wrong"},
    {"no type", kTracing, END, "AttachTarget", "attach_btf_id 4294967295 is invalid", 0, BPF_TRACE_FENTRY, "missing"},
    {"a program that may sleep", kTracing, END, "AttachSleepable", "wake_up is not sleepable", BPF_F_SLEEPABLE,
     BPF_TRACE_FENTRY, "wake_up"},
    {"another result", kTracing, END, "AttachModify", "wake_up() is not modifiable", 0, BPF_MODIFY_RETURN, "wake_up"},
};

}  // namespace

TEST_CASE("verifier cases: loads through kernel pointers", "[verifier][kernel_types]") {
  check_cases(kLoads, std::size(kLoads));
}
TEST_CASE("verifier cases: kernel pointers for helpers", "[verifier][kernel_types]") {
  check_cases(kArguments, std::size(kArguments));
}
TEST_CASE("verifier cases: what tracing programs are for", "[verifier][kernel_types]") {
  check_cases(kTargets, std::size(kTargets));
}

TEST_CASE("verifier cases: kernel pointers need rights and a licence", "[verifier][kernel_types]") {
  const std::string_view program = "r2 = *(u64 *)(r1 +0)\nr3 = *(u32 *)(r2 +88)\nr0 = 0\nexit";
  const Options good{.prog_type = kTracing, .attach_type = BPF_TRACE_FENTRY, .target = "wake_up"};
  CHECK(run_verifier(program, good).accepted);
  Options other = good;
  other.privileged = false;
  CHECK(run_verifier(program, other).rejection.rule == bpf::Rule::kObjectPrivileged);
  other = good;
  other.gpl = false;
  CHECK(run_verifier(program, other).rejection.rule == bpf::Rule::kObjectLicense);
}

TEST_CASE("verifier cases: loads through kernel pointers are fault-safe, and no others", "[verifier][kernel_types]") {
  const Verdict v = run_verifier(
      "*(u64 *)(r10 -8) = 0\nr1 = *(u64 *)(r10 -8)\ncall 158\nr1 = *(u64 *)(r0 +8)\nr0 = *(s16 *)(r1 +88)\nexit",
      {.prog_type = kKprobe, .target = kTyped});
  REQUIRE(v.accepted);
  std::string fault_safe;
  for (const bpf::InsnFacts& f : v.result.image.facts) fault_safe += f.fault_safe ? '1' : '0';
  CHECK(fault_safe == "000110");
}

}  // namespace skep::verifier_test
