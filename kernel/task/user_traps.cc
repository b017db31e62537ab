// What the trap code asks of tasks when a user program is involved.
#include "arch/hooks.h"
#include "arch/riscv/csr.h"
#include "lib/log.h"
#include "task/process.h"
#include "task/scheduler.h"
#include "task/stats.h"

namespace skep {

namespace {

std::string_view fault_name(int signal) {
  switch (signal) {
    case SKEP_SIGSEGV:
      return "segmentation fault";
    case SKEP_SIGBUS:
      return "bus error";
    case SKEP_SIGILL:
      return "illegal instruction";
    case SKEP_SIGTRAP:
      return "breakpoint";
    default:
      return "fault";
  }
}

}  // namespace

namespace arch {

bool on_user_page_fault(uintptr_t address, Access access) {
  Task& task = current_task();
  if (!task.process) return false;
  mm::AddressSpace* memory = task.process->memory();
  return memory && memory->handle_fault(address, access);
}

void on_user_fault(pt_regs& regs, int signal, int code, uintptr_t address) {
  Task& task = current_task();
  bool handled;
  {
    SpinGuard guard(g_process_lock);
    handled = task.process->actions[signal].handler > SKEP_SIG_IGN;
  }
  if (!handled) {
    log_info("{}[{}]: {} at {#x}, pc {#x}, sp {#x}", std::string_view(task.comm), task.id(), fault_name(signal),
             address, regs.epc, regs.sp);
  }
  force_signal(signal, {.code = code, .pid = 0, .uid = 0, .status = 0, .address = address});
}

void on_return_to_user(pt_regs& regs) {
  Task& task = current_task();
  for (;;) {
    if (task.hart->attention.load(std::memory_order_relaxed) != 0) {
      preemption_enabled();
      if (task.hart->attention.load(std::memory_order_relaxed) & kAttentionReschedule) yield();
    }
    if (!task.has_deliverable_signal() && !task.restore_blocked_signals) return;
    enable_interrupts();
    deliver_signals(regs);
    disable_interrupts();
  }
}

}  // namespace arch

}  // namespace skep
