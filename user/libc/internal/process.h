// What the start-up code, exit and stdio share.
#pragma once

#include <stddef.h>

namespace libc {

// The auxiliary vector that the kernel put behind the environment: pairs (type, value), ended by type 0.
extern const unsigned long* auxiliary_vector;

// Writes out every open stream; called once by exit().
void flush_all_streams();

}  // namespace libc
