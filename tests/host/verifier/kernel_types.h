// The BTF of an imagined kernel: structures with everything that a load can meet, functions, tracepoints.
#pragma once

#include <stdint.h>

#include <vector>

namespace skep::verifier_test {

std::vector<uint8_t> kernel_types_blob();
inline constexpr uint32_t kTaskBytes = 136;  // of its struct task_struct

}  // namespace skep::verifier_test
