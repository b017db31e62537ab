// The architecture's half of breakpoint probes, as kernel/trace uses it: placing a breakpoint, taking it away, and
// getting a hart that hit one past the probed instruction.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <span>
#include <string_view>

#include "arch/riscv/probe/site.h"
#include "lib/result.h"
#include "uapi/ptrace.h"

namespace skep::arch {

// One probed place: its address, the original instruction, and how it is stepped over.
using ProbeSite = riscv::probe::Site;

inline constexpr size_t kProbeAlignment = 2;

// Decides about the instruction at function + offset. `text` holds the function's original bytes up to the
// instruction's end at least. EILSEQ when no instruction starts there, EINVAL when it cannot be probed; `why` then says
// so.
Result<ProbeSite> prepare_probe(uintptr_t function, std::span<const uint8_t> text, size_t offset,
                                std::string_view& why);

// Finds room to step the instruction out of line, when it needs that; ENOSPC. Serialised by the caller, as the next
// three.
Result<void> acquire_probe_slot(ProbeSite& site);
// Gives the room back; a grace period after disarm_probe(), as a hart may still be stepping in it.
void release_probe_slot(ProbeSite& site);
// Writes the breakpoint; on return every hart executes it.
void arm_probe(const ProbeSite& site);
// Writes the original instruction. Another hart may still trap; breakpoint_at() then says that it has only to go on.
void disarm_probe(const ProbeSite& site);
// The bytes of the text that the breakpoint replaced, at site.address().
std::span<const uint8_t> replaced_text(const ProbeSite& site);

// ---- In the breakpoint trap: interrupts masked, preemption off, noprobe.
// ---------------------------------------------

// The trap is the end of an out-of-line step: continues behind the probed instruction. False: it is not.
bool finish_probe_step(pt_regs& regs);
// Gets past the probed instruction at regs.epc: simulates it, or continues in its slot with interrupts masked.
void step_over_probe(const ProbeSite& site, pt_regs& regs);
// True when the text at `address` is a breakpoint now. False for the probe that was taken away after this hart had
// already trapped: it only has to execute the instruction again.
bool breakpoint_at(uintptr_t address);
// A fault in a slot: makes it a fault of the probed instruction. False: it was elsewhere.
bool leave_probe_slot(pt_regs& regs);

}  // namespace skep::arch
