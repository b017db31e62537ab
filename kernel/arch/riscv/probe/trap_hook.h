// What trap dispatch calls for breakpoint probes. Both run with interrupts masked and live in .noprobe.text, as must
// everything between the trap vector and these calls.
#pragma once

#include "uapi/ptrace.h"

namespace skep::riscv::probe {

// An ebreak trapped from S-mode (scause 3, SPP set). `regs` is the frame that the return from the trap restores, sp
// and sstatus included. Call it first thing, before anything that could itself carry a probe. True: handled, return
// from the trap. False: no probe's breakpoint (a BUG).
bool handle_kernel_breakpoint(pt_regs& regs);

// Any other exception (not an interrupt) trapped from S-mode. When the faulting instruction is a copy that runs out of
// line, sets epc and sstatus back to what they were at the probed instruction, so that exception tables, page faults
// and the panic screen see the original place. Call it before looking at regs.epc.
void leave_slot_on_exception(pt_regs& regs);

}  // namespace skep::riscv::probe
