#include "bpf/syscall/user_log.h"

#include <string.h>

#include <algorithm>

namespace skep::bpf {

Result<void> UserLog::check(uint32_t level, UserAddress buffer, uint32_t size) {
  if ((buffer != 0) != (size != 0)) return fail(Errno::kEINVAL);
  if (buffer != 0 && level == 0) return fail(Errno::kEINVAL);
  if (level & ~kLogMask || size > UINT32_MAX >> 2) return fail(Errno::kEINVAL);
  return {};
}

void UserLog::write(std::string_view text) {
  if (!enabled()) return;
  while (!text.empty()) {
    if (staged_ == sizeof(stage_)) flush();
    const size_t n = std::min(text.size(), sizeof(stage_) - staged_);
    memcpy(stage_ + staged_, text.data(), n);
    staged_ += n;
    text.remove_prefix(n);
  }
}

// The buffer's first size - 1 bytes are a ring of the last characters; finish() turns it to begin at the start.
void UserLog::flush() {
  const uint32_t capacity = size_ > 0 ? size_ - 1 : 0;
  size_t done = 0;
  while (done < staged_ && capacity > 0 && !fault_) {
    if (level_ & kLogFixed && written_ + done >= capacity) break;
    const auto at = static_cast<uint32_t>((written_ + done) % capacity);
    const size_t n = std::min<size_t>(staged_ - done, capacity - at);
    fault_ = !platform::copy_to_user(buffer_ + at, stage_ + done, n);
    done += n;
  }
  written_ += staged_;
  staged_ = 0;
}

void UserLog::reverse(uint32_t from, uint32_t to) {
  char low[64];
  char high[64];
  while (to - from > 1 && !fault_) {
    const uint32_t n = std::min<uint32_t>(sizeof(low), (to - from) / 2);
    fault_ = !platform::copy_from_user(low, buffer_ + from, n) || !platform::copy_from_user(high, buffer_ + to - n, n);
    if (fault_) return;
    std::reverse(low, low + n);
    std::reverse(high, high + n);
    fault_ = !platform::copy_to_user(buffer_ + from, high, n) || !platform::copy_to_user(buffer_ + to - n, low, n);
    from += n;
    to -= n;
  }
}

void UserLog::rotate(uint32_t capacity) {
  const auto first = static_cast<uint32_t>(written_ % capacity);  // the oldest character kept
  if (first == 0) return;
  reverse(0, first);
  reverse(first, capacity);
  reverse(0, capacity);
}

uint32_t UserLog::true_size() const {
  const uint64_t total = written_ + staged_;
  return total == 0 ? 0 : static_cast<uint32_t>(std::min<uint64_t>(total + 1, UINT32_MAX));
}

Result<void> UserLog::finish() {
  flush();
  if (size_ == 0) return {};
  const uint32_t capacity = size_ - 1;
  if (written_ > capacity && capacity > 0 && !(level_ & kLogFixed)) rotate(capacity);
  const char end = '\0';
  const auto at = static_cast<uint32_t>(std::min<uint64_t>(written_, capacity));
  if (fault_ || !platform::copy_to_user(buffer_ + at, &end, 1)) return fail(Errno::kEFAULT);
  if (written_ > capacity) return fail(Errno::kENOSPC);
  return {};
}

}  // namespace skep::bpf
