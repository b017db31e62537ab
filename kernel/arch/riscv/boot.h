// Steps of starting the machine, in the order in which kernel_main calls them. Boot hart only.
#pragma once

#include <stdint.h>

#include "arch/machine.h"

namespace skep::arch {

// Fills machine() from the tree at `dtb`. Needs the linear map (the boot page table's will do).
void read_device_tree(PhysAddr dtb, uint64_t boot_hart);

// Before any other C++ code of the boot hart; `index` is the place in machine().harts.
void init_hart(uint32_t index);
void mark_hart_online();  // the running hart takes part in fences and IPIs to all from now on

void init_power();

}  // namespace skep::arch
