// Limits of the machine that the kernel is built for.
#pragma once

#include <stdint.h>

namespace skep::arch {

// One bit per hart in a 64-bit mask is the real bound; 16 keeps the per-hart arrays small and is twice what QEMU's virt
// machine offers without options.
inline constexpr uint32_t kMaxHarts = 16;

}  // namespace skep::arch
