// The NS16550 serial port (National Semiconductor PC16550D data sheet, "Registers").
#include "arch/machine.h"
#include "arch/riscv/sbi.h"
#include "dev/drivers.h"
#include "task/task.h"

namespace skep::dev {

namespace {

enum Register : size_t {
  kData = 0,
  kInterruptEnable = 1,
  kFifoControl = 2,
  kLineControl = 3,
  kModemControl = 4,
  kLineStatus = 5
};
constexpr uint8_t kReceiveInterrupt = 0x01;
constexpr uint8_t kFifoEnable = 0x01;
// Switching the FIFO on throws away what has arrived, so what was typed while the firmware ran is taken first, until
// the line has been quiet for this long.
constexpr uint64_t kQuietNs = 1'000'000;
constexpr uint8_t kEightBitsNoParity = 0x03;
constexpr uint8_t kModemReadyWithInterrupts = 0x0b;  // DTR, RTS, OUT2 (which gates the interrupt line)
constexpr uint8_t kDataReady = 0x01;
constexpr uint8_t kTransmitEmpty = 0x20;

volatile uint8_t* g_base = nullptr;
void (*g_receive)(uint8_t) = nullptr;
bool g_has_interrupt = false;

}  // namespace

bool init_uart(void (*receive)(uint8_t byte)) {
  const arch::Machine& machine = arch::machine();
  if (machine.uart.bytes <= kLineStatus) return false;
  volatile uint8_t* base = arch::map_device(machine.uart);
  if (!base) return false;
  base[kInterruptEnable] = 0;
  for (uint64_t last = monotonic_ns(); monotonic_ns() - last < kQuietNs;) {
    if (!(base[kLineStatus] & kDataReady)) continue;
    receive(base[kData]);
    last = monotonic_ns();
  }
  base[kFifoControl] = kFifoEnable;
  base[kLineControl] = kEightBitsNoParity;  // the firmware has set the speed
  base[kModemControl] = kModemReadyWithInterrupts;
  g_receive = receive;
  g_base = base;
  g_has_interrupt = connect_interrupt(machine.uart_irq, uart_poll);
  if (g_has_interrupt) base[kInterruptEnable] = kReceiveInterrupt;
  return true;
}

bool uart_has_interrupt() { return g_has_interrupt; }
bool uart_ready() { return g_base != nullptr; }

void uart_write(std::string_view text) {
  for (const char c : text) {
    if (!g_base) {
      arch::sbi::console_putchar(c);
      continue;
    }
    while (!(g_base[kLineStatus] & kTransmitEmpty)) {
    }
    g_base[kData] = static_cast<uint8_t>(c);
  }
}

void uart_poll() {
  while (g_base && (g_base[kLineStatus] & kDataReady)) g_receive(g_base[kData]);
}

}  // namespace skep::dev
