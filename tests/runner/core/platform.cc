// The rest of platform.h for the runner with the whole core: one thread, one processor at a time, this process's memory
// as user memory. Values that a program can see are those of tests/host/platform.
#include "bpf/platform.h"

#include <string.h>

#include "bpf/memory.h"
#include "bpf/object.h"
#include "tests/runner/core/core.h"
#include "tests/runner/runner.h"
#include "tools/skep/bpf_door.h"

namespace skep::runner {
namespace {

constexpr long kSysClockGettime = 113;
constexpr long kClockMonotonic = 1;
constexpr uint32_t kCpus = 4;

uint32_t g_cpu = 0;
bpf::platform::GraceCallback* g_waiting = nullptr;  // newest first

struct OpenFile {
  Ref<bpf::Object> object;
  bpf::platform::DescriptorAccess access = bpf::platform::kMayReadWrite;
};
constexpr int kFirstDescriptor = 3;
bpf::Vec<OpenFile>& files() {
  static bpf::Vec<OpenFile> table;
  return table;
}
OpenFile* file_of(int fd) {
  const auto index = static_cast<size_t>(fd - kFirstDescriptor);
  if (fd < kFirstDescriptor || index >= files().size() || !files()[index].object) return nullptr;
  return &files()[index];
}

// What a program's helper reads of user memory.
const void* g_user = nullptr;
size_t g_user_bytes = 0;

bool is_shown(uint64_t address, size_t bytes) {
  const auto start = reinterpret_cast<uintptr_t>(g_user);
  return address >= start && address - start <= g_user_bytes && bytes <= g_user_bytes - (address - start);
}

template <typename Read>
Result<size_t> read_string(std::span<char> dst, uint64_t src, Read read) {
  for (size_t i = 0; i < dst.size(); i++) {
    TRY(read(&dst[i], src + i, 1));
    if (dst[i] == '\0') return i + 1;
  }
  if (!dst.empty()) dst.back() = '\0';
  return dst.size();
}

}  // namespace
}  // namespace skep::runner

namespace skep::tool {

using namespace skep::runner;

long call_bpf(uint32_t command, bpf_attr& attr, const void* memory, size_t bytes) {
  g_user = memory;
  g_user_bytes = bytes;
  const auto result = bpf::bpf_syscall(command, reinterpret_cast<uintptr_t>(&attr), sizeof(attr));
  return to_syscall_return(result);
}

void close_bpf_descriptor(int fd) {
  OpenFile* file = file_of(fd);
  if (!file) return;
  file->object->descriptor_closed();
  file->object.reset();
}

void settle_bpf() {
  while (bpf::platform::GraceCallback* list = std::exchange(g_waiting, nullptr)) {
    while (list) {
      bpf::platform::GraceCallback* callback = std::exchange(list, list->next);
      callback->function(callback);
    }
  }
}

}  // namespace skep::tool

namespace skep::bpf::platform {

using namespace skep::runner;

uint32_t cpu_id() { return g_cpu; }
uint32_t cpu_count() { return kCpus; }
void preempt_disable() {}
void preempt_enable() {}
Result<void> run_on_cpu(uint32_t cpu, void (*function)(void*), void* argument) {
  if (cpu >= kCpus) return fail(Errno::kENXIO);
  const uint32_t home = std::exchange(g_cpu, cpu);
  function(argument);
  g_cpu = home;
  return {};
}

void Lock::lock(uintptr_t*) SKEP_NO_THREAD_SAFETY_ANALYSIS { word_ = 1; }
bool Lock::try_lock_bounded(uintptr_t*) SKEP_NO_THREAD_SAFETY_ANALYSIS {
  if (word_ != 0) return false;
  word_ = 1;
  return true;
}
void Lock::unlock(uintptr_t) SKEP_NO_THREAD_SAFETY_ANALYSIS { word_ = 0; }

void call_after_grace_period(GraceCallback* callback, void (*function)(GraceCallback*)) {
  callback->function = function;
  callback->next = std::exchange(g_waiting, callback);
}
void wait_for_grace_period() { tool::settle_bpf(); }

uint64_t monotonic_ns() {
  uint64_t now[2] = {};
  raw_syscall(kSysClockGettime, kClockMonotonic, reinterpret_cast<long>(now));
  return now[0] * 1'000'000'000 + now[1];
}
uint32_t random_u32() {  // xorshift32
  static uint32_t x = 2463534242;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  return x;
}

// The callers of bpf(2) are this program itself: their pointers are good.
Result<void> copy_from_user(void* dst, UserAddress src, size_t bytes) {
  if (bytes != 0) memcpy(dst, reinterpret_cast<const void*>(src), bytes);
  return {};
}
Result<void> copy_to_user(UserAddress dst, const void* src, size_t bytes) {
  if (bytes != 0) memcpy(reinterpret_cast<void*>(dst), src, bytes);
  return {};
}
Result<void> read_user_nofault(void* dst, uint64_t src, size_t bytes) {
  if (bytes == 0) return {};
  if (!is_shown(src, bytes)) return fail(Errno::kEFAULT);
  memcpy(dst, reinterpret_cast<const void*>(src), bytes);
  return {};
}
Result<size_t> read_kernel_string_nofault(std::span<char> dst, uint64_t src) {
  return read_string(dst, src, read_kernel_nofault);
}
Result<size_t> read_user_string_nofault(std::span<char> dst, uint64_t src) {
  return read_string(dst, src, read_user_nofault);
}
bool is_user_address(uint64_t address) { return is_shown(address, 1); }

void current_task_facts(TaskFacts& out) { out = {.pid = 100, .tgid = 100, .uid = 0, .gid = 0, .comm = "test"}; }
bool current_is_privileged() { return true; }
bool current_has_pending_signal() { return false; }

Result<int> install_descriptor(Ref<Object> object, std::string_view, DescriptorAccess access) {
  size_t index = 0;
  while (index < files().size() && files()[index].object) index++;
  if (index == files().size()) TRY(files().push_back({}));
  object->descriptor_opened();
  files()[index].object = std::move(object);
  files()[index].access = access;
  return static_cast<int>(index) + kFirstDescriptor;
}
Result<DescribedObject> object_from_descriptor(int fd) {
  const OpenFile* file = file_of(fd);
  if (!file) return fail(Errno::kEBADF);
  return DescribedObject{Ref<Object>::share(file->object.get()), file->access};
}
Result<Ref<AttachHook>> hook_from_descriptor(int fd) { return fail(file_of(fd) ? Errno::kEINVAL : Errno::kEBADF); }

std::span<const uint8_t> kernel_btf() { return {}; }
uint64_t current_task_object() { return 0; }
uint64_t task_user_registers(uint64_t) { return 0; }

uint64_t find_kernel_symbol(std::string_view) { return 0; }
bool find_symbol_at(uint64_t, SymbolAt&) { return false; }
void trace_message(std::string_view) {}
void log_message(std::string_view) {}

}  // namespace skep::bpf::platform
