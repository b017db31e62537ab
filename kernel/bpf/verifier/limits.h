// The verifier's limits, each with its reason.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace skep::bpf::verifier {

// Instructions of a program, and instructions looked at while exploring its paths (Linux: BPF_COMPLEXITY_LIMIT_INSNS).
// Bounds the time of one load.
inline constexpr uint32_t kMaxInsns = 1'000'000;
// Instructions of a program that an unprivileged user may load (Linux: BPF_MAXINSNS).
inline constexpr uint32_t kMaxInsnsUnprivileged = 4096;
// Branches waiting to be explored (Linux: BPF_COMPLEXITY_LIMIT_JMP_SEQ). Bounds memory: each holds a state.
inline constexpr uint32_t kMaxPendingBranches = 8192;
// Subprograms of a program, the main one included (Linux: BPF_MAX_SUBPROGS).
inline constexpr uint32_t kMaxSubprograms = 256;
// A pointer may be moved by less than this in either direction, so that adding offsets never overflows 32 bits
// (Linux: BPF_MAX_VAR_OFF).
inline constexpr int64_t kMaxPointerOffset = int64_t{1} << 29;
// The size argument of a helper stays below this (Linux: BPF_MAX_VAR_SIZ).
inline constexpr uint64_t kMaxMemorySize = uint64_t{1} << 29;
// Bytes of stack of all functions on a call chain together (Linux: MAX_BPF_STACK), each rounded up to 32.
inline constexpr uint32_t kMaxCombinedStack = 512;
// Bytes of stack of the frames above a subprogram that makes tail calls stay below this, for each of the 33 tail calls
// that may follow each other keeps them (Linux: check_max_stack_depth).
inline constexpr uint32_t kMaxStackAboveTailCall = 256;
// Longest tracepoint record that a tracepoint program may read (Linux: PERF_MAX_TRACE_SIZE).
inline constexpr int32_t kMaxTraceRecord = 8192;
// Arguments of a raw tracepoint (Linux: MAX_BPF_FUNC_ARGS).
inline constexpr int32_t kMaxRawTracepointArgs = 12;
// Context of a syscall program (Linux: U16_MAX).
inline constexpr int32_t kMaxSyscallContext = 65535;
// Loops by induction (induction.cc). Invariants tried for one entry into a loop; failures after which a loop is always
// explored turn by turn; loops around one another; instructions looked at in vain until no more loops are tried.
inline constexpr uint32_t kMaxInvariants = 16;
inline constexpr uint32_t kMaxLoopFailures = 6;
inline constexpr uint32_t kMaxOpenLoops = 24;
inline constexpr uint32_t kMaxInsnsGivenUp = 250'000;
// Instructions looked at behind an invariant until it closes: where it takes more, the body's paths multiply.
inline constexpr uint32_t kInvariantBudget = 4096;
inline constexpr uint32_t kInvariantBudgetPerInsn = 32;
// Memory of one load's exploring: states, checkpoints, waiting branches, values, loops. What the program's own size
// needs comes on top. A load that would take more ends with ENOMEM.
inline constexpr size_t kMaxVerifierBytes = size_t{128} << 20;
// When so much of it is used, no more checkpoints are kept: without more of them exploration only takes longer.
inline constexpr size_t kMaxBytesForCheckpoints = kMaxVerifierBytes / 4 * 3;
// How often request.interrupted is asked: every so many processed instructions.
inline constexpr uint32_t kInterruptPoll = 1024;

}  // namespace skep::bpf::verifier
