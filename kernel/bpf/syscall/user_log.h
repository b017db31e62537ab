// A log in a buffer of user space, as PROG_LOAD and BTF_LOAD fill it. The buffer always ends up NUL-terminated. What
// does not fit is lost at the front (the end of a verifier's log says why), or at the back with BPF_LOG_FIXED; either
// way finish() reports ENOSPC. Task context.
#pragma once

#include <stdint.h>

#include "bpf/syscall/user_memory.h"
#include "lib/format.h"

namespace skep::bpf {

// Bits of log_level. Linux: include/linux/bpf_verifier.h.
inline constexpr uint32_t kLogLevel1 = 1;  // BPF_LOG_LEVEL1: decisions
inline constexpr uint32_t kLogLevel2 = 2;  // BPF_LOG_LEVEL2: every instruction
inline constexpr uint32_t kLogStats = 4;   // BPF_LOG_STATS
inline constexpr uint32_t kLogFixed = 8;   // BPF_LOG_FIXED: keep the beginning, not the end
inline constexpr uint32_t kLogMask = 15;

class UserLog final : public TextSink {
 public:
  // EINVAL: unknown level bits, a buffer without size or level, a size without buffer, a size above 2^30 (Linux:
  // bpf_verifier_log_attr_valid).
  static Result<void> check(uint32_t level, UserAddress buffer, uint32_t size);

  UserLog(uint32_t level, UserAddress buffer, uint32_t size)
      : level_(level), buffer_(buffer), size_(buffer ? size : 0) {}

  bool enabled() const { return level_ != 0; }
  uint32_t level() const { return level_; }
  void write(std::string_view text) override;

  // Completes the buffer. EFAULT when it could not be written, ENOSPC when the text did not fit.
  Result<void> finish();
  // Bytes that the whole text needs, NUL included; 0 when nothing was written.
  uint32_t true_size() const;

 private:
  void flush();
  void rotate(uint32_t capacity);
  void reverse(uint32_t from, uint32_t to);

  const uint32_t level_;
  const UserAddress buffer_;
  const uint32_t size_;
  uint64_t written_ = 0;  // characters flushed so far, those that did not fit included
  bool fault_ = false;
  size_t staged_ = 0;
  char stage_[512];  // copies to user space are worth more than a few characters each
};

}  // namespace skep::bpf
