// Starts everything in kernel/trace: the trace buffer, kprobes, perf events and their files. Boot, after the file
// system and before the first user process; all harts that will ever run are known.
#pragma once

namespace skep::trace {
void init();
}  // namespace skep::trace
