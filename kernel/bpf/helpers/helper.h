// The one table of helper functions: id, name, what the verifier demands of the arguments, what comes back, and the
// function. helpers/table.cc holds the rows; everything else (verifier, interpreter, JIT, log, docs) reads them.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <span>
#include <string_view>

namespace skep::bpf {

// What an argument register must hold. Names follow Linux's enum bpf_arg_type.
enum class ArgKind : uint8_t {
  kNone,            // the helper takes no such argument
  kAnything,        // any initialised scalar or (privileged) pointer
  kConstMapPtr,     // a map, known at verification time; remembered for the key/value arguments that follow
  kMapKey,          // readable memory of the map's key_size
  kMapValue,        // readable memory of the map's value_size
  kUninitMapValue,  // writable memory of the map's value_size
  kMapValueOrNull,  // as kMapValue, or NULL
  kMem,             // readable, initialised memory; its size is the kSize argument that follows
  kMemOrNull,       // as kMem, or NULL with size 0
  kWritableMem,     // initialised memory that the helper reads or writes (Linux: ARG_PTR_TO_MEM without MEM_RDONLY)
  kWritableMemOrNull,
  kUninitMem,   // writable memory that the helper fills; its size is the kSize argument that follows
  kSize,        // scalar > 0
  kSizeOrZero,  // scalar >= 0
  kAllocSize,   // a known constant (ringbuf_reserve)
  kCtx,         // the program's context pointer
  kCtxOrNull,
  kConstString,  // NUL-terminated string in a read-only, frozen map
  kPtrToStack,   // a stack pointer
  kPtrToStackOrNull,
  kPtrToFunc,      // a callback (Pseudo::kFunc)
  kRingbufRecord,  // a reserved record, released by this call
  kSpinLock,       // a struct bpf_spin_lock inside a map value
  kTimer,          // a struct bpf_timer inside a map value
  kPtrToLong,      // 8 writable bytes
  kPtrToInt,       // 4 writable bytes
  kBtfIdTask,      // a trusted task_struct pointer
  kBtfId,          // a kernel pointer with a BTF type
  kBtfIdOrNull,
  kBtfIdSock,       // a socket (sock_common)
  kPtrToPercpuBtf,  // a per-CPU kernel variable
  kKptr,            // a kernel pointer slot inside a map value
  kDynptr,          // an initialised struct bpf_dynptr on the stack
  kUninitDynptr,    // one that the helper initialises
};

enum class RetKind : uint8_t {
  kInteger,
  kVoid,
  kMapValueOrNull,  // value of the kConstMapPtr argument's map
  kMapValue,
  kRingbufRecordOrNull,  // memory of the size given by the kAllocSize argument; must be released
  kMemOrNull,
  kMemOrBtfIdOrNull,
  kMemOrBtfId,
  kBtfIdOrNull,
  kBtfId,
  kTrustedTask,
  kDynptrMemOrNull,  // memory of the size given by the kAllocSize argument
};

// Program types a helper may be called from, as a bit set.
enum ProgramSet : uint32_t {
  kForSocketFilter = 1u << 0,
  kForKprobe = 1u << 1,
  kForTracepoint = 1u << 2,
  kForPerfEvent = 1u << 3,
  kForRawTracepoint = 1u << 4,  // and raw_tracepoint_writable
  kForTracing = 1u << 5,
  kForSyscall = 1u << 6,
  kForTracingKinds = kForKprobe | kForTracepoint | kForPerfEvent | kForRawTracepoint | kForTracing,
  kForAll = (1u << 7) - 1,
  // Conditions of a row.
  kOnlySleepable = 1u << 8,   // of these, programs with BPF_F_SLEEPABLE
  kOnlyTrampoline = 1u << 9,  // of tracing programs, those at a function's entry or exit
};

// A helper as the engines call it: five 64-bit arguments in registers, RISC-V and C calling convention alike.
using HelperFunction = uint64_t (*)(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);

struct Helper {
  int32_t id = 0;         // BPF_FUNC_*; Linux's numbers
  std::string_view name;  // "map_lookup_elem"
  ArgKind args[5] = {};
  RetKind ret = RetKind::kInteger;
  uint32_t programs = 0;  // ProgramSet
  bool gpl_only = false;
  HelperFunction function = nullptr;  // nullptr: verified, but a load that calls it is refused by name
};

// The argument (0 … 4) in which a helper takes a callback; -1 for one that takes none.
constexpr int callback_argument(const Helper& helper) {
  for (int i = 0; i < 5; i++) {
    if (helper.args[i] == ArgKind::kPtrToFunc) return i;
  }
  return -1;
}
// It calls the callback before it returns, any number of times (a timer's callback runs later, on its own).
constexpr bool calls_back_at_once(const Helper& helper) {
  return callback_argument(helper) >= 0 && helper.name != "timer_set_callback";
}

// The bit of a program type (enum bpf_prog_type), 0 for a type that this kernel does not run.
uint32_t program_set_of(uint32_t prog_type);

// The row of `id` for one program type (a ProgramSet bit): a few helpers take other arguments in other programs.
// nullptr when such programs may not call it; then find_helper(id) tells whether the id exists at all.
const Helper* find_helper(int32_t id, uint32_t program);
// The first row of `id`, whatever programs may call it (all rows of an id share name and function, for the engines).
// nullptr when no program type of this kernel has it.
const Helper* find_helper(int32_t id);
// Linux's name for an id, "" for one that Linux 6.1 does not know ("unknown").
std::string_view helper_name(int32_t id);
// All rows, sorted by id.
std::span<const Helper> all_helpers();

}  // namespace skep::bpf
