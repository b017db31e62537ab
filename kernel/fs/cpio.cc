#include "fs/cpio.h"

#include "lib/checked.h"

namespace skep {

namespace {

constexpr size_t kHeaderBytes = 110;  // magic and 13 fields of 8 hexadecimal digits
constexpr std::string_view kMagic = "070701";
constexpr std::string_view kTrailer = "TRAILER!!!";

enum Field : size_t {
  kIno,
  kMode,
  kUid,
  kGid,
  kLinks,
  kTime,
  kFileBytes,
  kDevMajor,
  kDevMinor,
  kRdevMajor,
  kRdevMinor,
  kNameBytes
};

std::optional<uint32_t> field(std::span<const uint8_t> header, Field which) {
  uint32_t value = 0;
  for (const uint8_t c : header.subspan(kMagic.size() + size_t{which} * 8, 8)) {
    uint32_t digit;
    if (c >= '0' && c <= '9') {
      digit = c - '0';
    } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
      digit = (c | 0x20) - 'a' + 10u;
    } else {
      return std::nullopt;
    }
    value = value << 4 | digit;
  }
  return value;
}

}  // namespace

Result<std::optional<CpioEntry>> CpioReader::next() {
  for (;;) {
    while (at_ < archive_.size() && archive_[at_] == 0) at_++;
    if (at_ == archive_.size()) return std::nullopt;
    const std::span<const uint8_t> rest = archive_.subspan(at_);
    if (rest.size() < kHeaderBytes) return fail(Errno::kEINVAL);
    const std::string_view magic(reinterpret_cast<const char*>(rest.data()), kMagic.size());
    if (magic != kMagic) return fail(Errno::kEINVAL);
    const auto mode = field(rest, kMode), uid = field(rest, kUid), gid = field(rest, kGid), time = field(rest, kTime);
    const auto file_bytes = field(rest, kFileBytes), name_bytes = field(rest, kNameBytes);
    if (!mode || !uid || !gid || !time || !file_bytes || !name_bytes) return fail(Errno::kEINVAL);
    // Name and data are each padded to 4 bytes, counted from the header; 64-bit sums of 32-bit fields cannot overflow.
    if (*name_bytes == 0 || !range_fits(kHeaderBytes, *name_bytes, rest.size())) return fail(Errno::kEINVAL);
    const uint64_t data_at = align_up(uint64_t{kHeaderBytes} + *name_bytes, uint64_t{4});
    if (!range_fits(data_at, *file_bytes, rest.size())) return fail(Errno::kEINVAL);
    const auto* name = reinterpret_cast<const char*>(rest.data()) + kHeaderBytes;
    if (name[*name_bytes - 1] != '\0') return fail(Errno::kEINVAL);
    const uint64_t end = align_up(data_at + *file_bytes, uint64_t{4});
    at_ += end < rest.size() ? end : rest.size();

    CpioEntry entry;
    entry.name = std::string_view(name);
    if (entry.name == kTrailer) continue;
    entry.mode = *mode;
    entry.uid = *uid;
    entry.gid = *gid;
    entry.modified_s = *time;
    entry.data = rest.subspan(data_at, *file_bytes);
    return entry;
  }
}

}  // namespace skep
