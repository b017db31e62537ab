// The platform-level interrupt controller (RISC-V Platform-Level Interrupt Controller Specification 1.0, "Memory Map").
// Every source is served by the boot hart: there is one device, and its handler is short.
#include "arch/hooks.h"
#include "arch/machine.h"
#include "dev/drivers.h"
#include "lib/log.h"
#include "task/task.h"

namespace skep::dev {

namespace {

constexpr size_t kPriority = 0, kEnable = 0x2000, kEnableStride = 0x80;
constexpr size_t kContext = 0x200000, kContextStride = 0x1000, kClaim = 4;
constexpr uint32_t kMaxHandlers = 8;  // devices that the kernel has drivers for, with room
constexpr uint32_t kMaxSources = 1024;

struct Connection {
  uint32_t source = 0;
  InterruptHandler handler = nullptr;
  std::atomic<uint64_t> count{0};
};

volatile uint8_t* g_base = nullptr;
uint32_t g_context = 0;
// Filled at boot, before the source is enabled; read by the interrupt handler.
Connection g_connections[kMaxHandlers];
uint32_t g_connection_count = 0;

volatile uint32_t& reg(size_t offset) { return *reinterpret_cast<volatile uint32_t*>(g_base + offset); }
volatile uint32_t& claim_register() { return reg(kContext + g_context * kContextStride + kClaim); }

void serve() {
  while (const uint32_t source = claim_register()) {
    for (uint32_t i = 0; i < g_connection_count; i++) {
      Connection& connection = g_connections[i];
      if (connection.source != source) continue;
      connection.handler();
      connection.count.fetch_add(1, std::memory_order_relaxed);
    }
    claim_register() = source;  // complete
  }
}

}  // namespace

bool init_plic() {
  const arch::Machine& machine = arch::machine();
  if (machine.plic.bytes == 0 || !machine.harts[0].has_plic_context) return false;
  const size_t needed = kContext + (machine.harts[0].plic_context + size_t{1}) * kContextStride;
  if (machine.plic.bytes < needed) return false;
  g_base = arch::map_device(machine.plic);
  if (!g_base) return false;
  g_context = machine.harts[0].plic_context;
  reg(kContext + g_context * kContextStride) = 0;  // threshold: every priority above 0 interrupts
  arch::set_external_interrupt_hook(serve);
  return true;
}

bool connect_interrupt(uint32_t source, InterruptHandler handler) {
  if (!g_base || source == 0 || source >= kMaxSources || g_connection_count == kMaxHandlers) return false;
  g_connections[g_connection_count].source = source;
  g_connections[g_connection_count].handler = handler;
  g_connection_count++;
  reg(kPriority + source * 4) = 1;
  volatile uint32_t& enable = reg(kEnable + g_context * kEnableStride + source / 32 * 4);
  enable = enable | 1u << source % 32;
  return true;
}

uint64_t interrupt_count(uint32_t source) {
  for (uint32_t i = 0; i < g_connection_count; i++) {
    if (g_connections[i].source == source) return g_connections[i].count.load(std::memory_order_relaxed);
  }
  return 0;
}

}  // namespace skep::dev
