// Where the kernel begins in C++: the order of initialisation.

#include "arch/hooks.h"
#include "arch/machine.h"
#include "arch/riscv/boot.h"
#include "arch/riscv/kernel_map.h"
#include "arch/riscv/sbi.h"
#include "arch/riscv/thread.h"
#include "arch/riscv/timer.h"
#include "arch/riscv/trap.h"
#include "lib/log.h"
#include "mm/page.h"
#include "task/spinlock.h"

using namespace skep;

extern "C" arch::Thread boot_task_place;
arch::Thread boot_task_place;

extern "C" void (*init_array_start[])();
extern "C" void (*init_array_end[])();

extern "C" [[noreturn]] void kernel_main(uint64_t hart_id, arch::PhysAddr dtb) {
  boot_task_place.hart = &arch::g_harts[0];
  arch::g_harts[0].id = hart_id;
  for (auto* f = init_array_start; f < init_array_end; f++) (*f)();
  arch::read_device_tree(dtb, hart_id);
  arch::init_hart(0);
  arch::mark_hart_online();
  mm::init_pages();
  arch::init_kernel_map();
  arch::init_clock();
  arch::init_power();
  log_info("skep: {} harts, {} MiB free", arch::machine().hart_count, mm::free_page_count() / 256);
  arch::power_off(3);
}
