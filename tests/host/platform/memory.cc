#include <malloc.h>
#include <string.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>

#include "bpf/platform.h"
#include "tests/host/platform/host_platform.h"
#include "tests/host/platform/internal.h"

namespace skep::host {
namespace {
std::atomic<size_t> g_live_bytes{0};
std::atomic<size_t> g_live_blocks{0};
std::atomic<uint64_t> g_allocations{0};
std::atomic<uint64_t> g_fail_at{0};  // value of g_allocations at which to fail, 0 for never
std::atomic<bool> g_failed{false};
std::atomic<size_t> g_limit{size_t{64} << 20};
std::atomic<size_t> g_memory_limit{SIZE_MAX};
uintptr_t g_code_place = 0;

// Below the program: above it lies its heap.
constexpr uintptr_t kCodeDistance = uintptr_t{512} << 20;
constexpr uintptr_t kPageMask = 0xfff;

// Counts one allocation; true when it is the one that must fail.
bool must_fail() {
  const uint64_t n = g_allocations.fetch_add(1) + 1;
  if (n != g_fail_at.load()) return false;
  g_failed = true;
  return true;
}
}  // namespace

size_t live_bytes() { return g_live_bytes; }
size_t live_blocks() { return g_live_blocks; }
uint64_t allocations_made() { return g_allocations; }
void set_allocation_limit_bytes(size_t bytes) { g_limit = bytes; }
void set_memory_limit_bytes(size_t bytes) { g_memory_limit = bytes; }
void set_code_place(uintptr_t near) { g_code_place = near; }

FailNthAllocation::FailNthAllocation(uint64_t n) {
  g_failed = false;
  g_fail_at = n == 0 ? 0 : g_allocations.load() + n;
}
FailNthAllocation::~FailNthAllocation() { g_fail_at = 0; }
bool FailNthAllocation::has_failed() const { return g_failed; }

}  // namespace skep::host

namespace skep::bpf::platform {

using namespace skep::host;

// Nothing may depend on what is in uncleared memory.
constexpr int kGarbage = 0xa5;

// posix_memalign and malloc_usable_size keep AddressSanitizer's red zones right behind the requested bytes.
void* allocate_uncleared(size_t bytes) {
  require_not_in_probe("allocate");
  if (must_fail() || bytes > g_memory_limit - std::min(g_live_bytes.load(), g_memory_limit.load())) return nullptr;
  void* p = nullptr;
  const size_t wanted = bytes == 0 ? 1 : bytes;
  if (posix_memalign(&p, bytes >= 64 ? 64 : 16, wanted) != 0) return nullptr;
  memset(p, kGarbage, wanted);
  g_live_bytes += malloc_usable_size(p);
  g_live_blocks++;
  return p;
}

void* allocate(size_t bytes) {
  void* p = allocate_uncleared(bytes);
  if (p) memset(p, 0, bytes);
  return p;
}

void release(void* p) {
  require_not_in_probe("release");
  if (!p) return;
  g_live_bytes -= malloc_usable_size(p);
  g_live_blocks--;
  free(p);
}

size_t allocation_limit_bytes() { return g_limit; }

Result<CodeMemory> allocate_code(size_t bytes) {
  require_may_sleep("allocate_code");
  if (bytes == 0 || must_fail()) return fail(Errno::kENOMEM);
  void* hint = g_code_place != 0 ? reinterpret_cast<void*>((g_code_place - kCodeDistance) & ~kPageMask) : nullptr;
  void* p = mmap(hint, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) return fail(Errno::kENOMEM);
  g_live_bytes += bytes;
  g_live_blocks++;
  return CodeMemory{
      .write = {static_cast<uint8_t*>(p), bytes}, .address = reinterpret_cast<uintptr_t>(p), .bytes = bytes};
}

Result<void> seal_code(CodeMemory& code) {
  require_may_sleep("seal_code");
  if (mprotect(reinterpret_cast<void*>(code.address), code.bytes, PROT_READ | PROT_EXEC) != 0)
    return fail(Errno::kENOMEM);
  code.write = {};
  return {};
}

void release_code(CodeMemory& code) {
  require_may_sleep("release_code");
  if (code.bytes == 0) return;
  munmap(reinterpret_cast<void*>(code.address), code.bytes);
  g_live_bytes -= code.bytes;
  g_live_blocks--;
  code = {};
}

}  // namespace skep::bpf::platform
