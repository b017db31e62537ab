#include "bpf/syscall/user_memory.h"

#include <algorithm>

namespace skep::bpf {
namespace {
constexpr size_t kPageBytes = 4096;
constexpr size_t kChunkBytes = 512;  // on the stack
}  // namespace

Result<Vec<uint8_t>> read_user_bytes(UserAddress from, size_t bytes) {
  if (bytes > platform::allocation_limit_bytes()) return fail(Errno::kENOMEM);
  Vec<uint8_t> buffer;
  TRY(buffer.resize(bytes));
  TRY(platform::copy_from_user(buffer.data(), from, bytes));
  return buffer;
}

// Byte by byte: the string may end right before memory that is not there.
Result<size_t> read_user_string(std::span<char> to, UserAddress from) {
  size_t length = 0;
  while (length + 1 < to.size()) {
    char c;
    TRY(platform::copy_from_user(&c, from + length, 1));
    if (c == '\0') break;
    to[length++] = c;
  }
  to[length] = '\0';
  return length;
}

Result<void> check_user_tail_zero(UserAddress from, size_t known, size_t actual) {
  if (actual > kPageBytes) return fail(Errno::kE2BIG);
  uint8_t chunk[kChunkBytes];
  for (size_t at = known; at < actual;) {
    const size_t n = std::min(sizeof(chunk), actual - at);
    TRY(platform::copy_from_user(chunk, from + at, n));
    for (size_t i = 0; i < n; i++) {
      if (chunk[i] != 0) return fail(Errno::kE2BIG);
    }
    at += n;
  }
  return {};
}

}  // namespace skep::bpf
