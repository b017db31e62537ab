#include "arch/machine.h"

#include <string.h>

#include <algorithm>

#include "arch/riscv/boot.h"
#include "arch/riscv/fdt.h"
#include "arch/riscv/layout.h"
#include "lib/log.h"

namespace skep::arch {

namespace {

Machine g_machine;

using Bytes = Fdt::Bytes;

// Cells per address and size in the children of a node ("#address-cells", "#size-cells"); the specification's defaults.
struct Cells {
  uint32_t address = 2, size = 1;
};

Cells cells_of(const Fdt& fdt, Fdt::Node node) {
  Cells c;
  if (const auto n = fdt.u32_property(node, "#address-cells"); n && *n <= 2) c.address = *n;
  if (const auto n = fdt.u32_property(node, "#size-cells"); n && *n <= 2) c.size = *n;
  return c;
}

PhysRange range_at(Bytes reg, size_t index, Cells cells) {
  const size_t at = index * (cells.address + cells.size);
  const auto start = Fdt::number_at(reg, at, cells.address);
  const auto bytes = Fdt::number_at(reg, at + cells.address, cells.size);
  if (!start || !bytes) return {};
  return {*start, *bytes};
}

PhysRange first_range(const Fdt& fdt, Fdt::Node node, Cells cells) {
  const auto reg = fdt.find_property(node, "reg");
  return reg ? range_at(*reg, 0, cells) : PhysRange{};
}

// Whether an isa string ("rv64imac_zba_zbb") names a multi-letter extension.
bool isa_has(std::string_view isa, std::string_view extension) {
  for (size_t at = isa.find('_'); at != std::string_view::npos; at = isa.find('_', at + 1)) {
    const std::string_view rest = isa.substr(at + 1);
    if (rest.substr(0, rest.find('_')) == extension) return true;
  }
  return false;
}

void read_memory(const Fdt& fdt, Fdt::Node node, Cells cells) {
  const auto reg = fdt.find_property(node, "reg");
  if (!reg) return;
  for (size_t i = 0; g_machine.memory_count < std::size(g_machine.memory); i++) {
    const PhysRange r = range_at(*reg, i, cells);
    if (r.bytes == 0) break;
    g_machine.memory[g_machine.memory_count++] = r;
  }
}

void read_chosen(const Fdt& fdt, Fdt::Node node) {
  const auto address = [&](std::string_view name) -> PhysAddr {
    const auto value = fdt.find_property(node, name);
    if (!value) return 0;
    return Fdt::number_at(*value, 0, value->size() >= 8 ? 2 : 1).value_or(0);
  };
  const PhysAddr start = address("linux,initrd-start"), end = address("linux,initrd-end");
  if (start < end) g_machine.initrd = {start, end - start};
  const std::string_view args = fdt.string_property(node, "bootargs");
  memcpy(g_machine.bootargs, args.data(), std::min(args.size(), sizeof(g_machine.bootargs) - 1));
  if (const auto seed = fdt.find_property(node, "rng-seed")) g_machine.rng_seed = *seed;
}

// The handle by which the PLIC names each hart's interrupt controller; index as in Machine::harts.
struct HartControllers {
  uint32_t phandle[kMaxHarts] = {};
};

void read_harts(const Fdt& fdt, Fdt::Node cpus, uint64_t boot_hart, HartControllers& controllers) {
  g_machine.timebase_hz = fdt.u32_property(cpus, "timebase-frequency").value_or(0);
  g_machine.has_zba = g_machine.has_zbb = g_machine.has_sstc = true;
  const Cells cells = cells_of(fdt, cpus);
  g_machine.harts[0].id = boot_hart;
  g_machine.hart_count = 1;
  fdt.for_each_child(cpus, [&](Fdt::Node cpu) {
    if (fdt.string_property(cpu, "device_type") != "cpu") return true;
    const std::string_view status = fdt.string_property(cpu, "status");
    if (!status.empty() && status != "okay") return true;
    const auto reg = fdt.find_property(cpu, "reg");
    const auto id = reg ? Fdt::number_at(*reg, 0, cells.address) : std::nullopt;
    if (!id || *id >= 64) return true;  // hart masks are one 64-bit word
    uint32_t index = 0;
    if (*id != boot_hart) {
      if (g_machine.hart_count == kMaxHarts) return true;
      index = g_machine.hart_count++;
      g_machine.harts[index].id = *id;
    }
    if (const auto intc = fdt.find_child(cpu, "interrupt-controller")) {
      controllers.phandle[index] = fdt.u32_property(*intc, "phandle").value_or(0);
    }
    const std::string_view isa = fdt.string_property(cpu, "riscv,isa");
    g_machine.has_zba &= isa_has(isa, "zba");
    g_machine.has_zbb &= isa_has(isa, "zbb");
    g_machine.has_sstc &= isa_has(isa, "sstc");
    return true;
  });
}

void read_plic(const Fdt& fdt, Fdt::Node node, Cells cells, const HartControllers& controllers) {
  constexpr uint32_t kSupervisorExternal = 9;
  g_machine.plic = first_range(fdt, node, cells);
  g_machine.plic_sources = fdt.u32_property(node, "riscv,ndev").value_or(0);
  const auto targets = fdt.find_property(node, "interrupts-extended");
  if (!targets) return;
  // One pair (controller, interrupt) per context; the pair's place is the context's number.
  for (uint32_t context = 0; context * 8 + 8 <= targets->size(); context++) {
    const uint32_t phandle = *Fdt::u32_at(*targets, context * 2);
    if (*Fdt::u32_at(*targets, context * 2 + 1) != kSupervisorExternal) continue;
    for (uint32_t i = 0; i < g_machine.hart_count; i++) {
      if (controllers.phandle[i] != phandle || phandle == 0) continue;
      g_machine.harts[i].plic_context = context;
      g_machine.harts[i].has_plic_context = true;
    }
  }
}

void read_soc(const Fdt& fdt, Fdt::Node soc, const HartControllers& controllers) {
  const Cells cells = cells_of(fdt, soc);
  fdt.for_each_child(soc, [&](Fdt::Node node) {
    if (fdt.is_compatible(node, "ns16550a") && g_machine.uart.bytes == 0) {
      g_machine.uart = first_range(fdt, node, cells);
      g_machine.uart_irq = fdt.u32_property(node, "interrupts").value_or(0);
    } else if (fdt.is_compatible(node, "sifive,test0")) {
      g_machine.poweroff = first_range(fdt, node, cells);
    } else if (fdt.is_compatible(node, "google,goldfish-rtc")) {
      g_machine.rtc = first_range(fdt, node, cells);
    } else if (fdt.is_compatible(node, "riscv,plic0")) {
      read_plic(fdt, node, cells, controllers);
    }
    return true;
  });
}

}  // namespace

const Machine& machine() { return g_machine; }

void read_device_tree(PhysAddr dtb, uint64_t boot_hart) {
  const auto* blob = reinterpret_cast<const uint8_t*>(SKEP_LINEAR_BASE + dtb);
  const uint32_t bytes = Fdt::total_bytes(std::span<const uint8_t, 8>(blob, 8));
  const auto fdt = Fdt::parse({blob, bytes});
  if (!fdt) panic("the firmware passed no device tree (at physical {#x})", dtb);
  g_machine.device_tree = {dtb, bytes};

  const Fdt::Node root = fdt->root();
  const Cells cells = cells_of(*fdt, root);
  HartControllers controllers;
  if (const auto cpus = fdt->find_child(root, "cpus")) read_harts(*fdt, *cpus, boot_hart, controllers);
  fdt->for_each_child(root, [&](Fdt::Node node) {
    if (fdt->string_property(node, "device_type") == "memory") read_memory(*fdt, node, cells);
    if (node.name == "chosen") read_chosen(*fdt, node);
    if (node.name == "soc") read_soc(*fdt, node, controllers);
    return true;
  });
  if (g_machine.memory_count == 0) panic("the device tree names no memory");
  if (g_machine.timebase_hz == 0) panic("the device tree names no timebase-frequency");
}

}  // namespace skep::arch
