// Limits of probes, perf events and the trace buffer, each with its reason.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace skep::trace {

// Buckets of the table from address to probe. Every function of the kernel (some thousands) may carry a probe at once;
// the chains stay short then too.
inline constexpr size_t kProbeBuckets = 4096;

// The longest symbol that perf_event_open takes: Linux's KSYM_NAME_LEN, its NUL included.
inline constexpr size_t kSymbolNameBytes = 512;

// The longest function in which a probe may be placed behind the entry: deciding where its instructions begin copies
// it.
inline constexpr size_t kFunctionBytes = size_t{1} << 20;

// Refused probes that are explained in the kernel's log each second.
inline constexpr uint32_t kRefusalsPerSecond = 10;

// One hart's part of the trace buffer. 64 KiB hold about 700 lines: some seconds of a program that prints on every
// fork.
inline constexpr size_t kTraceRingBytes = size_t{64} << 10;

// One trace message; Linux's bpf_trace_printk cuts its output at 1024 bytes too.
inline constexpr size_t kTraceMessageBytes = 1024;

}  // namespace skep::trace
