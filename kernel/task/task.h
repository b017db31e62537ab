// Tasks (threads of execution) and processes. Owned by kernel/task.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <string_view>

#include "fs/file.h"
#include "lib/list.h"
#include "lib/ref.h"
#include "lib/result.h"

namespace skep {

struct Credentials {
  uint32_t uid = 0, euid = 0, suid = 0;
  uint32_t gid = 0, egid = 0, sgid = 0;
};

// What other parts may read of the current task. The full class (registers, address space, scheduling) stays in
// kernel/task; these are its public facts.
uint32_t current_pid();   // any context
uint32_t current_tgid();  // any context
const Credentials& current_credentials();
std::string_view current_comm();  // at most 15 characters; any context
FdTable& current_fd_table();      // user tasks only
std::string_view current_cwd();   // absolute, normalised
Result<void> set_current_cwd(std::string_view absolute);
bool current_signal_pending();

// Preemption: nests, per hart. The outermost edges call trace_preempt_off / trace_preempt_on.
void preempt_disable();
void preempt_enable();
uint32_t hart_index();  // 0 … hart_count() - 1; stable only with preemption off
uint32_t hart_count();  // harts started

uint64_t monotonic_ns();

// Sends a signal to the foreground job of the console (^C). Any context but a probe.
void signal_foreground(int signal);

// RCU-like grace periods; bpf/platform.h says what a reader is.
struct GraceCallback {
  GraceCallback* next = nullptr;
  void (*function)(GraceCallback*) = nullptr;
};
void call_after_grace_period(GraceCallback* callback, void (*function)(GraceCallback*));
void wait_for_grace_period();

}  // namespace skep
