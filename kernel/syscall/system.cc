// Time, limits, randomness, and what the system is called.
#include <string.h>

#include <algorithm>
#include <string_view>

#include "dev/random.h"
#include "dev/rtc.h"
#include "mm/page.h"
#include "syscall/support.h"
#include "syscall/table.h"
#include "task/process.h"
#include "task/wait_queue.h"

namespace skep {

namespace {

// linux/time.h
constexpr int kRealtime = 0, kMonotonic = 1, kProcessCpu = 2, kThreadCpu = 3, kMonotonicRaw = 4, kRealtimeCoarse = 5,
              kMonotonicCoarse = 6, kBoottime = 7;
constexpr uint64_t kTickNs = 10'000'000;

Result<uint64_t> clock_value(int clock) {
  switch (clock) {
    case kRealtime:
    case kRealtimeCoarse:
      return realtime_ns();
    case kMonotonic:
    case kMonotonicRaw:
    case kMonotonicCoarse:
    case kBoottime:
      return monotonic_ns();
    case kProcessCpu:
    case kThreadCpu:
      return (current_process().user_ticks + current_process().system_ticks) * kTickNs;
    default:
      return fail(Errno::kEINVAL);
  }
}

// Sleeps; when a signal cuts it short, what is left goes to `remaining` (for relative sleeps).
Result<void> sleep_and_report(uint64_t deadline, UserAddr remaining) {
  deadline = resume_deadline(deadline);
  const auto r = sleep_until(deadline);
  if (!r) keep_deadline(deadline);
  if (!r && remaining != 0) {
    const uint64_t now = monotonic_ns();
    TRY(write_user(remaining, Timespec::of(now < deadline ? deadline - now : 0)));
  }
  return r;
}

Result<uint64_t> read_duration(UserAddr at) {
  const Timespec t = TRY(read_user<Timespec>(at));
  const auto ns = t.to_ns();
  if (!ns) return fail(Errno::kEINVAL);
  return *ns;
}

}  // namespace

long sys_nanosleep(UserAddr duration, UserAddr remaining) {
  const auto ns = read_duration(duration);
  if (!ns) return error_return(ns.error());
  return to_syscall_return(sleep_and_report(monotonic_ns() + *ns, remaining));
}

long sys_clock_nanosleep(int clock, int flags, UserAddr time, UserAddr remaining) {
  constexpr int kAbsolute = 1;
  if (const auto now = clock_value(clock); !now || clock == kProcessCpu || clock == kThreadCpu) {
    return error_return(Errno::kEINVAL);
  }
  const auto ns = read_duration(time);
  if (!ns) return error_return(ns.error());
  if (flags & kAbsolute) {
    const uint64_t boot = clock == kRealtime || clock == kRealtimeCoarse ? realtime_ns() - monotonic_ns() : 0;
    return to_syscall_return(sleep_and_report(*ns > boot ? *ns - boot : 0, 0));
  }
  return to_syscall_return(sleep_and_report(monotonic_ns() + *ns, remaining));
}

long sys_clock_gettime(int clock, UserAddr time) {
  const auto now = clock_value(clock);
  if (!now) return error_return(now.error());
  return to_syscall_return(write_user(time, Timespec::of(*now)));
}

long sys_clock_getres(int clock, UserAddr time) {
  if (const auto now = clock_value(clock); !now) return error_return(now.error());
  return time != 0 ? to_syscall_return(write_user(time, Timespec{0, 1})) : 0;
}

long sys_gettimeofday(UserAddr time, UserAddr) {
  if (time == 0) return 0;
  const uint64_t now = realtime_ns();
  const Timespec t{static_cast<int64_t>(now / 1'000'000'000), static_cast<int64_t>(now % 1'000'000'000 / 1000)};
  return to_syscall_return(write_user(time, t));  // a timeval has the same shape
}

long sys_times(UserAddr buffer) {
  struct Tms {
    int64_t user, system, child_user, child_system;
  };
  const Process& p = current_process();
  const Tms t{static_cast<int64_t>(p.user_ticks.load()), static_cast<int64_t>(p.system_ticks.load()), 0, 0};
  if (buffer != 0) {
    if (auto r = write_user(buffer, t); !r) return to_syscall_return(r);
  }
  return static_cast<long>(monotonic_ns() / kTickNs);
}

long sys_prlimit64(int pid, uint32_t resource, UserAddr new_limit, UserAddr old_limit) {
  // asm-generic/resource.h. Limits can be read; they are those that the kernel has built in. Setting one is accepted
  // and has no effect beyond them (libbpf raises RLIMIT_MEMLOCK before it does anything).
  constexpr uint32_t kStack = 3, kOpenFiles = 7, kCount = 16;
  constexpr uint64_t kInfinity = ~uint64_t{0};
  struct Limit {
    uint64_t current, maximum;
  };
  if (resource >= kCount) return error_return(Errno::kEINVAL);
  if (pid != 0 && !find_process(static_cast<uint32_t>(pid))) return error_return(Errno::kESRCH);
  if (new_limit != 0) {
    const auto wanted = read_user<Limit>(new_limit);
    if (!wanted) return error_return(wanted.error());
    if (wanted->current > wanted->maximum) return error_return(Errno::kEINVAL);
  }
  Limit limit{kInfinity, kInfinity};
  if (resource == kStack) limit = {mm::kUserStackBytes, mm::kUserStackBytes};
  if (resource == kOpenFiles) limit = {FdTable::kMaxDescriptors, FdTable::kMaxDescriptors};
  return old_limit != 0 ? to_syscall_return(write_user(old_limit, limit)) : 0;
}

long sys_getrandom(UserAddr buffer, size_t bytes, uint32_t flags) {
  constexpr uint32_t kKnownFlags = 7;
  if (flags & ~kKnownFlags) return error_return(Errno::kEINVAL);
  const size_t total = std::min<size_t>(bytes, 33554431);  // as Linux: one call gives at most 32 MiB - 1
  return to_syscall_return(dev::random_read(IoBuffer::user(buffer, total)));
}

long sys_uname(UserAddr buffer) {
  constexpr size_t kFieldBytes = 65;
  struct Names {
    char sysname[kFieldBytes], nodename[kFieldBytes], release[kFieldBytes], version[kFieldBytes], machine[kFieldBytes],
        domain[kFieldBytes];
  };
  Names n{};
  const auto set = [](char(&field)[kFieldBytes], std::string_view text) {
    memcpy(field, text.data(), std::min(text.size(), kFieldBytes - 1));
  };
  set(n.sysname, "Skep");
  set(n.nodename, "skep");
  // The version of Linux's ABI that the system calls follow: programs compare it before they use a feature.
  set(n.release, "6.1.0-skep");
  set(n.version, "#1 SMP PREEMPT");
  set(n.machine, "riscv64");
  return to_syscall_return(write_user(buffer, n));
}

long sys_sysinfo(UserAddr buffer) {
  struct Info {
    int64_t uptime;
    uint64_t loads[3], total_ram, free_ram, shared_ram, buffer_ram, total_swap, free_swap;
    uint16_t processes, pad;
    uint64_t total_high, free_high;
    uint32_t unit;
  };
  Info i{};
  i.uptime = static_cast<int64_t>(monotonic_ns() / 1'000'000'000);
  i.total_ram = mm::total_page_count() * mm::kPageBytes;
  i.free_ram = mm::free_page_count() * mm::kPageBytes;
  for (uint32_t pid = next_process(0); pid != 0; pid = next_process(pid)) i.processes++;
  i.unit = 1;
  return to_syscall_return(write_user(buffer, i));
}

long sys_prctl(int option, uint64_t a1, uint64_t, uint64_t, uint64_t) {
  constexpr int kSetName = 15, kGetName = 16;
  Task& task = current_task();
  if (option == kSetName) {
    char name[kCommBytes] = {};
    if (auto r = copy_string_from_user(name, a1); !r && r.error() != Errno::kENAMETOOLONG)
      return error_return(r.error());
    task.set_comm({name, strnlen(name, kCommBytes - 1)});
    return 0;
  }
  if (option == kGetName) return to_syscall_return(copy_to_user(a1, task.comm, kCommBytes));
  return error_return(Errno::kEINVAL);
}

}  // namespace skep
