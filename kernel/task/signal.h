// Signals: sending and delivering. Numbers and structures: uapi/signal.h.
#pragma once

#include <stdint.h>

#include "lib/result.h"
#include "uapi/signal.h"

namespace skep {

class Process;
class Task;

inline constexpr uint32_t kSignals = SKEP_SIGNAL_COUNT;
using SignalSet = uint64_t;
constexpr SignalSet signal_bit(int signal) { return SignalSet{1} << (signal - 1); }
inline constexpr SignalSet kUnblockable = SignalSet{1} << (SKEP_SIGKILL - 1) | SignalSet{1} << (SKEP_SIGSTOP - 1);

using SignalAction = skep_sigaction;

// Who sent a signal and why: becomes the handler's siginfo. One per signal number is kept.
struct SignalInfo {
  int32_t code = SKEP_SI_KERNEL;
  uint32_t pid = 0;
  uint32_t uid = 0;
  int32_t status = 0;
  uint64_t address = 0;
};

// Any context but a probe.
void send_signal(Process& process, int signal, const SignalInfo& info);
// kill(2): pid > 0 a process, 0 the caller's group, -1 everybody, < -1 a group. EINVAL, ESRCH, EPERM.
Result<void> kill_processes(int64_t pid, int signal);

// A fault of the running program: the signal cannot be ignored or blocked.
void force_signal(int signal, const SignalInfo& info);

// Puts the task's program into a handler's frame, stops it, or ends it. Called on the way to user mode; interrupts on.
void deliver_signals(pt_regs& regs);

}  // namespace skep
