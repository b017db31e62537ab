// Switching off. QEMU's sifive_test device takes a code and ends QEMU with it; the SBI knows only "shutdown".
#include "arch/machine.h"
#include "arch/riscv/csr.h"
#include "arch/riscv/sbi.h"

namespace skep::arch {

namespace {
constexpr uint32_t kFinisherPass = 0x5555;
constexpr uint32_t kFinisherFail = 0x3333;
volatile uint32_t* g_finisher;
}  // namespace

void init_power() {
  if (machine().poweroff.bytes != 0) g_finisher = reinterpret_cast<volatile uint32_t*>(map_device(machine().poweroff));
}

void power_off(uint32_t exit_code) {
  disable_interrupts();
  if (g_finisher) *g_finisher = exit_code == 0 ? kFinisherPass : kFinisherFail | (exit_code & 0xff) << 16;
  sbi::system_reset(exit_code != 0);
  for (;;) wait_for_interrupt();
}

}  // namespace skep::arch
