// What the architecture's trap code calls upward. The functions without "set" are bound at link time (kernel/task,
// kernel/mm, kernel/syscall implement them); the others are registered at run time.
#pragma once

#include <stdint.h>

#include "lib/format.h"
#include "uapi/ptrace.h"

namespace skep::arch {

// ---- Bound at link time
// ----------------------------------------------------------------------------------------------

enum class Access : uint8_t { kRead, kWrite, kExecute };

// A system call; its number and arguments are in `regs`, the result goes to regs.a0. Interrupts on, preemptible.
void on_syscall(pt_regs& regs);
// A page fault at a user address, from user mode or from a user copy of this task. True: served, retry. Interrupts on,
// preemptible; may sleep.
bool on_user_page_fault(uintptr_t address, Access access);
// The user program did something that ends in a signal (Linux's number and si_code). Interrupts on.
void on_user_fault(pt_regs& regs, int signal, int code, uintptr_t address);
// The last thing before user mode is resumed: reschedules, delivers signals. Interrupts are masked at call and return.
void on_return_to_user(pt_regs& regs);
// The timer fired, `tick`: because a period is over. Interrupts masked; `preemptible`: the interrupted code had no
// preemption-off section open.
void on_timer_interrupt(bool preemptible, bool tick, bool from_user);
// Another hart sent an inter-processor interrupt; its reasons are in this_hart().attention. As above.
void on_ipi(bool preemptible);
// Interrupted kernel code may be preempted now. Interrupts masked at call and return.
void on_kernel_preemption();

// A hart started by start_hart() begins here, interrupts masked, on its idle thread. Does not return.
[[noreturn]] void on_secondary_hart();
// Writes an address as "function+0x12/0x80" for the panic backtrace. Takes no lock.
void print_code_address(TextSink& out, uint64_t address);
// Writes the running task as "task 12 (lathist)". Takes no lock.
void print_current_task(TextSink& out);

// ---- Registered
// ------------------------------------------------------------------------------------------------------

// A breakpoint in kernel code, interrupts masked, preemption off (its counter is raised without tracing). True:
// handled, resume with `regs`. Everything it runs through before it has recognised a probe must be SKEP_NOPROBE.
using BreakpointHook = bool (*)(pt_regs& regs);
void set_breakpoint_hook(BreakpointHook hook);

// A page or access fault in kernel code, asked before anything else: true when the fault happened in a probe's
// out-of-line slot and regs.epc now names the probed instruction, so that its exception entry is found. Same context.
using ProbeFaultHook = bool (*)(pt_regs& regs);
void set_probe_fault_hook(ProbeFaultHook hook);

// A fault in kernel code that is not in the kernel's own exception table: the address at which to go on, 0 when nobody
// expected it (the kernel panics). Interrupts masked; the code that faulted may hold any lock.
using FaultFixupHook = uint64_t (*)(uint64_t pc);
void set_fault_fixup_hook(FaultFixupHook hook);

// A device interrupt (PLIC); claims, serves and completes whatever is pending. Interrupts masked.
using ExternalInterruptHook = void (*)();
void set_external_interrupt_hook(ExternalInterruptHook hook);

}  // namespace skep::arch
