// How a process ends, and how its parent learns of it.
#include <string.h>

#include "arch/machine.h"
#include "lib/log.h"
#include "task/futex.h"
#include "task/process.h"
#include "task/scheduler.h"

namespace skep {

namespace {

constexpr uint32_t kWaitNoHang = 1, kWaitUntraced = 2, kWaitContinued = 8;

// Linux's exit code of a status, as a shell shows it.
uint32_t exit_code_of(int wait_status) {
  const uint32_t signal = static_cast<uint32_t>(wait_status) & 0x7f;
  return signal != 0 ? 128 + signal : static_cast<uint32_t>(wait_status) >> 8 & 0xff;
}

SignalInfo child_info(const Process& child, int wait_status) {
  const int signal = wait_status & 0x7f;
  return {.code = signal != 0 ? SKEP_CLD_KILLED : SKEP_CLD_EXITED,
          .pid = child.pid,
          .uid = child.credentials.uid,
          .status = signal != 0 ? signal : wait_status >> 8 & 0xff,
          .address = 0};
}

// Gives the children of a dying process to pid 1. True when one of them is a zombie already.
bool give_children_to_init_locked(Process& dying, Process& init) SKEP_REQUIRES(g_process_lock) {
  bool zombies = false;
  while (Process* child = dying.children.pop_front()) {
    child->parent = &init;
    if (child->task) child->task->set_parent(init.task);
    init.children.push_back(*child);
    zombies |= child->state == ProcessState::kZombie;
  }
  return zombies;
}

bool ignores_children_locked(Process& parent) SKEP_REQUIRES(g_process_lock) {
  const SignalAction& a = parent.actions[SKEP_SIGCHLD];
  return a.handler == SKEP_SIG_IGN || (a.flags & SKEP_SA_NOCLDWAIT) != 0;
}

void release_user_side(Process& self) {
  Task& task = current_task();
  if (task.clear_child_tid != 0) {
    (void)write_user<uint32_t>(task.clear_child_tid, 0);
    futex_wake(task.clear_child_tid, 1);
  }
  KUnique<FdTable> files;
  {
    SpinGuard guard(g_process_lock);
    files = std::move(self.files);
  }
  files.reset();  // closes; may sleep
  (void)self.replace_memory({});
}

}  // namespace

void exit_process(int wait_status) {
  Process& self = current_process();
  if (self.pid == 1) {
    log_info("init ended with code {}", exit_code_of(wait_status));
    arch::power_off(exit_code_of(wait_status));
  }
  release_user_side(self);

  Ref<Process> init = find_process(1);
  Ref<Process> parent;
  Ref<Process> unwanted;  // the tree's reference, when nobody will wait
  bool wake_init;
  {
    SpinGuard guard(g_process_lock);
    wake_init = give_children_to_init_locked(self, *init);
    self.state = ProcessState::kZombie;
    self.exit_status = wait_status;
    self.task = nullptr;
    current_task().exit_code = wait_status;
    memcpy(self.comm, current_task().comm, kCommBytes);
    parent = Ref<Process>::share(self.parent);
    if (ignores_children_locked(*parent)) unwanted = detach_process_locked(self);
  }
  send_signal(*parent, SKEP_SIGCHLD, child_info(self, wait_status));
  parent->child_event.wake_all();
  if (wake_init) init->child_event.wake_all();
  parent.reset();
  init.reset();
  unwanted.reset();
  exit_task();
}

namespace {

// One look at the children. `found` stays empty when none has anything to report; false when none matches at all.
struct WaitScan {
  bool any = false;
  bool found = false;
  WaitResult result;
  Ref<Process> reaped;
};

bool matches_locked(const WaitRequest& request, Process& self, Process& child) SKEP_REQUIRES(g_process_lock) {
  if (request.pid > 0) return child.pid == request.pid;
  if (request.pid == 0) return child.group == self.group;
  return request.pid == -1 || child.group == static_cast<uint64_t>(-request.pid);
}

// Fills in what the child has to report, if anything.
bool report_locked(const WaitRequest& request, Process& child, WaitScan& scan) SKEP_REQUIRES(g_process_lock) {
  scan.result.pid = child.pid;
  scan.result.user_ticks = child.user_ticks;
  scan.result.system_ticks = child.system_ticks;
  if (child.state == ProcessState::kZombie) {
    scan.result.status = child.exit_status;
    scan.reaped = detach_process_locked(child);
    return true;
  }
  if ((request.options & kWaitUntraced) && child.report_stop) {
    child.report_stop = false;
    scan.result.status = child.stop_signal << 8 | 0x7f;
    return true;
  }
  if ((request.options & kWaitContinued) && child.report_continue) {
    child.report_continue = false;
    scan.result.status = 0xffff;
    return true;
  }
  return false;
}

void scan_children(Process& self, const WaitRequest& request, WaitScan& scan) {
  SpinGuard guard(g_process_lock);
  scan.any = false;
  for (Process& child : self.children) {
    if (!matches_locked(request, self, child)) continue;
    scan.any = true;
    if (report_locked(request, child, scan)) {
      scan.found = true;
      return;
    }
  }
}

}  // namespace

Result<WaitResult> wait_for_child(const WaitRequest& request) {
  if (request.options & ~(kWaitNoHang | kWaitUntraced | kWaitContinued | 0xe0000000U)) return fail(Errno::kEINVAL);
  Process& self = current_process();
  WaitScan scan;
  const auto done = [&] {
    scan_children(self, request, scan);
    return scan.found || !scan.any || (request.options & kWaitNoHang);
  };
  TRY(self.child_event.wait_until(done));
  if (scan.found) return scan.result;
  if (!scan.any) return fail(Errno::kECHILD);
  return WaitResult{};
}

}  // namespace skep
