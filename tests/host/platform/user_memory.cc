// User memory as registered ranges, and reads that survive any address.
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <map>
#include <mutex>

#include "bpf/platform.h"
#include "lib/checked.h"
#include "tests/host/platform/host_platform.h"
#include "tests/host/platform/internal.h"

namespace skep::host {
namespace {

struct Range {
  size_t bytes;
  bool writable;
};
std::mutex g_ranges_mutex;
std::map<uint64_t, Range>& ranges() {
  static std::map<uint64_t, Range> map;
  return map;
}

void add_range(uint64_t start, size_t bytes, bool writable) {
  std::lock_guard lock(g_ranges_mutex);
  ranges()[start] = {bytes, writable};
}
void remove_range(uint64_t start) {
  std::lock_guard lock(g_ranges_mutex);
  ranges().erase(start);
}

// The kernel reads this process's memory for us, so a bad address is an error and no signal.
bool read_any_memory(void* dst, uint64_t src, size_t bytes) {
  static const int fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
  if (fd < 0) contract_broken("/proc/self/mem cannot be opened");
  return src <= INT64_MAX && pread(fd, dst, bytes, static_cast<off_t>(src)) == static_cast<ssize_t>(bytes);
}

}  // namespace

bool is_user_range(unsigned long address, size_t bytes, bool for_writing) {
  std::lock_guard lock(g_ranges_mutex);
  auto after = ranges().upper_bound(address);
  if (after == ranges().begin()) return false;
  const auto& [start, range] = *--after;
  return range_fits(address - start, bytes, range.bytes) && (range.writable || !for_writing);
}

UserMemory::UserMemory(size_t bytes, bool writable)
    : data_(static_cast<uint8_t*>(calloc(1, bytes == 0 ? 1 : bytes))), bytes_(bytes) {
  add_range(address(), bytes, writable);
}
UserMemory::UserMemory(UserMemory&& o) noexcept
    : data_(std::exchange(o.data_, nullptr)), bytes_(std::exchange(o.bytes_, 0)) {}
UserMemory::~UserMemory() {
  if (!data_) return;
  remove_range(address());
  free(data_);
}
void UserMemory::fill(const void* from, size_t bytes) {
  if (bytes > bytes_) contract_broken("UserMemory::fill beyond its end");
  if (bytes != 0) memcpy(data_, from, bytes);
}

UserWindow::UserWindow(const void* start, size_t bytes, bool writable) : start_(reinterpret_cast<uint64_t>(start)) {
  add_range(start_, bytes, writable);
}
UserWindow::~UserWindow() { remove_range(start_); }

}  // namespace skep::host

namespace skep::bpf::platform {

using namespace skep::host;

Result<void> copy_from_user(void* dst, UserAddress src, size_t bytes) {
  require_may_sleep("copy_from_user");
  if (bytes == 0) return {};
  if (!is_user_range(src, bytes, false)) return fail(Errno::kEFAULT);
  memcpy(dst, reinterpret_cast<const void*>(src), bytes);
  return {};
}

Result<void> copy_to_user(UserAddress dst, const void* src, size_t bytes) {
  require_may_sleep("copy_to_user");
  if (bytes == 0) return {};
  if (!is_user_range(dst, bytes, true)) return fail(Errno::kEFAULT);
  memcpy(reinterpret_cast<void*>(dst), src, bytes);
  return {};
}

Result<void> read_kernel_nofault(void* dst, uint64_t src, size_t bytes) {
  if (bytes == 0) return {};
  if (!read_any_memory(dst, src, bytes)) return fail(Errno::kEFAULT);
  return {};
}

Result<void> read_user_nofault(void* dst, uint64_t src, size_t bytes) {
  if (bytes == 0) return {};
  if (!is_user_range(src, bytes, false)) return fail(Errno::kEFAULT);
  memcpy(dst, reinterpret_cast<const void*>(src), bytes);
  return {};
}

namespace {
template <typename Read>
Result<size_t> read_string(std::span<char> dst, uint64_t src, Read read) {
  for (size_t i = 0; i < dst.size(); i++) {
    if (auto r = read(&dst[i], src + i, 1); !r) return fail(r.error());
    if (dst[i] == '\0') return i + 1;
  }
  if (dst.empty()) return 0;
  dst.back() = '\0';
  return dst.size();
}
}  // namespace

Result<size_t> read_kernel_string_nofault(std::span<char> dst, uint64_t src) {
  return read_string(dst, src, read_kernel_nofault);
}
Result<size_t> read_user_string_nofault(std::span<char> dst, uint64_t src) {
  return read_string(dst, src, read_user_nofault);
}

bool is_user_address(uint64_t address) { return is_user_range(address, 1, false); }

}  // namespace skep::bpf::platform
