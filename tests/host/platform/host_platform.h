// The host's implementation of bpf/platform.h, seen from the tests: what they may set, break and count.
//
// A simulated CPU is whatever thread says so (set_cpu). Everything that the contract of platform.h forbids in a context
// aborts the test with a line on stderr: allocating inside a probe, sleeping with preemption off, taking a lock twice.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bpf/object.h"
#include "bpf/platform.h"

namespace skep::host {

// ---- Memory --------------------------------------------------------------------------------------------------------

size_t live_bytes();   // allocated and not yet released
size_t live_blocks();  // code memory included
uint64_t allocations_made();
void set_allocation_limit_bytes(size_t bytes);  // what platform::allocation_limit_bytes() answers

void set_memory_limit_bytes(size_t bytes);  // of all live allocations together; none at the start

// While it lives, the nth allocation (1 = the next one) fails, and only that one; 0 lets all succeed.
class FailNthAllocation {
 public:
  explicit FailNthAllocation(uint64_t n);
  ~FailNthAllocation();
  FailNthAllocation(const FailNthAllocation&) = delete;
  FailNthAllocation& operator=(const FailNthAllocation&) = delete;
  bool has_failed() const;  // false: fewer than n allocations were made
};

// Code is placed within the reach of direct calls from there, as far as there is room; 0: anywhere.
void set_code_place(uintptr_t near);

// ---- Processors, contexts
// --------------------------------------------------------------------------------------------

inline constexpr uint32_t kMaxCpus = 64;

void set_cpu_count(uint32_t count);  // 1 … kMaxCpus; 4 at the start
void set_cpu(uint32_t id);           // of the calling thread; two threads must not share one
int preemption_depth();              // of the calling thread

// While it lives, the calling thread is inside a probe: preemption off, and only functions for "any" context are
// allowed.
class ProbeContext {
 public:
  ProbeContext();
  ~ProbeContext();
  ProbeContext(const ProbeContext&) = delete;
  ProbeContext& operator=(const ProbeContext&) = delete;
};

// ---- Grace periods
// ---------------------------------------------------------------------------------------------------

size_t pending_grace_callbacks();
// Called once, inside the next call_after_grace_period(): the map code calls that with a bucket's lock held, so this is
// where a test can be the probe that interrupts it. nullptr takes it back.
void set_grace_hook(void (*hook)(void*), void* argument);
// Waits for the readers that run now, then runs the callbacks that were queued before. Nothing else runs them, except
// platform::wait_for_grace_period() and a GraceThread.
void run_grace_period();

// Runs grace periods in the background while it lives (tests with several threads).
class GraceThread {
 public:
  GraceThread();
  ~GraceThread();

 private:
  void* thread_;
};

// ---- User memory
// -----------------------------------------------------------------------------------------------------

// Bytes that count as user memory; any other address is EFAULT to the copy functions.
class UserMemory {
 public:
  explicit UserMemory(size_t bytes, bool writable = true);
  template <typename T>
  static UserMemory of(std::span<const T> content) {
    UserMemory m(content.size_bytes());
    m.fill(content.data(), content.size_bytes());
    return m;
  }
  ~UserMemory();
  UserMemory(UserMemory&&) noexcept;
  UserMemory& operator=(UserMemory&&) = delete;

  uint64_t address(size_t offset = 0) const { return reinterpret_cast<uint64_t>(data_) + offset; }
  uint8_t* data() { return data_; }
  size_t size() const { return bytes_; }
  void fill(const void* from, size_t bytes);

 private:
  uint8_t* data_ = nullptr;
  size_t bytes_ = 0;
};

// Makes bytes that the test owns (a struct on its stack) user memory for a while.
class UserWindow {
 public:
  UserWindow(const void* start, size_t bytes, bool writable = true);
  ~UserWindow();
  UserWindow(const UserWindow&) = delete;
  UserWindow& operator=(const UserWindow&) = delete;
  uint64_t address() const { return start_; }

 private:
  uint64_t start_;
};

// ---- The current task, its descriptors
// -------------------------------------------------------------------------------

bpf::platform::TaskFacts& current_task();  // of the calling thread; pid 100, tgid 100, uid 0, gid 0, comm "test"
void set_pending_signal(bool pending);
void set_current_task_object(const void* object);  // what platform::current_task_object() answers; nullptr at the start
// Gives the core this kernel BTF from now on, or none. False: it is no right BTF, and there is none.
bool set_kernel_btf(std::span<const uint8_t> blob);

// One descriptor table for the whole test program.
void set_descriptor_limit(int limit);
int open_descriptors();
bool close_descriptor(int fd);  // false when it was not open
void close_all_descriptors();
int duplicate_descriptor(int fd);  // as dup(2); -1 when fd is not open
int add_hook_descriptor(Ref<bpf::AttachHook> hook);
int add_plain_descriptor();  // something that is no BPF object
std::string descriptor_name(int fd);

// ---- Time, symbols, messages
// -------------------------------------------------------------------------------------------

void set_inline_reads(const bpf::platform::InlineReads& reads);  // what platform::inline_reads() answers
void set_clock_ns(uint64_t now);                                 // freezes the clock there; 0 lets the real one run
void set_random_seed(uint32_t seed);                             // not 0: what random_u32() goes on from
void add_kernel_symbol(std::string_view name, uint64_t address);
std::vector<std::string> take_trace_messages();
std::vector<std::string> take_log_messages();

}  // namespace skep::host
