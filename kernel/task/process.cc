#include "task/process.h"

#include <string.h>

#include "arch/machine.h"
#include "arch/riscv/csr.h"
#include "arch/riscv/kernel_map.h"
#include "arch/riscv/smp.h"
#include "lib/log.h"
#include "mm/page.h"
#include "task/scheduler.h"

namespace skep {

SpinLock g_process_lock{"processes", LockRank::kProcesses};

namespace {

ProcessList g_all SKEP_GUARDED_BY(g_process_lock);
uint32_t g_process_count SKEP_GUARDED_BY(g_process_lock) = 0;  // in g_all
uint32_t g_next_pid SKEP_GUARDED_BY(g_process_lock) = 2;       // 1 is given by hand
constexpr uint32_t kFirstReusedPid = 300;  // Linux's RESERVED_PIDS: low ids are the kernel's threads

bool pid_in_use(uint32_t pid) SKEP_REQUIRES(g_process_lock) {
  for (const Process& p : g_all) {
    if (p.pid == pid || p.group == pid || p.session == pid) return true;
  }
  return false;
}

}  // namespace

ProcessList& all_processes() { return g_all; }

uint32_t allocate_pid() {
  SpinGuard guard(g_process_lock);
  for (;;) {
    if (g_next_pid >= kMaxPid) g_next_pid = kFirstReusedPid;
    const uint32_t pid = g_next_pid++;
    if (!pid_in_use(pid)) return pid;
  }
}

Process::~Process() {
  if (auto* memory = memory_.load()) memory->unref();
}

Result<Ref<Process>> create_process(uint32_t pid, Process* parent) {
  Ref<Process> p = TRY(kcreate<Process>());
  p->pid = pid;
  p->start_ns = monotonic_ns();
  SpinGuard guard(g_process_lock);
  if (g_process_count == kMaxProcesses) return fail(Errno::kEAGAIN);
  p->ref();  // the tree's
  p->parent = parent;
  p->group = parent ? parent->group : pid;
  p->session = parent ? parent->session : pid;
  if (parent) {
    parent->children.push_back(*p);
    p->actions = parent->actions;
  }
  g_all.push_back(*p);
  g_process_count++;
  return p;
}

Ref<Process> detach_process_locked(Process& process) {
  g_all.remove(process);
  g_process_count--;
  if (process.parent) process.parent->children.remove(process);
  process.parent = nullptr;
  return Ref<Process>::adopt(&process);
}

void discard_process(Process& process) {
  Ref<Process> tree;  // dropped without the lock
  SpinGuard guard(g_process_lock);
  tree = detach_process_locked(process);
}

Process* find_process_locked(uint32_t pid) {
  for (Process& p : g_all) {
    if (p.pid == pid) return &p;
  }
  return nullptr;
}

Ref<Process> find_process(uint32_t pid) {
  SpinGuard guard(g_process_lock);
  return Ref<Process>::share(find_process_locked(pid));
}

Ref<mm::AddressSpace> Process::share_memory() {
  SpinGuard guard(g_process_lock);
  return Ref<mm::AddressSpace>::share(memory());
}

Ref<mm::AddressSpace> Process::replace_memory(Ref<mm::AddressSpace> memory) {
  // No switch to another task may come between: it would come back with the old satp.
  SpinGuard guard(g_process_lock);
  mm::AddressSpace* next = memory.release();
  mm::AddressSpace* old = memory_.exchange(next, std::memory_order_acq_rel);
  if (current_task().process == this) arch::switch_address_space(next ? next->satp() : arch::kernel_satp());
  return Ref<mm::AddressSpace>::adopt(old);
}

}  // namespace skep
