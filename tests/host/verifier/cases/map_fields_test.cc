// Structures of the kernel's in map values: locks and timers.
#include "tests/host/verifier/cases/cases.h"

using namespace skep::verifier_test;

namespace {

// r0 = the value of the map's element 0, not NULL, with the last LABEL "out:".
#define ELEMENT_OF(map)              \
  "*(u32 *)(r10 -4) = 0\nr2 = r10\n" \
  "r2 += -4\nr1 = map_fd " map       \
  " ll\n"                            \
  "call 1\nif r0 == 0 goto out\n"
// r6 = such a value; r1 = its lock.
#define LOCK_OF(map) ELEMENT_OF(map) "r6 = r0\nr1 = r0\nr1 += 4\n"
#define THE_LOCK "r1 = r6\nr1 += 4\n"
#define TAKE "call 93\n"
#define GIVE "call 94\n"

constexpr Case kLocks[] = {
    {"a lock taken and released", kSyscall, LOCK_OF("13") TAKE "r1 = 1\n*(u32 *)(r6 +0) = r1\n" THE_LOCK GIVE OUT, ""},
    {"... in an element of a hash", kSyscall, LOCK_OF("14") TAKE THE_LOCK GIVE OUT, ""},
    {"... in a tracing program", kTracing, LOCK_OF("13") TAKE THE_LOCK GIVE OUT, "", {}, 0, BPF_TRACE_FENTRY},
    {"a socket filter with a lock", kFilter, LOCK_OF("13") TAKE THE_LOCK GIVE OUT, "MapLock",
     "socket filter progs cannot use bpf_spin_lock yet"},
    {"a kprobe with a lock", kKprobe, LOCK_OF("13") TAKE THE_LOCK GIVE OUT, "MapLock",
     "tracing progs cannot use bpf_spin_lock yet"},
    {"a kprobe that only looks", kKprobe, ELEMENT_OF("13") OUT, "MapLock"},
    {"a raw tracepoint with a lock", kRawTracepoint, LOCK_OF("14") TAKE THE_LOCK GIVE OUT, "MapLock"},

    {"members beside the lock", kSyscall,
     ELEMENT_OF("13") "r1 = *(u32 *)(r0 +0)\nr1 = *(u64 *)(r0 +8)\n*(u64 *)(r0 +8) = 1\n" OUT, ""},
    {"the lock, loaded", kSyscall, ELEMENT_OF("13") "r1 = *(u32 *)(r0 +4)\n" OUT, "FieldAccess",
     "bpf_spin_lock cannot be accessed directly by load/store"},
    {"the lock, stored", kSyscall, ELEMENT_OF("13") "*(u32 *)(r0 +4) = 0\n" OUT, "FieldAccess"},
    {"the lock's last byte", kSyscall, ELEMENT_OF("13") "*(u8 *)(r0 +7) = 0\n" OUT, "FieldAccess"},
    {"the lock among others", kSyscall, ELEMENT_OF("13") "r1 = *(u64 *)(r0 +0)\n" OUT, "FieldAccess"},
    {"the lock, atomically", kSyscall, ELEMENT_OF("13") "r1 = 1\nlock *(u32 *)(r0 +4) += r1\n" OUT, "FieldAccess"},
    {"an index that may reach the lock", kSyscall,
     ELEMENT_OF("13") "r6 = r0\n" UNKNOWN "r0 &= 15\nr6 += r0\nr1 = *(u8 *)(r6 +0)\n" OUT, "FieldAccess"},
    {"an index that stays behind the lock", kSyscall,
     ELEMENT_OF("13") "r6 = r0\n" UNKNOWN "r0 &= 7\nr6 += r0\nr1 = *(u8 *)(r6 +8)\n" OUT, ""},
    {"a direct value's lock", kSyscall, "r1 = map_value 15 4 ll\nr1 = *(u32 *)(r1 +0)\n" OUT, "FieldAccess"},
    {"a helper that would write the lock", kSyscall, ELEMENT_OF("13") "r1 = r0\nr2 = 16\nr3 = 0\ncall 113\n" OUT,
     "FieldAccess"},
    {"a helper that writes behind the lock", kSyscall,
     ELEMENT_OF("13") "r1 = r0\nr1 += 8\nr2 = 8\nr3 = 0\ncall 113\n" OUT, ""},
    {"a value with a lock as a helper's value", kSyscall,
     ELEMENT_OF("13") "r3 = r0\nr2 = r10\nr2 += -4\nr1 = map_fd 14 ll\nr4 = 0\ncall 2\n" OUT, "FieldAccess"},

    {"not the lock's address", kSyscall, ELEMENT_OF("13") "r1 = r0\n" TAKE OUT, "FieldOffset",
     "off 0 doesn't point to 'struct bpf_spin_lock' that is at 4"},
    {"a variable address", kSyscall, ELEMENT_OF("13") "r6 = r0\n" UNKNOWN "r0 &= 4\nr6 += r0\nr1 = r6\n" TAKE OUT,
     "FieldOffsetVariable", "R1 doesn't have constant offset. bpf_spin_lock has to be at the constant offset"},
    {"a map without BTF", kSyscall, ELEMENT_OF("0") "r1 = r0\n" TAKE OUT, "FieldNoBtf"},
    {"a value with two locks", kSyscall, ELEMENT_OF("16") "r1 = r0\n" TAKE OUT, "FieldMissing"},
    {"a lock in a timer's map", kSyscall, ELEMENT_OF("17") "r1 = r0\nr1 += 8\n" TAKE OUT, "FieldMissing"},
    {"a lock on the stack", kSyscall, "*(u32 *)(r10 -4) = 0\nr1 = r10\nr1 += -4\n" TAKE OUT, "ArgumentType",
     "R1 type=fp expected=map_value"},
    {"a lock that may not be there", kSyscall,
     "*(u32 *)(r10 -4) = 0\nr2 = r10\nr2 += -4\nr1 = map_fd 14 ll\ncall 1\nr1 = r0\n" TAKE OUT, "ArgumentOrNull"},

    {"a lock never released", kSyscall, LOCK_OF("13") TAKE OUT, "LockMissingUnlock", "bpf_spin_unlock is missing"},
    {"a lock released on one path", kSyscall,
     LOCK_OF("13") TAKE "r7 = *(u32 *)(r6 +0)\nif r7 == 0 goto out\n" THE_LOCK GIVE OUT, "LockMissingUnlock"},
    {"a lock released on both paths", kSyscall,
     LOCK_OF("13") TAKE "r7 = *(u32 *)(r6 +0)\nif r7 == 0 goto b\n" THE_LOCK GIVE "goto out\nb:\n" THE_LOCK GIVE OUT,
     ""},
    {"a lock taken on one of two paths that join", kSyscall,
     ELEMENT_OF("13") "r6 = r0\nr7 = *(u32 *)(r6 +0)\nif r7 == 0 goto join\n" THE_LOCK TAKE "join:\n" THE_LOCK GIVE OUT,
     "UnlockWithoutLock", "bpf_spin_unlock without taking a lock"},
    {"released without", kSyscall, LOCK_OF("13") GIVE OUT, "UnlockWithoutLock"},
    {"released twice", kSyscall, LOCK_OF("13") TAKE THE_LOCK GIVE THE_LOCK GIVE OUT, "UnlockWithoutLock"},
    {"taken twice", kSyscall, LOCK_OF("13") TAKE THE_LOCK TAKE OUT, "LockCall",
     "function calls are not allowed while holding a lock"},
    {"a helper under the lock", kSyscall, LOCK_OF("13") TAKE "call 5\n" THE_LOCK GIVE OUT, "LockCall"},
    {"a helper behind the lock", kSyscall, LOCK_OF("13") TAKE THE_LOCK GIVE "call 5\n" OUT, ""},
    {"a function under the lock", kSyscall, LOCK_OF("13") TAKE "call f\n" THE_LOCK GIVE OUT "f:\nr0 = 0\nexit", ""},
    {"a function that releases the lock", kSyscall,
     LOCK_OF("13") TAKE "r1 = r6\ncall f\n" OUT "f:\nr1 += 4\n" GIVE "r0 = 0\nexit", ""},
    {"a function that takes the lock", kSyscall,
     ELEMENT_OF("13") "r6 = r0\nr1 = r0\ncall f\n" OUT "f:\nr1 += 4\n" TAKE "r0 = 0\nexit", "LockMissingUnlock"},
    {"another element's lock released", kSyscall,
     ELEMENT_OF("14") "r7 = r0\n" LOCK_OF("14") TAKE "r1 = r7\nr1 += 4\n" GIVE OUT, "UnlockOther",
     "bpf_spin_unlock of different lock"},
    {"another map's lock released", kSyscall,
     ELEMENT_OF("13") "r7 = r0\n" LOCK_OF("14") TAKE "r1 = r7\nr1 += 4\n" GIVE OUT, "UnlockOther"},
    {"a copy's lock released", kSyscall,
     LOCK_OF("14") "*(u64 *)(r10 -16) = r6\n" TAKE "r1 = *(u64 *)(r10 -16)\nr1 += 4\n" GIVE OUT, ""},
    {"a direct value's lock taken and released", kSyscall,
     "r1 = map_value 15 4 ll\n" TAKE "r1 = map_value 15 4 ll\n" GIVE OUT, ""},
    {"looked up and released as a direct value", kSyscall, LOCK_OF("15") TAKE "r1 = map_value 15 4 ll\n" GIVE OUT,
     "UnlockOther"},
    {"a loop that locks in every turn", kSyscall,
     "r8 = 0\nagain:\n" LOCK_OF("13") TAKE "*(u64 *)(r6 +8) = r8\n" THE_LOCK GIVE
                                           "r8 += 1\nif r8 < 100 goto again\n" OUT,
     ""},
    {"a loop under the lock", kSyscall,
     LOCK_OF("13") TAKE
     "r8 = 0\nagain:\nr7 = *(u64 *)(r6 +8)\nr7 += r8\n*(u64 *)(r6 +8) = r7\nr8 += 1\nif r8 < 100 goto again\n" THE_LOCK
         GIVE OUT,
     ""},
    {"a loop that locks once more in each turn", kSyscall,
     ELEMENT_OF("13") "r6 = r0\nr8 = 0\nagain:\n" THE_LOCK TAKE "r8 += 1\nif r8 < 100 goto again\n" THE_LOCK GIVE OUT,
     "LockCall"},
    {"a pointer to another element from the turn before", kSyscall,
     ELEMENT_OF("14") "r7 = r0\nr8 = 0\nagain:\n" LOCK_OF("14") TAKE "r1 = r7\nr1 += 4\n" GIVE
                                                                     "r7 = r6\nr8 += 1\nif r8 < 10 goto again\n" OUT,
     "UnlockOther"},
};

constexpr Case kTimers[] = {
    {"a timer's neighbour", kSyscall, ELEMENT_OF("17") "r1 = *(u64 *)(r0 +0)\n" OUT, ""},
    {"a timer, loaded", kSyscall, ELEMENT_OF("17") "r1 = *(u64 *)(r0 +8)\n" OUT, "FieldAccess",
     "bpf_timer cannot be accessed directly by load/store"},
    {"a timer's last byte, stored", kFilter, ELEMENT_OF("17") "*(u8 *)(r0 +23) = 0\n" OUT, "FieldAccess"},
    {"a kprobe with a timer", kKprobe, ELEMENT_OF("17") OUT, "MapTimer", "tracing progs cannot use bpf_timer yet"},
    {"a timer started", kSyscall,
     ELEMENT_OF("17") "r6 = r0\nr1 = r0\nr1 += 8\nr2 = map_fd 17 ll\nr3 = 1\ncall 169\n"
                      "r1 = r6\nr1 += 8\nr2 = 0\nr3 = 0\ncall 171\nr1 = r6\nr1 += 8\ncall 172\n" OUT,
     ""},
    {"a timer of another map", kSyscall, ELEMENT_OF("17") "r1 = r0\nr1 += 8\nr2 = map_fd 18 ll\nr3 = 1\ncall 169\n" OUT,
     "TimerMap", "timer pointer in R1 doesn't match map pointer in R2"},
    {"no timer's address", kSyscall, ELEMENT_OF("17") "r1 = r0\ncall 172\n" OUT, "FieldOffset"},
};

// No map here has a pointer of the kernel's: nothing says what it points to.
constexpr Case kKernelPointers[] = {
    {"no kptr's address", kSyscall, ELEMENT_OF("13") "r1 = r0\nr2 = 0\ncall 194\n" OUT, "FieldMissing",
     "map has no valid kptr"},
    {"a kptr in a map without BTF", kSyscall, ELEMENT_OF("0") "r1 = r0\nr2 = 0\ncall 194\n" OUT, "FieldNoBtf"},
    {"a per-CPU variable that is none", kSyscall, ELEMENT_OF("0") "r1 = r0\nr2 = 0\ncall 153\n" OUT, "ArgumentType",
     "R1 type=map_value expected=percpu_ptr_"},
};

}  // namespace

TEST_CASE("verifier map fields: pointers to what the kernel has", "[verifier]") {
  check_cases(kKernelPointers, std::size(kKernelPointers));
}
TEST_CASE("verifier map fields: locks", "[verifier]") { check_cases(kLocks, std::size(kLocks)); }
TEST_CASE("verifier map fields: timers", "[verifier]") { check_cases(kTimers, std::size(kTimers)); }
