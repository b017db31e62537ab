// Reading cpio archives in the newc form (cpio(5), "New ASCII Format"). Pure: no kernel headers.
#pragma once

#include <stdint.h>

#include <optional>
#include <span>
#include <string_view>

#include "lib/result.h"

namespace skep {

struct CpioEntry {
  std::string_view name;  // as stored, without NUL
  uint32_t mode = 0;      // with S_IF bits
  uint32_t uid = 0, gid = 0;
  uint32_t modified_s = 0;
  std::span<const uint8_t> data;  // in the archive
};

// Walks through one or more archives, one behind the other, with zero bytes between and after them.
class CpioReader {
 public:
  explicit CpioReader(std::span<const uint8_t> archive) : archive_(archive) {}
  // The next entry; nullopt at the end. EINVAL when what follows is no archive (position() tells where).
  Result<std::optional<CpioEntry>> next();
  size_t position() const { return at_; }

 private:
  std::span<const uint8_t> archive_;
  size_t at_ = 0;
};

}  // namespace skep
