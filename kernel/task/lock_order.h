// The order of spin locks: a hart that holds one may take only those of higher rank. docs/locking.md tells why each
// pair stands so. Checked at every acquisition; a violation panics, naming both ranks.
#pragma once

#include <stdint.h>

namespace skep {

enum class LockRank : uint8_t {
  kTerminal = 1,  // dev/tty.cc: asks for groups and sessions
  kProcesses,     // task/process.h: sends signals, looks into descriptor tables
  kFdTable,
  kFutexes,
  kTimers,     // wakes tasks
  kWaitQueue,  // wakes tasks
  kRunQueue,
  kCodeMemory,
  kKernelStacks,
  kSlab,
  kPages,
  kLeaf,  // nothing is taken under it, but the log may be written
  kConsole,
};

// Off makes every acquisition some eight instructions cheaper.
inline constexpr bool kCheckLockOrder = true;

}  // namespace skep
