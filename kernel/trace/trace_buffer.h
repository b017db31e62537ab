// The trace buffer: messages of BPF programs (bpf_trace_printk), one ring per hart, read through
// /sys/kernel/debug/tracing/trace_pipe (consuming, blocking) and trace (a copy; writing to it empties the buffer).
// When a ring is full the oldest messages give way.
#pragma once

#include <string_view>

namespace skep::trace {

// Appends one message with the current task, hart and time; a final newline is dropped, the text cut at
// kTraceMessageBytes. Any context: a message that cannot be stored without waiting for another hart, or for the code
// this one interrupted, is counted as lost.
void trace_message(std::string_view text);

// Takes the rings' memory and registers the files. Boot, after the file system.
void init_trace_buffer();

}  // namespace skep::trace
