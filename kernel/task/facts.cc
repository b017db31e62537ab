// Facts about the running task and about all processes, for system calls and /proc (task/task.h).
#include <string.h>

#include <algorithm>

#include "arch/clock.h"
#include "arch/riscv/smp.h"
#include "arch/riscv/timer.h"
#include "task/process.h"
#include "task/scheduler.h"
#include "task/stats.h"

namespace skep {

namespace {

constexpr uint64_t kTickNs = 1'000'000'000 / arch::kTicksPerSecond;
constexpr Credentials kKernelCredentials{};

struct alignas(64) HartTicks {
  std::atomic<uint64_t> user{0}, system{0}, idle{0};
};
HartTicks g_ticks[arch::kMaxHarts];
std::atomic<uint64_t> g_forks{0};

std::string_view view_of(const KVector<char>& v) { return {v.data(), v.size()}; }

}  // namespace

// ---- The running task
// --------------------------------------------------------------------------------------------------

uint32_t current_pid() { return current_task().id(); }
uint32_t current_tgid() { return static_cast<uint32_t>(current_task().tgid); }
const Credentials& current_credentials() {
  const Task& t = current_task();
  return t.process ? t.process->credentials : kKernelCredentials;
}
std::string_view current_comm() {
  const Task& t = current_task();
  return {t.comm, strnlen(t.comm, kCommBytes - 1)};
}
FdTable& current_fd_table() { return *current_process().files; }
std::string_view current_cwd() {
  const Task& t = current_task();
  return t.process ? view_of(t.process->cwd) : "/";
}
Result<void> set_current_cwd(std::string_view absolute) {
  KVector<char> fresh;
  TRY(fresh.append({absolute.data(), absolute.size()}));
  SpinGuard guard(g_process_lock);
  std::swap(current_process().cwd, fresh);
  return {};
}
bool current_signal_pending() { return current_task().has_deliverable_signal(); }
uint32_t current_umask() { return current_process().umask; }
uint32_t set_current_umask(uint32_t mask) { return std::exchange(current_process().umask, mask & 0777); }

uint32_t current_pgrp() {
  SpinGuard guard(g_process_lock);
  return current_task().process ? current_process().group : 0;
}
uint32_t current_session() {
  SpinGuard guard(g_process_lock);
  return current_task().process ? current_process().session : 0;
}
bool group_in_session(uint32_t pgrp, uint32_t session) {
  SpinGuard guard(g_process_lock);
  bool found = false;
  for_each_process_locked([&](Process& p)
                              SKEP_REQUIRES(g_process_lock) { found |= p.group == pgrp && p.session == session; });
  return found;
}

uint64_t monotonic_ns() { return arch::clock_ns(); }
uint32_t hart_count() { return arch::online_hart_count(); }

// ---- Counters
// ----------------------------------------------------------------------------------------------------------

void count_fork() { g_forks.fetch_add(1, std::memory_order_relaxed); }
uint64_t forks_since_boot() { return g_forks.load(std::memory_order_relaxed); }
uint64_t context_switches() { return context_switch_count(); }

void count_tick(uint32_t index, TickUse use) {
  HartTicks& t = g_ticks[index];
  auto& counter = use == TickUse::kUser ? t.user : use == TickUse::kSystem ? t.system : t.idle;
  counter.fetch_add(1, std::memory_order_relaxed);
}

HartTimes hart_times(uint32_t hart) {
  if (hart >= arch::kMaxHarts) return {};
  const HartTicks& t = g_ticks[hart];
  return {t.user.load() * kTickNs, t.system.load() * kTickNs, t.idle.load() * kTickNs};
}

// ---- All processes
// -----------------------------------------------------------------------------------------------------

namespace {

char state_letter(const Process& p) SKEP_REQUIRES(g_process_lock) {
  if (p.state == ProcessState::kZombie) return 'Z';
  if (p.state == ProcessState::kStopped) return 'T';
  if (!p.task) return 'Z';
  switch (p.task->state.load(std::memory_order_relaxed)) {
    case TaskState::kSleeping:
      return 'S';
    case TaskState::kSleepingDeaf:
      return 'D';
    case TaskState::kRunning:
      return 'R';
    case TaskState::kDead:
      return 'Z';
  }
  return '?';
}

void read_signal_facts(const Process& p, ProcessFacts& f) SKEP_REQUIRES(g_process_lock) {
  for (uint32_t s = 1; s <= kSignals; s++) {
    const uint64_t handler = p.actions[s].handler;
    if (handler == SKEP_SIG_IGN) f.ignored_signals |= signal_bit(static_cast<int>(s));
    if (handler > SKEP_SIG_IGN) f.caught_signals |= signal_bit(static_cast<int>(s));
  }
  if (!p.task) return;
  f.pending_signals = p.task->pending_signals.load(std::memory_order_relaxed);
  f.blocked_signals = p.task->blocked_signals;
}

}  // namespace

Result<ProcessFacts> process_facts(uint32_t pid) {
  const Ref<Process> process = find_process(pid);
  if (!process) return fail(Errno::kESRCH);
  ProcessFacts f;
  if (const auto memory = process->share_memory()) {
    f.virtual_bytes = memory->mapped_bytes();
    f.resident_pages = memory->resident_pages();
  }
  SpinGuard guard(g_process_lock);
  const Process& p = *process;
  f.pid = pid;
  f.parent = p.parent ? p.parent->pid : 0;
  f.pgrp = p.group;
  f.session = p.session;
  f.credentials = p.credentials;
  f.state = state_letter(p);
  f.start_ns = p.start_ns;
  f.user_ns = p.user_ticks.load() * kTickNs;
  f.system_ns = p.system_ticks.load() * kTickNs;
  memcpy(f.comm, p.comm, sizeof(f.comm));
  if (p.task) {
    memcpy(f.comm, p.task->comm, sizeof(f.comm) - 1);
    f.hart = p.task->hart->index;
  }
  read_signal_facts(p, f);
  return f;
}

uint32_t next_process(uint32_t after) {
  SpinGuard guard(g_process_lock);
  uint32_t best = 0;
  for_each_process_locked([&](Process& p) SKEP_REQUIRES(g_process_lock) {
    if (p.pid > after && (best == 0 || p.pid < best)) best = p.pid;
  });
  return best;
}

Result<size_t> process_arguments(uint32_t pid, std::span<char> out) {
  SpinGuard guard(g_process_lock);
  const Process* p = find_process_locked(pid);
  if (!p) return fail(Errno::kESRCH);
  const size_t n = std::min(out.size(), p->arguments.size());
  memcpy(out.data(), p->arguments.data(), n);
  return n;
}

namespace {

Result<void> print_path(const Process& process, ProcessText what, TextSink& out) {
  KVector<char> copy;  // the sink may do anything, so it is not called under the lock
  TRY(copy.reserve(4096));
  {
    SpinGuard guard(g_process_lock);
    const KVector<char>& path = what == ProcessText::kCwd ? process.cwd : process.exe;
    if (path.empty()) return fail(Errno::kENOENT);
    TRY(copy.append(path.span().subspan(0, std::min<size_t>(path.size(), 4096))));
  }
  out.write(view_of(copy));
  return {};
}

Result<void> print_maps(Process& process, TextSink& out) {
  const auto memory = process.share_memory();
  if (!memory) return {};
  mm::Mapping m;
  for (UserAddr at = 0; memory->find_mapping_from(at, m); at = m.end) {
    const char flags[] = {m.prot & mm::kProtRead ? 'r' : '-', m.prot & mm::kProtWrite ? 'w' : '-',
                          m.prot & mm::kProtExec ? 'x' : '-', m.shared ? 's' : 'p'};
    format_to(out, "{08x}-{08x} {} 00000000 00:00 0 {}\n", m.start, m.end, std::string_view(flags, 4),
              std::string_view(m.name));
  }
  return {};
}

}  // namespace

Result<void> print_process(uint32_t pid, ProcessText what, TextSink& out) {
  const Ref<Process> process = find_process(pid);
  if (!process) return fail(Errno::kESRCH);
  return what == ProcessText::kMaps ? print_maps(*process, out) : print_path(*process, what, out);
}

Result<Ref<File>> process_file(uint32_t pid, int fd) {
  SpinGuard guard(g_process_lock);
  Process* p = find_process_locked(pid);
  if (!p) return fail(Errno::kESRCH);
  if (!p->files) return fail(Errno::kEBADF);
  return p->files->get(fd);
}

int next_process_descriptor(uint32_t pid, int from) {
  SpinGuard guard(g_process_lock);
  Process* p = find_process_locked(pid);
  return p && p->files ? p->files->next_open(from) : -1;
}

}  // namespace skep
