// The verifier's cases are data: a program, and the rule that refuses it or "" when it must be accepted. One file for
// each group of rules; a new case is a new row, a new group a new file with its TEST_CASE (the build finds it).
//
// A row: {name, program type, text, rule[, part of the log[, prog_flags, attach_type]]}. The text is for
// bpf/isa/assemble.h; `map_fd N` and `map_value N OFFSET` name the maps of support.h (TestMap). The rule is rules.h's
// name without its k. Keep a refused program and its nearest accepted neighbour side by side.
#pragma once

#include <catch2/catch.hpp>

#include "tests/host/verifier/support.h"

namespace skep::verifier_test {

inline constexpr uint32_t kKprobe = BPF_PROG_TYPE_KPROBE;
inline constexpr uint32_t kFilter = BPF_PROG_TYPE_SOCKET_FILTER;
inline constexpr uint32_t kTracepoint = BPF_PROG_TYPE_TRACEPOINT;
inline constexpr uint32_t kRawTracepoint = BPF_PROG_TYPE_RAW_TRACEPOINT;
inline constexpr uint32_t kPerfEvent = BPF_PROG_TYPE_PERF_EVENT;
inline constexpr uint32_t kTracing = BPF_PROG_TYPE_TRACING;
inline constexpr uint32_t kSyscall = BPF_PROG_TYPE_SYSCALL;

// r0 = the 16 bytes of element 0 of map 0, or NULL.
#define LOOKUP             \
  "*(u32 *)(r10 -4) = 0\n" \
  "r2 = r10\n"             \
  "r2 += -4\n"             \
  "r1 = map_fd 0 ll\n"     \
  "call 1\n"
// ... not NULL; ends with "out:".
#define VALUE LOOKUP "if r0 == 0 goto out\n"
#define OUT "out:\nr0 = 0\nexit\n"
// r0 = some number.
#define UNKNOWN "call 7\n"

}  // namespace skep::verifier_test
