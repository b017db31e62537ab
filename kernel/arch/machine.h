// What the device tree says about the machine. Filled once at boot, constant afterwards; any context.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <span>
#include <string_view>

#include "arch/limits.h"

namespace skep::arch {

using PhysAddr = uint64_t;

struct PhysRange {
  PhysAddr start = 0;
  uint64_t bytes = 0;
  PhysAddr end() const { return start + bytes; }
};

struct HartInfo {
  uint64_t id = 0;            // the hardware's number; the kernel's own index is the place in Machine::harts
  uint32_t plic_context = 0;  // of its supervisor mode
  bool has_plic_context = false;
};

struct Machine {
  HartInfo harts[kMaxHarts];  // [0] is the hart that booted
  uint32_t hart_count = 0;
  PhysRange memory[4];
  uint32_t memory_count = 0;
  PhysRange device_tree;
  PhysRange initrd;  // bytes 0: none was given
  uint64_t timebase_hz = 0;
  bool has_zba = false, has_zbb = false, has_sstc = false;  // of every hart

  PhysRange uart;  // NS16550
  uint32_t uart_irq = 0;
  PhysRange plic;
  uint32_t plic_sources = 0;

  PhysRange rtc;       // Goldfish clock; bytes 0: none
  PhysRange poweroff;  // the sifive_test device; bytes 0: none
  char bootargs[256] = {};
  std::span<const uint8_t> rng_seed;

  std::string_view bootargs_view() const { return bootargs; }
};

const Machine& machine();

// The virtual address of device registers, mapped on first use (whole pages; uncached by the platform's attributes).
// Boot only. nullptr when the range is no device range or there is no memory for page tables.
volatile uint8_t* map_device(PhysRange registers);

// Switches the machine off; QEMU ends with `exit_code` (0 ... 255). Any context.
[[noreturn]] void power_off(uint32_t exit_code);

}  // namespace skep::arch
