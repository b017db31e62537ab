// The trap hooks until tasks exist: every trap but a tick is fatal.
#include "arch/hooks.h"
#include "arch/riscv/csr.h"
#include "arch/riscv/sbi.h"
#include "lib/log.h"
#include "task/scheduler.h"
#include "task/task.h"
#include "trace/kallsyms.h"

namespace skep {
__attribute__((weak)) void log_line(std::string_view line) {
  for (char c : line) arch::sbi::console_putchar(c);
  arch::sbi::console_putchar('\n');
}
void preemption_enabled() {}
__attribute__((weak)) Result<void> read_kernel_nofault(void* d, uint64_t s, size_t n) {
  __builtin_memcpy(d, reinterpret_cast<void*>(s), n);
  return {};
}
namespace arch {
void on_syscall(pt_regs&) { panic("a system call without tasks"); }
bool on_user_page_fault(uintptr_t, Access) { return false; }
void on_user_fault(pt_regs&, int, int, uintptr_t) { panic("a user fault without tasks"); }
void on_return_to_user(pt_regs&) {}
void on_timer_tick(bool) {}
void on_ipi(bool) {}
void on_kernel_preemption() {}
void on_secondary_hart() {
  for (;;) wait_for_interrupt();
}
void print_code_address(TextSink& out, uint64_t address) { kallsyms::print_address(out, address); }
}  // namespace arch
}  // namespace skep
extern "C" void user_thread_start() {}
