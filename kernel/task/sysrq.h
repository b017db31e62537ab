// Requests to the kernel itself, for root: /proc/sysrq-trigger takes 'c' (panic) and 'o' (power off).
#pragma once

namespace skep {

// Boot, after the file system.
void register_sysrq();

}  // namespace skep
