// The one door from the BPF core to the kernel around it. A port implements these functions, bound at link time; the
// core calls nothing else. `kernel/bpf_port/` is Skep's implementation, `tests/host/platform/` the host tests'.
//
// Contexts named below:
//   task   ordinary kernel code of a task: may sleep, preemption on.
//   atomic preemption off or a lock held: must not sleep.
//   probe  inside a BPF program that a probe started: interrupts masked, any lock of this hart may already be held by
//   the
//          code that was interrupted. Only functions that say "any" may be called there.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <span>
#include <string_view>

#include "lib/annotations.h"
#include "lib/ref.h"
#include "lib/result.h"

namespace skep::bpf {
class Object;      // bpf/object.h
class Program;     // bpf/prog.h
class AttachHook;  // below
}  // namespace skep::bpf

namespace skep::bpf::platform {

// ---- Memory ------------------------------------------------------------------------------------------------------

// Zeroed memory aligned to 64 bytes for sizes of 64 and more, to 16 below; nullptr when there is none. Task or atomic.
[[nodiscard]] void* allocate(size_t bytes);
// The same with whatever the memory held before: for what is written before it is read.
[[nodiscard]] void* allocate_uncleared(size_t bytes);
// `p` came from one of the two or is nullptr. Task or atomic.
void release(void* p);
// Upper bound for one allocation that a user-space request may cause; larger requests are refused with E2BIG/ENOMEM
// before they are tried.
size_t allocation_limit_bytes();

// Executable memory, in the range that direct jumps and calls from and to kernel text reach. Never writable and
// executable at once: it is filled through `write`, then sealed.
struct CodeMemory {
  std::span<uint8_t> write;  // writable until sealed, empty after
  uintptr_t address = 0;     // where the code will run
  size_t bytes = 0;
  void* handle = nullptr;  // the platform's own
};
Result<CodeMemory> allocate_code(size_t bytes);  // ENOMEM; task
Result<void> seal_code(CodeMemory& code);  // removes the write access, then makes it executable on every hart; task
void release_code(CodeMemory& code);       // sealed or not; task; nobody may be executing it (wait a grace period)

// ---- Processor and preemption --------------------------------------------------------------------------------------

inline constexpr uint32_t kMaxCpus = 64;
uint32_t cpu_id();       // 0 … cpu_count() - 1; stable only while preemption is off; any
uint32_t cpu_count();    // possible CPUs, at most kMaxCpus, constant after boot; any
void preempt_disable();  // nests; any
void preempt_enable();   // may reschedule on the outermost call; any
// Calls function(argument) on that CPU with preemption off, and returns when it has returned. ENXIO for a CPU that is
// not running. Task.
Result<void> run_on_cpu(uint32_t cpu, void (*function)(void*), void* argument);

// ---- Locks ---------------------------------------------------------------------------------------------------------

// A spin lock that masks this hart's interrupts while held. The probe-safe way in is try_lock_bounded(): it refuses at
// once when this hart holds the lock already (the code under the lock was probed), and after a bounded spin when
// another hart does (two harts, each probed under one lock and wanting the other's). Callers turn false into EBUSY.
class SKEP_CAPABILITY("lock") Lock {
 public:
  constexpr Lock() = default;
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  void lock(uintptr_t* saved) SKEP_ACQUIRE();                                    // task or atomic
  [[nodiscard]] bool try_lock_bounded(uintptr_t* saved) SKEP_TRY_ACQUIRE(true);  // any
  void unlock(uintptr_t saved) SKEP_RELEASE();

 private:
  uint32_t word_ = 0;  // 0 free, CPU id + 1 of the holder otherwise
};

class SKEP_SCOPED_CAPABILITY LockGuard {
 public:
  explicit LockGuard(Lock& lock) SKEP_ACQUIRE(lock) : lock_(lock) { lock_.lock(&saved_); }
  ~LockGuard() SKEP_RELEASE() { lock_.unlock(saved_); }
  LockGuard(const LockGuard&) = delete;
  LockGuard& operator=(const LockGuard&) = delete;

 private:
  Lock& lock_;
  uintptr_t saved_ = 0;
};

// ---- Grace periods (RCU) -------------------------------------------------------------------------------------------

// A reader is any stretch of code with preemption off. A grace period has passed once every reader that was running at
// its start has ended. BPF programs are readers as a whole.
struct GraceCallback {
  GraceCallback* next = nullptr;
  void (*function)(GraceCallback*) = nullptr;
};
// Calls callback->function(callback) in task context after a grace period. The callback is embedded in the object that
// it disposes of. Any context.
void call_after_grace_period(GraceCallback* callback, void (*function)(GraceCallback*));
// Returns after a grace period, and after every callback queued before has run. Task.
void wait_for_grace_period();

// ---- Time, randomness ----------------------------------------------------------------------------------------------

uint64_t monotonic_ns();  // since boot; any
uint32_t random_u32();    // statistical quality only; any

// ---- User memory, fault-safe reads ---------------------------------------------------------------------------------

using UserAddress = uint64_t;
// The current task's memory; may fault pages in. EFAULT for anything that is not mapped user memory with the right
// access. Task.
Result<void> copy_from_user(void* dst, UserAddress src, size_t bytes);
Result<void> copy_to_user(UserAddress dst, const void* src, size_t bytes);

// Reads that never fault the kernel: EFAULT for what cannot be read now (unmapped, device memory, not present). Any.
Result<void> read_kernel_nofault(void* dst, uint64_t src, size_t bytes);
Result<void> read_user_nofault(void* dst, uint64_t src, size_t bytes);
// Copy a NUL-terminated string of at most dst.size() bytes, always terminated. Returns its length with the NUL. Any.
Result<size_t> read_kernel_string_nofault(std::span<char> dst, uint64_t src);
Result<size_t> read_user_string_nofault(std::span<char> dst, uint64_t src);
// Whether an address can only mean user memory (for helpers that take either kind). Any.
bool is_user_address(uint64_t address);

// ---- The current task ----------------------------------------------------------------------------------------------

struct TaskFacts {
  uint32_t pid;   // the thread
  uint32_t tgid;  // the process
  uint32_t uid;   // real user and group, as Linux's bpf_get_current_uid_gid
  uint32_t gid;
  char comm[16];  // NUL-terminated
};
void current_task_facts(TaskFacts& out);  // any
bool current_is_privileged();             // euid 0; task
bool current_has_pending_signal();        // long work started for user space stops with EINTR; task

// ---- File descriptors ----------------------------------------------------------------------------------------------

// What a descriptor allows its holder to do with a map's elements (BPF_F_RDONLY, BPF_F_WRONLY).
enum DescriptorAccess : uint8_t { kMayRead = 1, kMayWrite = 2, kMayReadWrite = 3 };

// Installs a close-on-exec descriptor of the current task that owns the reference; EMFILE, ENOMEM. `name` is what
// /proc/PID/fd shows ("bpf-map", "bpf-prog", "btf", "bpf_link"). Calls object->descriptor_opened(); closing it for the
// last time calls object->descriptor_closed(), then drops the reference. Task.
Result<int> install_descriptor(Ref<Object> object, std::string_view name, DescriptorAccess access = kMayReadWrite);
// The object behind a descriptor; EBADF when it is not open, EINVAL when it is no BPF object. Task.
struct DescribedObject {
  Ref<Object> object;
  DescriptorAccess access = kMayReadWrite;
};
Result<DescribedObject> object_from_descriptor(int fd);
// A hook that a descriptor stands for (a kprobe perf event); EBADF, EINVAL when it cannot run BPF programs. Task.
Result<Ref<AttachHook>> hook_from_descriptor(int fd);

// ---- What compiled programs may read themselves ---------------------------------------------------------------------

// A value behind the thread pointer: loads in a row, the first at an offset from register tp, each other one at an
// offset from the pointer that the one before gave.
struct ReadPath {
  uint8_t loads = 0;        // 0: the port cannot say; the function is called instead
  uint8_t bytes = 8;        // of the last load: 4 (zero-extended) or 8
  int16_t offsets[3] = {};  // -2048 … 2047
};
struct InlineReads {
  ReadPath cpu_id;    // cpu_id(), for code that runs with preemption off
  ReadPath pid_tgid;  // the current task's tgid << 32 | pid
  // monotonic_ns() is (the time counter - clock_base) * clock_ns_per_tick.
  bool has_clock = false;
  uint64_t clock_base = 0;
  uint64_t clock_ns_per_tick = 0;
};
const InlineReads& inline_reads();  // constant after boot; task

// ---- The kernel's own types
// ------------------------------------------------------------------------------------------

// A BTF blob (Linux: Documentation/bpf/btf.rst) of the structures, functions and tracepoints that programs may know.
// With it, programs follow pointers to the kernel's objects by plain loads, and tracing programs get typed arguments.
// Empty for none: such pointers then are opaque. Constant after boot; it must stay where it is. Task.
std::span<const uint8_t> kernel_btf();
// The address of the current task's `struct task_struct` as kernel_btf() describes it; 0 when there is none. Any.
uint64_t current_task_object();
// That of the `struct pt_regs` with which the task entered the kernel from user space; 0 for a task without, and for
// what is no task: `task` may be any number, and must not be followed unchecked. Any.
uint64_t task_user_registers(uint64_t task);

// ---- Symbols, messages ---------------------------------------------------------------------------------------------

uint64_t find_kernel_symbol(std::string_view name);  // 0 when there is none; task
// The symbol that covers a kernel address; false when none does. Any.
struct SymbolAt {
  std::string_view name;
  uint64_t offset = 0;
};
bool find_symbol_at(uint64_t address, SymbolAt& out);
// Appends one trace_printk message to the trace buffer as one record (the platform prefixes comm, pid, CPU, time). Any.
void trace_message(std::string_view text);
// The kernel's log. Task or atomic.
void log_message(std::string_view text);

// What a kprobe-like context looks like on this architecture: its size in bytes (struct pt_regs).
inline constexpr size_t kPtRegsBytes = 36 * 8;
// Value of LINUX_VERSION_CODE that PROG_LOAD's kern_version is compared with (it is ignored, as Linux does since 5.0).

}  // namespace skep::bpf::platform

namespace skep::bpf {

// Something a program can be attached to. Implemented outside of the core (kernel/trace); reached through
// platform::hook_from_descriptor().
class AttachHook : public RefCounted<AttachHook> {
 public:
  virtual ~AttachHook() = default;
  virtual void last_reference_dropped() = 0;
  // Makes `program` run on every hit, from now on; takes its own reference. EINVAL when the program's type does not fit
  // the hook, EEXIST when one is attached already, or what arming the probe reports. Task.
  virtual Result<void> attach(Ref<Program> program) = 0;
  // Undoes attach(); on return no hart runs the program through this hook any more. Task.
  virtual void detach() = 0;
  // For BPF_OBJ_GET_INFO_BY_FD on the link, and messages.
  virtual std::string_view description() const = 0;
};

// The core's containers and owners take their memory from the platform.
struct PlatformAllocator {
  static void* allocate(size_t bytes) { return platform::allocate(bytes); }
  static void* allocate_uncleared(size_t bytes) { return platform::allocate_uncleared(bytes); }
  static void release(void* p) { platform::release(p); }
};

}  // namespace skep::bpf
