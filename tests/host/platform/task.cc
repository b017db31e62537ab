// The current task, descriptors, time, symbols and messages.
#include <string.h>
#include <time.h>

#include <map>
#include <memory>
#include <mutex>

#include "bpf/platform.h"
#include "bpf/system.h"
#include "tests/host/platform/host_platform.h"
#include "tests/host/platform/internal.h"

namespace skep::host {
namespace {

thread_local bpf::platform::TaskFacts t_task = {.pid = 100, .tgid = 100, .uid = 0, .gid = 0, .comm = "test"};
thread_local bool t_pending_signal = false;
std::atomic<uint64_t> g_clock{0};
std::atomic<uint32_t> g_random{2463534242};

struct OpenFile {
  Ref<bpf::Object> object;
  Ref<bpf::AttachHook> hook;
  std::string name;
  bpf::platform::DescriptorAccess access = bpf::platform::kMayReadWrite;
  ~OpenFile() {
    if (object) object->descriptor_closed();
  }
};

std::mutex g_table_mutex;
std::map<int, std::shared_ptr<OpenFile>>& table() {
  static std::map<int, std::shared_ptr<OpenFile>> map;
  return map;
}
int g_limit = 1 << 20;

int install(std::shared_ptr<OpenFile> file) {
  std::lock_guard lock(g_table_mutex);
  int fd = 3;
  while (table().contains(fd)) fd++;
  if (fd >= g_limit) return -1;
  table()[fd] = std::move(file);
  return fd;
}
std::shared_ptr<OpenFile> file_of(int fd) {
  std::lock_guard lock(g_table_mutex);
  const auto it = table().find(fd);
  return it == table().end() ? nullptr : it->second;
}

std::mutex g_text_mutex;
std::vector<std::string> g_trace;
std::vector<std::string> g_log;
std::map<std::string, uint64_t, std::less<>> g_symbols;
std::vector<uint8_t> g_kernel_btf;
std::atomic<const void*> g_task_object{nullptr};

}  // namespace

bpf::platform::TaskFacts& current_task() { return t_task; }
void set_current_task_object(const void* object) { g_task_object = object; }
bool set_kernel_btf(std::span<const uint8_t> blob) {
  g_kernel_btf.assign(blob.begin(), blob.end());
  return bpf::load_kernel_btf().has_value();
}
void set_pending_signal(bool pending) { t_pending_signal = pending; }
void set_descriptor_limit(int limit) { g_limit = limit; }
int open_descriptors() {
  std::lock_guard lock(g_table_mutex);
  return static_cast<int>(table().size());
}
bool close_descriptor(int fd) {
  std::shared_ptr<OpenFile> file;  // dropped after the lock
  std::lock_guard lock(g_table_mutex);
  const auto it = table().find(fd);
  if (it == table().end()) return false;
  file = std::move(it->second);
  table().erase(it);
  return true;
}
void close_all_descriptors() {
  std::map<int, std::shared_ptr<OpenFile>> all;
  {
    std::lock_guard lock(g_table_mutex);
    all.swap(table());
  }
}
int duplicate_descriptor(int fd) {
  auto file = file_of(fd);
  return file ? install(std::move(file)) : -1;
}
int add_hook_descriptor(Ref<bpf::AttachHook> hook) {
  auto file = std::make_shared<OpenFile>();
  file->hook = std::move(hook);
  file->name = "perf_event";
  return install(std::move(file));
}
int add_plain_descriptor() { return install(std::make_shared<OpenFile>()); }
std::string descriptor_name(int fd) {
  const auto file = file_of(fd);
  return file ? file->name : "";
}

void set_clock_ns(uint64_t now) { g_clock = now; }
void set_random_seed(uint32_t seed) { g_random = seed; }
void add_kernel_symbol(std::string_view name, uint64_t address) {
  std::lock_guard lock(g_text_mutex);
  g_symbols[std::string(name)] = address;
}
std::vector<std::string> take_trace_messages() {
  std::lock_guard lock(g_text_mutex);
  return std::exchange(g_trace, {});
}
std::vector<std::string> take_log_messages() {
  std::lock_guard lock(g_text_mutex);
  return std::exchange(g_log, {});
}

}  // namespace skep::host

namespace skep::bpf::platform {

using namespace skep::host;

uint64_t monotonic_ns() {
  if (const uint64_t frozen = g_clock) return frozen;
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

uint32_t random_u32() {  // xorshift32
  uint32_t x = g_random;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  g_random = x;
  return x;
}

void current_task_facts(TaskFacts& out) { out = t_task; }
bool current_is_privileged() { return t_task.uid == 0; }
bool current_has_pending_signal() { return t_pending_signal; }

Result<int> install_descriptor(Ref<Object> object, std::string_view name, DescriptorAccess access) {
  require_may_sleep("install_descriptor");
  void* probe = allocate(sizeof(OpenFile));  // a kernel allocates its file here: let it fail under FailNthAllocation
  if (!probe) return fail(Errno::kENOMEM);
  release(probe);
  auto file = std::make_shared<OpenFile>();
  file->name = name;
  file->access = access;
  const int fd = install(file);
  if (fd < 0) return fail(Errno::kEMFILE);
  object->descriptor_opened();
  file->object = std::move(object);
  return fd;
}

Result<DescribedObject> object_from_descriptor(int fd) {
  const auto file = file_of(fd);
  if (!file) return fail(Errno::kEBADF);
  if (!file->object) return fail(Errno::kEINVAL);
  return DescribedObject{Ref<Object>::share(file->object.get()), file->access};
}

Result<Ref<AttachHook>> hook_from_descriptor(int fd) {
  const auto file = file_of(fd);
  if (!file) return fail(Errno::kEBADF);
  if (!file->hook) return fail(Errno::kEINVAL);
  return Ref<AttachHook>::share(file->hook.get());
}

std::span<const uint8_t> kernel_btf() { return g_kernel_btf; }
uint64_t current_task_object() { return reinterpret_cast<uintptr_t>(g_task_object.load()); }
uint64_t task_user_registers(uint64_t task) { return task != 0 && task == current_task_object() ? task : 0; }

uint64_t find_kernel_symbol(std::string_view name) {
  std::lock_guard lock(g_text_mutex);
  const auto it = g_symbols.find(name);
  return it == g_symbols.end() ? 0 : it->second;
}

bool find_symbol_at(uint64_t address, SymbolAt& out) {
  constexpr uint64_t kSymbolBytes = 256;  // how far a simulated symbol reaches
  std::lock_guard lock(g_text_mutex);
  for (const auto& [name, start] : g_symbols) {
    if (address - start < kSymbolBytes) {
      out = {name, address - start};
      return true;
    }
  }
  return false;
}

void trace_message(std::string_view text) {
  std::lock_guard lock(g_text_mutex);
  g_trace.emplace_back(text);
}

void log_message(std::string_view text) {
  require_not_in_probe("log_message");
  std::lock_guard lock(g_text_mutex);
  g_log.emplace_back(text);
}

}  // namespace skep::bpf::platform
