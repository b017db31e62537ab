// The compiled programs whose loads may fault, so that the kernel's trap handler can find where they go on.
#pragma once

#include <atomic>

#include "bpf/prog.h"

namespace skep::bpf {

// Makes the code's exceptions known. Nothing happens for code without any. `place` and what it names stay where they
// are until withdraw_fixups() and a grace period after it. Task.
void publish_fixups(FixupPlace& place, const JitCode& code);
// Nobody may be executing the code any more. False: it was not there, so that there is nobody to wait for. Task.
bool withdraw_fixups(FixupPlace& place);
// Where execution goes on when the instruction at `pc` faulted; 0 when it is no fault-safe load. Any.
uint64_t find_fixup(uint64_t pc);

}  // namespace skep::bpf
