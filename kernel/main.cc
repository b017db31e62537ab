// Where the kernel begins in C++: the order of initialisation.

#include "arch/hooks.h"
#include "arch/machine.h"
#include "arch/riscv/boot.h"
#include "arch/riscv/kernel_map.h"
#include "arch/riscv/sbi.h"
#include "arch/riscv/smp.h"
#include "arch/riscv/thread.h"
#include "arch/riscv/timer.h"
#include "arch/riscv/trap.h"
#include "bpf_port/port.h"
#include "dev/devices.h"
#include "fs/vfs.h"
#include "lib/log.h"
#include "mm/heap.h"
#include "mm/kernel_stack.h"
#include "mm/page.h"
#include "task/grace.h"
#include "task/process.h"
#include "task/scheduler.h"
#include "task/sysrq.h"
#include "test_hook.h"
#include "trace/init.h"
#include "trace/kallsyms.h"

// The first C++ object in use: tp points to it before any constructor has run, and it becomes hart 0's idle task.
extern "C" {
extern uint8_t boot_task_place[];
alignas(skep::Task) constinit uint8_t boot_task_place[sizeof(skep::Task)] = {};
}

namespace skep {

namespace {

extern "C" void (*init_array_start[])();
extern "C" void (*init_array_end[])();

void start_other_harts() {
  for (uint32_t i = 1; i < arch::machine().hart_count; i++) {
    auto idle = create_idle_task(i);
    if (!idle || !arch::start_hart(i, **idle)) {
      log_info("smp: hart {} does not start", i);
      continue;
    }
    (void)idle->release();  // an idle task lives as long as its hart
  }
}

// What needs a running scheduler.
void start_system(void*) {
  const arch::Machine& m = arch::machine();
  const auto* initrd = static_cast<const uint8_t*>(mm::linear_of(m.initrd.start));
  vfs::init({initrd, m.initrd.bytes});  // files keep their content in the archive: its memory is never given back
  trace::init();
  bpf_port::init();
  register_sysrq();
  register_test_files();
  static constexpr std::string_view kInitPrograms[] = {"/init", "/bin/init", "/bin/sh"};
  start_init_process(kInitPrograms);
  exit_task();
}

}  // namespace

void arch::print_current_task(TextSink& out) { format_to(out, "task {} ({})", current_pid(), current_comm()); }
void arch::print_code_address(TextSink& out, uint64_t address) { kallsyms::print_address(out, address); }

extern "C" [[noreturn]] void kernel_main(uint64_t hart_id, arch::PhysAddr dtb) {
  auto* boot = reinterpret_cast<Task*>(boot_task_place);
  arch::g_harts[0].id = hart_id;
  boot->hart = &arch::g_harts[0];
  for (auto* f = init_array_start; f < init_array_end; f++) (*f)();
  new (boot) Task;
  adopt_idle_task(0, *boot);

  arch::read_device_tree(dtb, hart_id);
  arch::init_hart(0);
  arch::mark_hart_online();
  mm::init_pages();
  init_heap();
  arch::init_kernel_map();
  mm::init_kernel_stacks();
  arch::init_clock();
  arch::init_power();
  dev::init();
  arch::enable_hart_traps();
  arch::start_hart_timer();
  start_other_harts();
  log_info("skep: {} harts, {} MiB of memory, {} MiB free", arch::online_hart_count(), mm::total_page_count() / 256,
           mm::free_page_count() / 256);
  start_grace_thread();
  if (!start_kernel_thread("boot", start_system, nullptr)) panic("no memory for the first thread");
  run_idle();
}

}  // namespace skep
