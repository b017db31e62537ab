// Pass "inline": calls of helpers whose work is a few instructions become steps of their own.
#pragma once

#include "bpf/jit/opt/step.h"

namespace skep::bpf::jit {

// A lookup of a known element of an array becomes its address, and the test for null after it goes; other array and
// per-CPU array lookups are done in place, those of hash maps call the map's function without the helper in between.
// Where the platform says how (platform::inline_reads()), so are ktime_get_ns, get_smp_processor_id and
// get_current_pid_tgid. ENOMEM.
Result<void> inline_helpers(const Image& image, Code& code, Scratch& scratch);

}  // namespace skep::bpf::jit
