// Tasks (threads of execution) and processes. Owned by kernel/task.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <span>
#include <string_view>

#include "fs/file.h"
#include "lib/format.h"
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
// For code that must not give way here: in the scheduler, or with interrupts masked.
void preempt_enable_no_reschedule();
uint32_t hart_index();  // 0 … hart_count() - 1; stable only with preemption off
uint32_t hart_count();  // harts started

uint64_t monotonic_ns();

// A signal to the current task (SIGPIPE), or to every process of a group (the terminal's ^C; ESRCH when it has none).
// signal_group: any context but a probe.
void signal_current(int signal);
Result<void> signal_group(uint32_t pgrp, int signal);
uint32_t current_pgrp();
uint32_t current_session();
// True when some process of session `session` is in group `pgrp`: what a terminal's foreground group must be.
bool group_in_session(uint32_t pgrp, uint32_t session);
// The process's file mode creation mask.
uint32_t current_umask();
uint32_t set_current_umask(uint32_t mask);  // returns the old one

// ---- What /proc shows of processes. Task context; each call takes and drops the task list's lock by itself. --------

struct ProcessFacts {
  uint32_t pid = 0, parent = 0, pgrp = 0, session = 0;
  Credentials credentials;
  char state = 'R';  // as in /proc/PID/stat: R S D T Z
  char comm[16] = {};
  uint32_t threads = 1;
  uint32_t hart = 0;      // where it ran last
  uint64_t start_ns = 0;  // monotonic
  uint64_t user_ns = 0, system_ns = 0;
  uint64_t virtual_bytes = 0, resident_pages = 0;
  uint64_t pending_signals = 0, blocked_signals = 0, ignored_signals = 0, caught_signals = 0;
};
Result<ProcessFacts> process_facts(uint32_t pid);  // ESRCH
// The process with the smallest id above `after`; 0 when there is none.
uint32_t next_process(uint32_t after);
// The arguments as exec stored them, NUL after each; empty for kernel tasks. ESRCH.
Result<size_t> process_arguments(uint32_t pid, std::span<char> out);
// Text for /proc/PID/...: cwd and exe are absolute paths, maps is lines as Linux prints them. ESRCH; ENOENT when there
// is none.
enum class ProcessText : uint8_t { kCwd, kExe, kMaps };
Result<void> print_process(uint32_t pid, ProcessText what, TextSink& out);
// A process's descriptors. ESRCH, EBADF; -1 when no descriptor >= from is open.
Result<Ref<File>> process_file(uint32_t pid, int fd);
int next_process_descriptor(uint32_t pid, int from);
// Idle and busy nanoseconds of a hart since boot (/proc/stat), and forks since boot.
struct HartTimes {
  uint64_t user_ns = 0, system_ns = 0, idle_ns = 0;
};
HartTimes hart_times(uint32_t hart);
uint64_t forks_since_boot();
uint64_t context_switches();

// RCU-like grace periods; bpf/platform.h says what a reader is.
struct GraceCallback {
  GraceCallback* next = nullptr;
  void (*function)(GraceCallback*) = nullptr;
};
void call_after_grace_period(GraceCallback* callback, void (*function)(GraceCallback*));
void wait_for_grace_period();

}  // namespace skep
