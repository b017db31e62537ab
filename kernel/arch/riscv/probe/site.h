// A breakpoint probe's place in the text. arch/probe.h has the operations.
#pragma once

#include <stdint.h>

#include "arch/riscv/probe/classify.h"

namespace skep::riscv::probe {

struct Site {
  static constexpr uint32_t kNoSlot = ~uint32_t{0};

  uintptr_t place = 0;
  Step step;
  uint32_t slot = kNoSlot;

  uintptr_t address() const { return place; }
};

}  // namespace skep::riscv::probe
