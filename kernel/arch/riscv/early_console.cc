// The log until the console driver is linked in: straight through the firmware.
#include "arch/riscv/sbi.h"
#include "lib/log.h"

namespace skep {

[[gnu::weak]] void log_line(std::string_view line) {
  for (const char c : line) arch::sbi::console_putchar(c);
  arch::sbi::console_putchar('\n');
}

}  // namespace skep
