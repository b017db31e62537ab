// The context of each program type, packet loads, exit values.
#include "tests/host/verifier/cases/cases.h"

using namespace skep::verifier_test;

namespace {

constexpr Case kContext[] = {
    {"pt_regs", kKprobe, "r0 = *(u64 *)(r1 +80)\nexit", ""},
    {"pt_regs, last", kKprobe, "r0 = *(u64 *)(r1 +280)\nexit", ""},
    {"pt_regs, part", kKprobe, "r0 = *(u32 *)(r1 +84)\nexit", ""},
    {"beyond pt_regs", kKprobe, "r0 = *(u64 *)(r1 +288)\nexit", "ContextAccess",
     "invalid bpf_context access off=288 size=8"},
    {"before pt_regs", kKprobe, "r0 = *(u64 *)(r1 -8)\nexit", "ContextAccess"},
    {"misaligned pt_regs", kKprobe, "r0 = *(u64 *)(r1 +4)\nexit", "Misaligned", "misaligned context access"},
    {"misaligned pt_regs, any alignment",
     kKprobe,
     "r0 = *(u64 *)(r1 +4)\nexit",
     "ContextAccess",
     {},
     BPF_F_ANY_ALIGNMENT},
    {"writing pt_regs", kKprobe, "r0 = 0\n*(u64 *)(r1 +0) = r0\nexit", "ContextAccess"},
    {"storing an immediate to the context", kKprobe, "*(u64 *)(r1 +0) = 0\nr0 = 0\nexit", "ContextAccess"},
    {"moved context pointer", kKprobe, "r1 += 8\nr0 = *(u64 *)(r1 +0)\nexit", "ContextModified",
     "dereference of modified ctx ptr R1 off=8 disallowed"},
    {"before the context", kKprobe, "r1 += -8\nr0 = *(u64 *)(r1 +8)\nexit", "NegativeOffset",
     "negative offset ctx ptr R1 off=-8 disallowed"},
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

}  // namespace

TEST_CASE("verifier cases: context", "[verifier]") { check_cases(kContext, std::size(kContext)); }
