// Rules about kinds of pointers: references, maps of maps, special maps, sockets, the buffer of a writable tracepoint.
#include "tests/host/verifier/cases/cases.h"

using namespace skep::verifier_test;

namespace {

constexpr uint32_t kWritable = BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE;

#define END "r0 = 0\nexit\n"
// r0 = a record of 16 bytes in the ring buffer, or NULL.
#define RESERVE_OR_NULL \
  "r1 = map_fd 7 ll\n"  \
  "r2 = 16\n"           \
  "r3 = 0\n"            \
  "call 131\n"
// r6 = the record; without one the program ends.
#define RESERVE RESERVE_OR_NULL "if r0 != 0 goto +2\n" END "r6 = r0\n"
// Gives back what r1 points to.
#define SUBMIT "r2 = 0\ncall 132\n"
#define DISCARD "r2 = 0\ncall 133\n"
#define BRANCH "call 7\nif r0 == 0 goto a\n"
// Enough instructions and jumps for a checkpoint.
#define PRUNE "r9 = 0\nr9 += 1\ngoto +0\nr9 += 1\nr9 += 1\ngoto +0\nr9 += 1\nr9 += 1\nr9 += 1\nr9 += 1\n"

constexpr Case kReferences[] = {
    {"record submitted", kKprobe, RESERVE "r1 = r6\n" SUBMIT END, ""},
    {"record discarded", kKprobe, RESERVE "r1 = r6\n" DISCARD END, ""},
    {"record kept", kKprobe, RESERVE END, "ReferenceLeak", "Unreleased reference id="},
    {"record that was never checked", kKprobe, RESERVE_OR_NULL END, "ReferenceLeak"},
    {"record whose pointer is lost", kKprobe, RESERVE "r6 = 0\nr0 = 0\n" END, "ReferenceLeak"},
    {"nothing was reserved", kKprobe, RESERVE_OR_NULL "if r0 == 0 goto a\nr1 = r0\n" SUBMIT "a:\n" END, ""},
    {"released on one path only", kKprobe, RESERVE BRANCH "r1 = r6\n" SUBMIT "a:\n" END, "ReferenceLeak"},
    {"released on both paths", kKprobe, RESERVE BRANCH "r1 = r6\n" SUBMIT END "a:\nr1 = r6\n" DISCARD END, ""},
    {"released twice", kKprobe, RESERVE "r1 = r6\n" SUBMIT "r1 = r6\n" SUBMIT END, "ArgumentType"},
    {"released before its null check", kKprobe, RESERVE_OR_NULL "r1 = r0\n" SUBMIT END, "ArgumentOrNull"},
    {"used after its release", kKprobe, RESERVE "r1 = r6\n" SUBMIT "r0 = *(u64 *)(r6 +0)\nexit\n", "NotAPointer",
     "R6 invalid mem access 'scalar'"},
    {"used before its release", kKprobe, RESERVE "*(u64 *)(r6 +8) = 7\nr7 = *(u64 *)(r6 +8)\nr1 = r6\n" SUBMIT END, ""},
    {"spilled copy used after the release", kKprobe,
     RESERVE "*(u64 *)(r10 -8) = r6\nr1 = r6\n" SUBMIT "r1 = *(u64 *)(r10 -8)\nr0 = *(u64 *)(r1 +0)\nexit\n",
     "NotAPointer"},
    {"spilled copy released", kKprobe, RESERVE "*(u64 *)(r10 -8) = r6\nr6 = 0\nr1 = *(u64 *)(r10 -8)\n" SUBMIT END, ""},
    {"moved pointer released", kKprobe, RESERVE "r1 = r6\nr1 += 8\n" SUBMIT END, "ReleaseMoved",
     "dereference of modified ringbuf_mem ptr R1 off=8 disallowed"},
    {"moved there and back", kKprobe, RESERVE "r1 = r6\nr1 += 8\nr1 -= 8\n" SUBMIT END, ""},
    {"pointer moved by a variable released", kKprobe, RESERVE "call 7\nr0 &= 7\nr1 = r6\nr1 += r0\n" SUBMIT END,
     "ReleaseMoved"},
    {"map value released", kKprobe, "r1 = map_value 4 0 ll\n" SUBMIT END, "ArgumentType",
     "R1 type=map_value expected=ringbuf_mem"},
    {"beyond the record", kKprobe, RESERVE "*(u64 *)(r6 +16) = 1\nr1 = r6\n" SUBMIT END, "MinOutside",
     "invalid access to memory, mem_size=16 off=16 size=8"},
    {"before the record", kKprobe, RESERVE "*(u8 *)(r6 -1) = 1\nr1 = r6\n" SUBMIT END, "MinOutside"},
    {"last byte of the record", kKprobe, RESERVE "*(u8 *)(r6 +15) = 1\nr1 = r6\n" SUBMIT END, ""},
    {"record of unknown size", kKprobe, "call 7\nr0 &= 63\nr2 = r0\nr1 = map_fd 7 ll\nr3 = 0\ncall 131\n" END,
     "SizeConstant", "R2 is not a known constant'"},
    {"record filled by a helper", kKprobe, RESERVE "r1 = r6\nr2 = 16\nr3 = 0\ncall 113\nr1 = r6\n" SUBMIT END, ""},
    {"record filled too far by a helper", kKprobe, RESERVE "r1 = r6\nr2 = 17\nr3 = 0\ncall 113\nr1 = r6\n" SUBMIT END,
     "MinOutside"},
    {"record as the source of an output", kKprobe,
     RESERVE "r1 = map_fd 7 ll\nr2 = r6\nr3 = 16\nr4 = 0\ncall 130\nr1 = r6\n" SUBMIT END, ""},
    {"two records, one released", kKprobe,
     RESERVE "r7 = r6\n" RESERVE_OR_NULL "r8 = r0\nr1 = r7\n" SUBMIT "if r8 != 0 goto a\n" END "a:\n" END,
     "ReferenceLeak"},
    {"two records, both released", kKprobe,
     RESERVE "r7 = r6\n" RESERVE_OR_NULL "r8 = r0\nr1 = r7\n" SUBMIT "if r8 == 0 goto a\nr1 = r8\n" DISCARD "a:\n" END,
     ""},
    {"the same record released instead of the other", kKprobe,
     RESERVE "r7 = r6\n" RESERVE_OR_NULL "r8 = r0\nr1 = r7\n" SUBMIT "if r8 == 0 goto a\nr1 = r7\n" DISCARD "a:\n" END,
     "ArgumentType"},
    {"released by a function", kKprobe, RESERVE "r1 = r6\ncall f\n" END "f:\n" SUBMIT "r0 = 0\nexit\n", ""},
    {"reserved by a function", kKprobe,
     "call f\nif r0 == 0 goto a\nr1 = r0\n" SUBMIT "a:\n" END "f:\n" RESERVE_OR_NULL "exit\n", ""},
    {"reserved by a function and kept", kKprobe, "call f\n" END "f:\n" RESERVE_OR_NULL "r0 = 0\nexit\n",
     "ReferenceLeak"},
    {"caller's copy is stale after a function released it", kKprobe,
     RESERVE "r1 = r6\ncall f\n*(u8 *)(r6 +0) = 1\n" END "f:\n" SUBMIT "r0 = 0\nexit\n", "NotAPointer"},
    {"loop that reserves and submits", kKprobe,
     "r7 = 0\nb:\n" RESERVE_OR_NULL "if r0 == 0 goto a\nr1 = r0\n" SUBMIT "a:\nr7 += 1\nif r7 < 5 goto b\n" END, ""},
    {"loop that forgets one in five", kKprobe,
     "r7 = 0\nb:\n" RESERVE_OR_NULL "if r0 == 0 goto a\nif r7 == 3 goto a\nr1 = r0\n" SUBMIT
     "a:\nr7 += 1\nif r7 < 5 goto b\n" END,
     "ReferenceLeak"},
    {"pointer that moves through a record in a loop", kKprobe,
     RESERVE "r7 = r6\nr8 = 0\nb:\n*(u8 *)(r7 +0) = 1\nr7 += 1\nr8 += 1\nif r8 < 16 goto b\nr1 = r6\n" SUBMIT END, ""},
    {"pointer that has moved through a record in a loop, after its release", kKprobe,
     RESERVE "r7 = r6\nr8 = 0\nb:\n*(u8 *)(r7 +0) = 1\nr7 += 1\nr8 += 1\nif r8 < 8 goto b\nr1 = r6\n" SUBMIT
             "*(u8 *)(r7 +0) = 1\n" END,
     "NotAPointer"},
    {"loop that submits the same record in every turn", kKprobe,
     RESERVE "r8 = 0\nb:\nr1 = r6\n" SUBMIT "r8 += 1\nif r8 < 100 goto b\n" END, "ArgumentType"},
    {"loop that reserves in every turn and submits after it", kKprobe,
     "r6 = 0\nr8 = 0\nb:\n" RESERVE_OR_NULL "r6 = r0\nr8 += 1\nif r8 < 50 goto b\nif r6 == 0 goto a\nr1 = r6\n" SUBMIT
     "a:\n" END,
     "ReferenceLeak"},
    {"pruning must not forget what is held", kKprobe,
     "call 7\nr7 = r0\nr6 = 0\nif r7 == 1 goto a\n" RESERVE_OR_NULL "if r0 == 0 goto a\nr6 = r0\na:\n" PRUNE
     "if r7 == 2 goto b\nr8 = 1\nb:\n" END,
     "ReferenceLeak"},
    {"pruning must not mistake one record for another", kKprobe,
     RESERVE "r7 = r6\n" RESERVE_OR_NULL "if r0 != 0 goto c\nr1 = r7\n" SUBMIT END
             "c:\nr8 = r0\nr6 = r7\ncall 7\nif r0 == 0 goto a\nr6 = r8\na:\n" PRUNE
             "if r9 == 77 goto b\nb:\nr1 = r6\n" SUBMIT "r1 = r8\n" SUBMIT END,
     "ArgumentType"},
    {"packet load while a record is held", kFilter,
     "r7 = r1\n" RESERVE_OR_NULL "if r0 != 0 goto a\n" END
     "a:\nr8 = r0\nr6 = r7\nr0 = *(u8 *)skb[0]\nr1 = r8\n" SUBMIT END,
     "PacketReference", "BPF_LD_[ABS|IND] cannot be mixed with socket references"},
    {"packet load after the record is gone", kFilter,
     "r7 = r1\n" RESERVE_OR_NULL "if r0 != 0 goto a\n" END "a:\nr1 = r0\n" SUBMIT "r6 = r7\nr0 = *(u8 *)skb[0]\n" END,
     ""},
    {"tail call while a record is held", kKprobe,
     "r7 = r1\n" RESERVE "r1 = r7\nr2 = map_fd 8 ll\nr3 = 0\ncall 12\nr1 = r6\n" SUBMIT END, "TailCallReference",
     "tail_call would lead to reference leak"},
    {"tail call after the record is gone", kKprobe,
     "r7 = r1\n" RESERVE "r1 = r6\n" SUBMIT "r1 = r7\nr2 = map_fd 8 ll\nr3 = 0\ncall 12\n" END, ""},
    {"arithmetic on a record that may be NULL", kKprobe, RESERVE_OR_NULL "r0 += 8\n" END, "PointerOrNullMath"},
};

#define KEY4 "*(u32 *)(r10 -4) = 0\nr2 = r10\nr2 += -4\n"
#define KEY8 "*(u64 *)(r10 -8) = 0\nr2 = r10\nr2 += -8\n"

constexpr Case kMaps[] = {
    {"map found in an array of maps", kKprobe,
     KEY4 "r1 = map_fd 11 ll\ncall 1\nif r0 == 0 goto out\n" KEY4
          "r1 = r0\ncall 1\nif r0 == 0 goto out\nr1 = *(u64 *)(r0 +8)\nout:\n" END,
     ""},
    {"map found in a hash of maps", kKprobe,
     KEY8 "r1 = map_fd 12 ll\ncall 1\nif r0 == 0 goto out\n" KEY8
          "r1 = r0\ncall 1\nif r0 == 0 goto out\nr1 = *(u64 *)(r0 +0)\nout:\n" END,
     ""},
    {"value of an inner map, beyond", kKprobe,
     KEY4 "r1 = map_fd 11 ll\ncall 1\nif r0 == 0 goto out\n" KEY4
          "r1 = r0\ncall 1\nif r0 == 0 goto out\nr1 = *(u64 *)(r0 +16)\nout:\n" END,
     "MinOutside", "value_size=16 off=16 size=8"},
    {"inner map that was not checked", kKprobe, KEY4 "r1 = map_fd 11 ll\ncall 1\n" KEY4 "r1 = r0\ncall 1\n" END,
     "ArgumentOrNull"},
    {"inner map is not memory", kKprobe,
     KEY4 "r1 = map_fd 11 ll\ncall 1\nif r0 == 0 goto out\nr1 = *(u64 *)(r0 +8)\nout:\n" END, "MapStructureField"},
    {"inner map cannot be moved", kKprobe, KEY4 "r1 = map_fd 11 ll\ncall 1\nif r0 == 0 goto out\nr0 += 8\nout:\n" END,
     "PointerMath", "R0 pointer arithmetic on map_ptr prohibited"},
    {"inner map, nothing added", kKprobe, KEY4 "r1 = map_fd 11 ll\ncall 1\nif r0 == 0 goto out\nr0 += 0\nout:\n" END,
     ""},
    {"programs do not change a map of maps", kKprobe, KEY4 "r1 = map_fd 11 ll\ncall 3\n" END, "MapHelperPair",
     "cannot pass map_type 12 into func bpf_map_delete_elem#3"},
    {"lookup in a prog_array", kKprobe, KEY4 "r1 = map_fd 8 ll\ncall 1\n" END, "MapHelperPair",
     "cannot pass map_type 3 into func bpf_map_lookup_elem#1"},
    {"lookup in a stack_trace map", kPerfEvent, KEY4 "r1 = map_fd 10 ll\ncall 1\n" END, "MapHelperPair"},
    {"lookup in a perf_event_array", kKprobe, KEY4 "r1 = map_fd 9 ll\ncall 1\n" END, "MapHelperPair"},
    {"lookup in a ringbuf, which has no keys", kKprobe, KEY4 "r1 = map_fd 7 ll\ncall 1\n" END, "ZeroSize"},
    {"lookup in an array", kKprobe, KEY4 "r1 = map_fd 0 ll\ncall 1\n" END, ""},
    {"tail call through an array", kKprobe, "r2 = map_fd 0 ll\nr3 = 0\ncall 12\n" END, "MapHelperPair"},
    {"tail call through a prog_array", kKprobe, "r2 = map_fd 8 ll\nr3 = 0\ncall 12\n" END, ""},
    {"tail call without the context", kKprobe, "r1 = r10\nr2 = map_fd 8 ll\nr3 = 0\ncall 12\n" END, "ArgumentType"},
    {"stack id from a stack_trace map", kKprobe, "r2 = map_fd 10 ll\nr3 = 0\ncall 27\n" END, ""},
    {"stack id from an array", kKprobe, "r2 = map_fd 0 ll\nr3 = 0\ncall 27\n" END, "MapHelperPair"},
    {"record of an array", kKprobe, "r1 = map_fd 0 ll\nr2 = 8\nr3 = 0\ncall 131\n" END, "MapHelperPair"},
    {"event output", kKprobe,
     "*(u64 *)(r10 -8) = 0\nr2 = map_fd 9 ll\nr3 = 0\nr4 = r10\nr4 += -8\nr5 = 8\ncall 25\n" END, ""},
    {"event output of a tracepoint", kTracepoint,
     "*(u64 *)(r10 -8) = 0\nr2 = map_fd 9 ll\nr3 = 0\nr4 = r10\nr4 += -8\nr5 = 8\ncall 25\n" END, ""},
    {"event output of nothing", kRawTracepoint, "r2 = map_fd 9 ll\nr3 = 0\nr4 = r10\nr4 += -8\nr5 = 0\ncall 25\n" END,
     ""},
    {"event output of uninitialised stack", kPerfEvent,
     "r2 = map_fd 9 ll\nr3 = 0\nr4 = r10\nr4 += -8\nr5 = 8\ncall 25\n" END, "StackUninitRange"},
    {"event output to an array", kKprobe,
     "*(u64 *)(r10 -8) = 0\nr2 = map_fd 0 ll\nr3 = 0\nr4 = r10\nr4 += -8\nr5 = 8\ncall 25\n" END, "MapHelperPair"},
    {"operations of a map", kKprobe, "r1 = map_fd 0 ll\nr6 = *(u64 *)(r1 +0)\n" END, ""},
    {"half the operations of a map", kKprobe, "r1 = map_fd 0 ll\nr6 = *(u32 *)(r1 +0)\n" END, "MapStructureField",
     "cannot access ptr member ops with moff 0 in struct bpf_map with off 0 size 4"},
    {"field of a map that nobody knows", kKprobe, "r1 = map_fd 0 ll\nr6 = *(u32 *)(r1 +8)\n" END, "MapStructureField",
     "cannot access struct bpf_map with off 8 size 4"},
    {"before a map", kKprobe, "r1 = map_fd 0 ll\nr6 = *(u32 *)(r1 -4)\n" END, "MapStructureNegative",
     "R1 is bpf_array invalid negative access: off=-4"},
    {"write to a map's structure", kKprobe, "r1 = map_fd 0 ll\n*(u64 *)(r1 +0) = 3\n" END, "MapStructureWrite",
     "only read from bpf_array is supported"},
    {"write to a hash map's structure", kKprobe, "r1 = map_fd 1 ll\n*(u64 *)(r1 +0) = 3\n" END, "MapStructureWrite",
     "only read from bpf_htab is supported"},
};

constexpr Case kContexts[] = {
    {"skb->sk without a null check", kFilter, "r1 = *(u64 *)(r1 +168)\nr0 = *(u32 *)(r1 +4)\nexit\n", "NullPointer",
     "R1 invalid mem access 'sock_common_or_null'"},
    {"skb->sk->family", kFilter, "r1 = *(u64 *)(r1 +168)\nr0 = 0\nif r1 == 0 goto a\nr0 = *(u32 *)(r1 +4)\na:\nexit\n",
     ""},
    {"skb->sk->type needs a full socket", kFilter,
     "r1 = *(u64 *)(r1 +168)\nr0 = 0\nif r1 == 0 goto a\nr0 = *(u32 *)(r1 +8)\na:\nexit\n", "SocketAccess",
     "R1 invalid sock_common access off=8 size=4"},
    {"skb->sk->state", kFilter, "r1 = *(u64 *)(r1 +168)\nr0 = 0\nif r1 == 0 goto a\nr0 = *(u8 *)(r1 +72)\na:\nexit\n",
     ""},
    {"skb->sk->dst_port, half", kFilter,
     "r1 = *(u64 *)(r1 +168)\nr0 = 0\nif r1 == 0 goto a\nr0 = *(u16 *)(r1 +48)\na:\nexit\n", ""},
    {"padding behind skb->sk->dst_port", kFilter,
     "r1 = *(u64 *)(r1 +168)\nr0 = 0\nif r1 == 0 goto a\nr0 = *(u16 *)(r1 +50)\na:\nexit\n", "SocketAccess"},
    {"two fields of a socket at once", kFilter,
     "r1 = *(u64 *)(r1 +168)\nr0 = 0\nif r1 == 0 goto a\nr0 = *(u64 *)(r1 +24)\na:\nexit\n", "SocketAccess"},
    {"beyond a socket", kFilter, "r1 = *(u64 *)(r1 +168)\nr0 = 0\nif r1 == 0 goto a\nr0 = *(u32 *)(r1 +80)\na:\nexit\n",
     "SocketAccess"},
    {"write to a socket", kFilter,
     "r1 = *(u64 *)(r1 +168)\nr0 = 0\nif r1 == 0 goto a\n*(u32 *)(r1 +4) = r0\na:\nexit\n", "ReadOnlyMemory",
     "R1 cannot write into sock_common"},
    {"atomic on a socket", kFilter,
     "r1 = *(u64 *)(r1 +168)\nr0 = 0\nif r1 == 0 goto a\nlock *(u32 *)(r1 +4) += r0\na:\nexit\n", "AtomicTarget"},
    {"arithmetic on a socket", kFilter, "r1 = *(u64 *)(r1 +168)\nr0 = 0\nif r1 == 0 goto a\nr1 += 4\na:\nexit\n",
     "PointerMath"},
    {"half of skb->sk", kFilter, "r1 = *(u32 *)(r1 +168)\n" END, "ContextAccess"},
    {"skb->sk overwritten", kFilter, "r2 = 0\n*(u64 *)(r1 +168) = r2\n" END, "ContextAccess"},

    {"tracepoint buffer", kWritable, "r6 = *(u64 *)(r1 +0)\nr0 = *(u8 *)(r6 +0)\n*(u64 *)(r6 +8) = 1\n" END, ""},
    {"tracepoint buffer at a variable offset", kWritable,
     "r6 = *(u64 *)(r1 +0)\nr7 = *(u64 *)(r1 +8)\nr7 &= 56\nr6 += r7\n*(u64 *)(r6 +0) = 1\n" END, "TraceBufferVariable",
     "R6 invalid variable buffer offset: off=0, var_off=(0x0; 0x38)"},
    {"before the tracepoint buffer", kWritable, "r6 = *(u64 *)(r1 +0)\nr0 = *(u8 *)(r6 -1)\n" END,
     "TraceBufferNegative"},
    {"moved tracepoint buffer", kWritable, "r6 = *(u64 *)(r1 +0)\nr6 += 64\nr0 = *(u64 *)(r6 +0)\n" END, ""},
    {"second argument of a writable tracepoint is a number", kWritable,
     "r6 = *(u64 *)(r1 +8)\nr0 = *(u8 *)(r6 +0)\n" END, "NotAPointer"},
    {"half of the buffer's pointer", kWritable, "r6 = *(u32 *)(r1 +0)\n" END, "ContextAccess"},
    {"first argument of a plain raw tracepoint is a number", kRawTracepoint,
     "r6 = *(u64 *)(r1 +0)\nr0 = *(u8 *)(r6 +0)\n" END, "NotAPointer"},

    {"one load for the context and for the stack", kFilter,
     "*(u64 *)(r10 -8) = 0\nr6 = r1\ncall 7\nif r0 == 0 goto a\nr6 = r10\nr6 += -8\na:\nr0 = *(u32 *)(r6 +0)\nexit\n",
     "DifferentPointers", "same insn cannot be used with different pointers"},
    {"one load for the stack and for a map value", kFilter,
     "*(u64 *)(r10 -8) = 0\nr6 = map_value 4 0 ll\ncall 7\nif r0 == 0 goto a\nr6 = r10\nr6 += -8\na:\nr0 = *(u32 *)(r6 "
     "+0)\nexit\n",
     ""},
    {"one store for the context and for the stack", kFilter,
     "*(u64 *)(r10 -56) = 0\nr6 = r1\ncall 7\nr7 = 0\nif r0 == 0 goto a\nr6 = r10\nr6 += -104\na:\n*(u32 *)(r6 +48) = "
     "r7\n" END,
     "DifferentPointers"},
};

#define TASK "call 158\n"
constexpr Case kKernelObjects[] = {
    {"current task handed to a helper", kKprobe, TASK "r1 = r0\nr2 = r10\nr2 += -64\nr3 = 64\nr4 = 0\ncall 141\n" END,
     ""},
    {"a number instead of the task", kKprobe, "r1 = 5\nr2 = r10\nr2 += -64\nr3 = 64\nr4 = 0\ncall 141\n" END,
     "ArgumentType"},
    {"registers of the task are no task", kKprobe, TASK "r1 = r0\ncall 175\nr1 = r0\ncall 175\n" END, "ArgumentType"},
    {"field of the task without a kernel BTF", kKprobe, TASK "r0 = *(u32 *)(r0 +0)\nexit\n", "KernelObjectRead"},
    {"field of the task through a probe read", kKprobe, TASK "r1 = r10\nr1 += -8\nr2 = 8\nr3 = r0\ncall 113\n" END, ""},
    {"write to the task", kKprobe, TASK "*(u64 *)(r0 +0) = 1\n" END, "ReadOnlyMemory"},
};

}  // namespace

TEST_CASE("verifier cases: references", "[verifier]") { check_cases(kReferences, std::size(kReferences)); }
TEST_CASE("verifier cases: special maps", "[verifier]") { check_cases(kMaps, std::size(kMaps)); }
TEST_CASE("verifier cases: sockets and trace buffers", "[verifier]") { check_cases(kContexts, std::size(kContexts)); }
TEST_CASE("verifier cases: kernel objects", "[verifier]") { check_cases(kKernelObjects, std::size(kKernelObjects)); }

TEST_CASE("verifier cases: what only some programs may use", "[verifier]") {
  const Options sleepable{.prog_type = BPF_PROG_TYPE_SYSCALL, .prog_flags = BPF_F_SLEEPABLE};
  CHECK(run_verifier("r1 = map_fd 0 ll\nr0 = 0\nexit", sleepable).accepted);
  const Verdict special = run_verifier("r1 = map_fd 8 ll\nr0 = 0\nexit", sleepable);
  CHECK_FALSE(special.accepted);
  CHECK(special.log.find("Sleepable programs can only use array, hash, and ringbuf maps") != std::string::npos);

  const std::string_view copy = "r1 = r10\nr1 += -8\nr2 = 8\nr3 = 0\ncall 148\nr0 = 0\nexit";
  CHECK(run_verifier(copy, sleepable).accepted);
  CHECK_FALSE(run_verifier(copy, {.prog_type = BPF_PROG_TYPE_KPROBE}).accepted);

  const std::string_view argument = "r2 = 0\n*(u64 *)(r10 -8) = r2\nr3 = r10\nr3 += -8\ncall 183\nr0 = 0\nexit";
  CHECK(run_verifier(argument, {.prog_type = BPF_PROG_TYPE_TRACING, .attach_type = BPF_TRACE_FENTRY}).accepted);
  CHECK_FALSE(run_verifier(argument, {.prog_type = BPF_PROG_TYPE_TRACING, .attach_type = BPF_TRACE_RAW_TP}).accepted);
}

TEST_CASE("verifier: how far a program reaches into a writable tracepoint's buffer", "[verifier]") {
  const Verdict v = run_verifier("r6 = *(u64 *)(r1 +0)\n*(u32 *)(r6 +20) = 1\nr0 = *(u8 *)(r6 +3)\nr0 = 0\nexit",
                                 {.prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE});
  REQUIRE(v.accepted);
  CHECK(v.result.max_trace_buffer_offset == 24);
}
