// Processes: creation, programs, end.
#include "task/process.h"

#include <algorithm>
#include <utility>

#include "arch/machine.h"
#include "syscall/support.h"
#include "syscall/table.h"
#include "task/futex.h"
#include "task/scheduler.h"
#include "uapi/signal.h"

namespace skep {

namespace {

// linux/sched.h
constexpr uint64_t kCloneSignalMask = 0xff;
constexpr uint64_t kCloneVm = 0x100, kCloneVfork = 0x4000, kCloneSetTls = 0x80000, kCloneParentSetTid = 0x100000,
                   kCloneChildClearTid = 0x200000, kCloneChildSetTid = 0x1000000;
constexpr uint64_t kCloneServed = kCloneSignalMask | kCloneVm | kCloneVfork | kCloneSetTls | kCloneParentSetTid |
                                  kCloneChildClearTid | kCloneChildSetTid;

constexpr size_t kMaxExecBytes = size_t{128} << 10;  // arguments and environment together: Linux's historic ARG_MAX
constexpr size_t kMaxPathBytes = 4096;
constexpr size_t kTickNs = 10'000'000;

}  // namespace

// What clone() asked for travels here in the task: sys_fork() has no parameters, being the plain fork that a probe on
// it expects to see.
extern "C" [[gnu::noinline]] long sys_fork() {
  const ForkOptions options = std::exchange(current_task().fork_options, {});
  return to_syscall_return(fork_process(options));
}

long sys_clone(uint64_t flags, uint64_t stack, UserAddr parent_tid, uint64_t tls, UserAddr child_tid) {
  // Threads and shared tables are not offered. CLONE_VM together with CLONE_VFORK is what posix_spawn and vfork use: a
  // copy serves them as well.
  if ((flags & ~kCloneServed) != 0 || ((flags & kCloneVm) && !(flags & kCloneVfork))) {
    return error_return(Errno::kEINVAL);
  }
  if ((flags & kCloneSignalMask) != SKEP_SIGCHLD && (flags & kCloneSignalMask) != 0)
    return error_return(Errno::kEINVAL);
  ForkOptions& o = current_task().fork_options;
  o = {};
  o.stack = stack;
  if (flags & kCloneChildSetTid) o.set_tid = child_tid;
  if (flags & kCloneChildClearTid) o.clear_tid = child_tid;
  o.has_tls = (flags & kCloneSetTls) != 0;
  o.tls = tls;
  const long pid = sys_fork();
  if (pid > 0 && (flags & kCloneParentSetTid)) (void)write_user<int>(parent_tid, static_cast<int>(pid));
  return pid;
}

namespace {

// The strings of a NULL-terminated array of pointers. E2BIG beyond `budget` bytes, from which it takes what it used.
Result<uint32_t> read_strings(UserAddr array, KVector<char>& out, size_t& budget) {
  uint32_t count = 0;
  if (array == 0) return count;  // as Linux: an empty list
  for (;; count++) {
    const UserAddr at = TRY(read_user<UserAddr>(array + count * sizeof(UserAddr)));
    if (at == 0) return count;
    const size_t start = out.size();
    for (size_t chunk = 64;; chunk = std::min(chunk * 4, budget)) {
      if (chunk > budget) return fail(Errno::kE2BIG);
      TRY(out.resize(start + chunk));
      const auto length = copy_string_from_user({out.data() + start, chunk}, at);
      if (length) {
        TRY(out.resize(start + *length + 1));
        budget -= *length + 1;
        break;
      }
      if (length.error() != Errno::kENAMETOOLONG) return fail(length.error());
      if (chunk == budget) return fail(Errno::kE2BIG);
    }
    // The pointer itself takes room on the new stack, too.
    if (budget < sizeof(UserAddr)) return fail(Errno::kE2BIG);
    budget -= sizeof(UserAddr);
  }
}

Result<void> execve(UserAddr path, UserAddr argv, UserAddr envp) {
  KVector<char> name;
  TRY(name.resize(kMaxPathBytes));
  const size_t length = TRY(copy_string_from_user(name.span(), path));
  ExecStrings strings;
  size_t budget = kMaxExecBytes;
  strings.argument_count = TRY(read_strings(argv, strings.arguments, budget));
  strings.environment_count = TRY(read_strings(envp, strings.environment, budget));
  return exec_process({name.data(), length}, strings);
}

}  // namespace

long sys_execve(UserAddr path, UserAddr argv, UserAddr envp) { return to_syscall_return(execve(path, argv, envp)); }

long sys_exit(int status) { exit_process((status & 0xff) << 8); }
long sys_exit_group(int status) { exit_process((status & 0xff) << 8); }

namespace {

// struct rusage (linux/resource.h); only the times are kept.
struct Usage {
  int64_t user_s, user_us, system_s, system_us;
  int64_t rest[14];
};

Usage usage_of(uint64_t user_ticks, uint64_t system_ticks) {
  const uint64_t user_us = user_ticks * (kTickNs / 1000), system_us = system_ticks * (kTickNs / 1000);
  Usage u{};
  u.user_s = static_cast<int64_t>(user_us / 1'000'000);
  u.user_us = static_cast<int64_t>(user_us % 1'000'000);
  u.system_s = static_cast<int64_t>(system_us / 1'000'000);
  u.system_us = static_cast<int64_t>(system_us % 1'000'000);
  return u;
}

Result<long> wait4(int pid, UserAddr status, int options, UserAddr usage) {
  const WaitResult r = TRY(wait_for_child({.pid = pid, .options = static_cast<uint32_t>(options)}));
  if (r.pid == 0) return 0;
  if (status != 0) TRY(write_user<int>(status, r.status));
  if (usage != 0) TRY(write_user(usage, usage_of(r.user_ticks, r.system_ticks)));
  return static_cast<long>(r.pid);
}

}  // namespace

long sys_wait4(int pid, UserAddr status, int options, UserAddr usage) {
  return to_syscall_return(wait4(pid, status, options, usage));
}

long sys_getrusage(int who, UserAddr usage) {
  constexpr int kSelf = 0, kChildren = -1, kThread = 1;
  if (who != kSelf && who != kChildren && who != kThread) return error_return(Errno::kEINVAL);
  const Process& p = current_process();
  const Usage u = who == kChildren ? usage_of(0, 0) : usage_of(p.user_ticks, p.system_ticks);
  return to_syscall_return(write_user(usage, u));
}

long sys_set_tid_address(UserAddr address) {
  current_task().clear_child_tid = address;
  return current_task().id();
}

// The list matters to the death of threads that hold robust futexes; there are none, so that it is checked and
// forgotten.
long sys_set_robust_list(UserAddr, size_t bytes) {
  constexpr size_t kListHeadBytes = 24;
  return bytes == kListHeadBytes ? 0 : error_return(Errno::kEINVAL);
}

long sys_sched_yield() {
  yield();
  return 0;
}

long sys_sched_getaffinity(int pid, size_t bytes, UserAddr mask) {
  if (pid != 0 && !find_process(static_cast<uint32_t>(pid))) return error_return(Errno::kESRCH);
  if (bytes < sizeof(uint64_t) || bytes % sizeof(uint64_t) != 0) return error_return(Errno::kEINVAL);
  const uint64_t all = (uint64_t{1} << hart_count()) - 1;
  const auto r = write_user(mask, all);
  return r ? static_cast<long>(sizeof(all)) : to_syscall_return(r);
}

long sys_getcpu(UserAddr cpu, UserAddr node) {
  if (cpu != 0) {
    if (auto r = write_user<uint32_t>(cpu, hart_index()); !r) return to_syscall_return(r);
  }
  return node != 0 ? to_syscall_return(write_user<uint32_t>(node, 0)) : 0;
}

long sys_futex(UserAddr address, int op, uint32_t value, UserAddr timeout, UserAddr, uint32_t) {
  constexpr int kWait = 0, kWake = 1, kPrivate = 128, kClockRealtime = 256;
  if (address % 4 != 0) return error_return(Errno::kEINVAL);
  switch (op & ~(kPrivate | kClockRealtime)) {
    case kWake:
      return futex_wake(address, value);
    case kWait: {
      uint64_t deadline = WaitQueue::kNoDeadline;
      if (timeout != 0) {
        const auto time = read_user<Timespec>(timeout);
        if (!time) return error_return(time.error());
        const auto ns = time->to_ns();
        if (!ns) return error_return(Errno::kEINVAL);
        deadline = monotonic_ns() + *ns;
      }
      return to_syscall_return(futex_wait(address, value, deadline));
    }
    default:
      return error_return(Errno::kENOSYS);
  }
}

long sys_reboot(uint32_t magic1, uint32_t magic2, uint32_t command, UserAddr) {
  // linux/reboot.h
  constexpr uint32_t kMagic1 = 0xfee1dead;
  constexpr uint32_t kMagic2[] = {672274793, 85072278, 369367448, 537993216};
  constexpr uint32_t kPowerOff = 0x4321fedc, kHalt = 0xcdef0123, kRestart = 0x01234567;
  if (current_credentials().euid != 0) return error_return(Errno::kEPERM);
  if (magic1 != kMagic1 || std::find(std::begin(kMagic2), std::end(kMagic2), magic2) == std::end(kMagic2)) {
    return error_return(Errno::kEINVAL);
  }
  // A restart would run the same command line again; under QEMU switching off is what is wanted.
  if (command == kPowerOff || command == kHalt || command == kRestart) arch::power_off(0);
  return error_return(Errno::kEINVAL);
}

}  // namespace skep
