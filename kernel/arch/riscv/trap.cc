// From the trap vector (entry.S) to whoever handles the trap. All of it is noprobe up to the point where the trap is
// known not to come from a probe.
#include "arch/riscv/trap.h"

#include "arch/hooks.h"
#include "arch/riscv/csr.h"
#include "arch/riscv/panic.h"
#include "arch/riscv/thread.h"
#include "arch/riscv/timer.h"
#include "lib/log.h"

namespace skep::arch {

namespace {

// Linux's numbers (asm-generic/signal.h, asm-generic/siginfo.h).
constexpr int kSigIll = 4, kSigTrap = 5, kSigBus = 7, kSigSegv = 11;
constexpr int kIllIllopc = 1, kTrapBrkpt = 1, kBusAdraln = 1, kBusAdrerr = 2, kSegvMaperr = 1;

BreakpointHook g_breakpoint_hook;
ProbeFaultHook g_probe_fault_hook;
FaultFixupHook g_fault_fixup_hook;
ExternalInterruptHook g_external_interrupt_hook;

struct ExceptionEntry {
  int32_t instruction;  // both relative to their own address
  int32_t fixup;
};
extern "C" const ExceptionEntry exception_table_start[], exception_table_end[];

SKEP_NOPROBE bool is_page_fault(Exception e) {
  return e == Exception::kLoadPageFault || e == Exception::kStorePageFault || e == Exception::kInstructionPageFault;
}

SKEP_NOPROBE Access access_of(Exception e) {
  if (e == Exception::kStorePageFault) return Access::kWrite;
  return e == Exception::kInstructionPageFault ? Access::kExecute : Access::kRead;
}

void handle_interrupt(uint64_t cause, bool preemptible, bool from_user) {
  // Raised without tracing: an interrupt is not a preemption-off section of the code that it interrupts.
  Thread& thread = current_thread();
  thread.preempt_count++;
  Hart& hart = this_hart();
  hart.interrupt_depth++;
  switch (static_cast<Interrupt>(cause)) {
    case Interrupt::kSoftware:
      SKEP_CSR_CLEAR(sip, uint64_t{1} << 1);
      on_ipi(preemptible);
      break;
    case Interrupt::kTimer:
      on_timer_interrupt(preemptible, take_timer_interrupt(), from_user);
      break;
    case Interrupt::kExternal:
      if (g_external_interrupt_hook) g_external_interrupt_hook();
      break;
  }
  hart.interrupt_depth--;
  thread.preempt_count--;
}

void handle_user_exception(pt_regs& regs) {
  const auto cause = static_cast<Exception>(regs.cause);
  switch (cause) {
    case Exception::kUserEcall:
      regs.orig_a0 = regs.a0;
      regs.epc += 4;
      on_syscall(regs);
      return;
    case Exception::kInstructionPageFault:
    case Exception::kLoadPageFault:
    case Exception::kStorePageFault:
      if (regs.badaddr < SKEP_USER_END && on_user_page_fault(regs.badaddr, access_of(cause))) return;
      on_user_fault(regs, kSigSegv, kSegvMaperr, regs.badaddr);
      return;
    case Exception::kBreakpoint:
      on_user_fault(regs, kSigTrap, kTrapBrkpt, regs.epc);
      return;
    case Exception::kInstructionMisaligned:
    case Exception::kLoadMisaligned:
    case Exception::kStoreMisaligned:
      on_user_fault(regs, kSigBus, kBusAdraln, regs.badaddr);
      return;
    case Exception::kInstructionAccess:
    case Exception::kLoadAccess:
    case Exception::kStoreAccess:
      on_user_fault(regs, kSigBus, kBusAdrerr, regs.badaddr);
      return;
    case Exception::kIllegalInstruction:
    case Exception::kSupervisorEcall:
      break;
  }
  on_user_fault(regs, kSigIll, kIllIllopc, regs.epc);
}

// A fault in kernel code that is no breakpoint.
SKEP_NOPROBE void handle_kernel_fault(pt_regs& regs) {
  Thread& thread = current_thread();
  thread.preempt_count++;
  if (g_probe_fault_hook) g_probe_fault_hook(regs);
  thread.preempt_count--;

  const auto cause = static_cast<Exception>(regs.cause);
  // A user copy may bring pages in, unless the copying code must not sleep.
  if (is_page_fault(cause) && regs.badaddr < SKEP_USER_END && thread.preempt_count == 0 &&
      (regs.status & SKEP_SSTATUS_SPIE) && (regs.status & SKEP_SSTATUS_SUM)) {
    enable_interrupts();
    const bool served = on_user_page_fault(regs.badaddr, access_of(cause));
    disable_interrupts();
    if (served) return;
  }
  if (apply_exception_fixup(regs)) return;
  if (const uint64_t resume = g_fault_fixup_hook ? g_fault_fixup_hook(regs.epc) : 0) {
    regs.epc = resume;
    return;
  }
  panic_with_registers(trap_cause_name(regs.cause), regs);
}

}  // namespace

void set_breakpoint_hook(BreakpointHook hook) { g_breakpoint_hook = hook; }
void set_probe_fault_hook(ProbeFaultHook hook) { g_probe_fault_hook = hook; }
void set_fault_fixup_hook(FaultFixupHook hook) { g_fault_fixup_hook = hook; }
void set_external_interrupt_hook(ExternalInterruptHook hook) { g_external_interrupt_hook = hook; }

SKEP_NOPROBE bool apply_exception_fixup(pt_regs& regs) {
  for (const ExceptionEntry* e = exception_table_start; e < exception_table_end; e++) {
    if (reinterpret_cast<uintptr_t>(&e->instruction) + static_cast<intptr_t>(e->instruction) == regs.epc) {
      regs.epc = reinterpret_cast<uintptr_t>(&e->fixup) + static_cast<intptr_t>(e->fixup);
      return true;
    }
  }
  return false;
}

std::string_view trap_cause_name(uint64_t cause) {
  if (cause & kInterruptBit) {
    switch (static_cast<Interrupt>(cause & ~kInterruptBit)) {
      case Interrupt::kSoftware:
        return "software interrupt";
      case Interrupt::kTimer:
        return "timer interrupt";
      case Interrupt::kExternal:
        return "external interrupt";
    }
    return "unknown interrupt";
  }
  switch (static_cast<Exception>(cause)) {
    case Exception::kInstructionMisaligned:
      return "instruction address misaligned";
    case Exception::kInstructionAccess:
      return "instruction access fault";
    case Exception::kIllegalInstruction:
      return "illegal instruction";
    case Exception::kBreakpoint:
      return "breakpoint";
    case Exception::kLoadMisaligned:
      return "load address misaligned";
    case Exception::kLoadAccess:
      return "load access fault";
    case Exception::kStoreMisaligned:
      return "store address misaligned";
    case Exception::kStoreAccess:
      return "store access fault";
    case Exception::kUserEcall:
      return "environment call from user mode";
    case Exception::kSupervisorEcall:
      return "environment call from supervisor mode";
    case Exception::kInstructionPageFault:
      return "instruction page fault";
    case Exception::kLoadPageFault:
      return "load page fault";
    case Exception::kStorePageFault:
      return "store page fault";
  }
  return "unknown exception";
}

// Called by entry.S with interrupts masked.
extern "C" SKEP_NOPROBE void trap_from_kernel(pt_regs* regs) {
  Thread& thread = current_thread();
  if (regs->cause == static_cast<uint64_t>(Exception::kBreakpoint)) {
    thread.preempt_count++;
    const bool handled = g_breakpoint_hook && g_breakpoint_hook(*regs);
    thread.preempt_count--;
    if (!handled) panic_with_registers("unexpected breakpoint in the kernel", *regs);
    return;
  }
  if (regs->cause & kInterruptBit) {
    const bool preemptible = thread.preempt_count == 0;
    handle_interrupt(regs->cause & ~kInterruptBit, preemptible, false);
    if (preemptible && (thread.hart->attention.load(std::memory_order_relaxed) & kAttentionReschedule)) {
      on_kernel_preemption();
    }
    return;
  }
  // The entry moved to the spare stack when this one was used up.
  const uintptr_t frame = reinterpret_cast<uintptr_t>(regs);
  if (frame < thread.hart->overflow_stack_top && frame >= thread.hart->overflow_stack_top - SKEP_STACK_BYTES) {
    panic_with_registers("kernel stack overflow", *regs);
  }
  handle_kernel_fault(*regs);
}

extern "C" void trap_from_user(pt_regs* regs) {
  if (regs->cause & kInterruptBit) {
    handle_interrupt(regs->cause & ~kInterruptBit, true, true);
  } else {
    enable_interrupts();
    handle_user_exception(*regs);
    disable_interrupts();
  }
  on_return_to_user(*regs);
}

void enable_hart_traps() {
  SKEP_CSR_WRITE(scounteren, 7);  // user mode may read cycle, time and instret
  SKEP_CSR_SET(sie, uint64_t{1} << 1 | uint64_t{1} << 5 | uint64_t{1} << 9);
}

}  // namespace skep::arch
