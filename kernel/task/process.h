// A process: what its threads share. For now every process has one.
#pragma once

#include <stdint.h>

#include <array>

#include "fs/file.h"
#include "lib/list.h"
#include "lib/ref.h"
#include "mm/address_space.h"
#include "mm/heap.h"
#include "mm/limits.h"
#include "task/signal.h"
#include "task/spinlock.h"
#include "task/task.h"
#include "task/thread.h"
#include "task/wait_queue.h"

namespace skep {

// The process tree: parents, children, groups, sessions, states, signal actions, and the pointers by which a process
// holds its memory, files and task. One lock for all of it: it is held for a few instructions at a time.
extern SpinLock g_process_lock;

enum class ProcessState : uint8_t { kAlive, kStopped, kZombie };

class Process : public RefCounted<Process> {
 public:
  Process() = default;
  void last_reference_dropped() { kdelete(this); }
  ~Process();

  uint32_t pid = 0;  // constant
  uint64_t start_ns = 0;

  ListNode all_node SKEP_GUARDED_BY(g_process_lock);
  ListNode sibling_node SKEP_GUARDED_BY(g_process_lock);
  Process* parent SKEP_GUARDED_BY(g_process_lock) = nullptr;  // null for pid 1; lives as long as it has children
  List<Process, &Process::sibling_node> children SKEP_GUARDED_BY(g_process_lock);  // each holds one reference

  uint32_t group SKEP_GUARDED_BY(g_process_lock) = 0;
  uint32_t session SKEP_GUARDED_BY(g_process_lock) = 0;
  ProcessState state SKEP_GUARDED_BY(g_process_lock) = ProcessState::kAlive;
  int exit_status SKEP_GUARDED_BY(g_process_lock) = 0;  // as wait4(2) reports it
  int stop_signal SKEP_GUARDED_BY(g_process_lock) = 0;
  bool report_stop SKEP_GUARDED_BY(g_process_lock) = false;      // to a parent that waits with WUNTRACED
  bool report_continue SKEP_GUARDED_BY(g_process_lock) = false;  // ... WCONTINUED
  char comm[kCommBytes] SKEP_GUARDED_BY(g_process_lock) = {};    // its task's, once that is gone
  bool has_executed SKEP_GUARDED_BY(g_process_lock) = false;
  Task* task SKEP_GUARDED_BY(g_process_lock) = nullptr;                            // null once it exits
  std::array<SignalAction, kSignals + 1> actions SKEP_GUARDED_BY(g_process_lock);  // [0] is unused

  // Changed by the process itself only, so that it may read them without a lock; others read under g_process_lock.
  Credentials credentials;
  uint32_t umask = 022;
  KVector<char> cwd;  // absolute, normalised
  KVector<char> exe;
  KVector<char> arguments;  // NUL after each
  KUnique<FdTable> files;

  WaitQueue child_event;  // a child exited, stopped or continued
  WaitQueue continued;    // this process may run again

  std::atomic<uint64_t> user_ticks{0}, system_ticks{0};  // of itself

  // The address space; null for a process that has exited. The reference keeps it alive while a reader looks.
  mm::AddressSpace* memory() const { return memory_.load(std::memory_order_acquire); }
  Ref<mm::AddressSpace> share_memory() SKEP_EXCLUDES(g_process_lock);
  // Replaces it (null at exit) and, for the running process, switches this hart. Returns the old one.
  Ref<mm::AddressSpace> replace_memory(Ref<mm::AddressSpace> memory) SKEP_EXCLUDES(g_process_lock);

 private:
  std::atomic<mm::AddressSpace*> memory_{nullptr};
};

// The running process. User tasks only.
inline Process& current_process() { return *current_task().process; }

// An id that no process and no group uses. With at most kMaxProcesses there always is one.
uint32_t allocate_pid();
inline constexpr uint32_t kMaxPid = 32768;  // Linux's default of kernel.pid_max
// Processes, zombies included: as many as there are kernel stacks. Each blocks up to three ids (its own, its group's,
// its session's), so that this also bounds the search for a free one.
inline constexpr uint32_t kMaxProcesses = mm::kMaxKernelStacks;

// A process without task and memory, in the tree below `parent`; the tree holds the reference. ENOMEM; EAGAIN when
// kMaxProcesses exist.
Result<Ref<Process>> create_process(uint32_t pid, Process* parent);
// Takes a process out of the tree; the caller gets the tree's reference.
Ref<Process> detach_process_locked(Process& process) SKEP_REQUIRES(g_process_lock);
// Undoes create_process() for one that never ran.
void discard_process(Process& process);
Ref<Process> find_process(uint32_t pid);                                   // null when there is none
Process* find_process_locked(uint32_t pid) SKEP_REQUIRES(g_process_lock);  // zombies included
// Calls visit(Process&) for each process, by rising pid, under the lock.
template <typename Visit>
void for_each_process_locked(Visit&& visit) SKEP_REQUIRES(g_process_lock);

// fork(2): the child's pid. EAGAIN, ENOMEM; EINTR when a signal waits for the parent: the call then starts again,
// whatever the signal's handler asks for.
Result<uint32_t> fork_process(const ForkOptions& options);
// Ends the running process with a wait4 status. pid 1 takes the machine with it.
[[noreturn]] void exit_process(int wait_status);

// Strings of execve(2), one behind the other with their NULs.
struct ExecStrings {
  KVector<char> arguments;
  KVector<char> environment;
  uint32_t argument_count = 0;
  uint32_t environment_count = 0;
};
// Replaces the running process's program. On success its user registers are those of the new program.
Result<void> exec_process(std::string_view path, ExecStrings& strings);
// Boot: makes pid 1 run the first of these programs that can be run. Panics when none can.
void start_init_process(std::span<const std::string_view> candidates);

struct WaitRequest {
  int64_t pid = -1;  // as wait4(2)
  uint32_t options = 0;
};
struct WaitResult {
  uint32_t pid = 0;  // 0: WNOHANG, and nothing to report
  int status = 0;
  uint64_t user_ticks = 0, system_ticks = 0;
};
Result<WaitResult> wait_for_child(const WaitRequest& request);

// The list of all processes; for for_each_process_locked.
using ProcessList = List<Process, &Process::all_node>;
ProcessList& all_processes() SKEP_REQUIRES(g_process_lock);

template <typename Visit>
void for_each_process_locked(Visit&& visit) {
  for (Process& p : all_processes()) visit(p);
}

}  // namespace skep
