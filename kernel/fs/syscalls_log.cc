// syslog(2): the kernel's log, for dmesg.
#include "dev/console.h"
#include "fs/syscall_args.h"
#include "syscall/table.h"

using namespace skep;
using namespace skep::vfs;

namespace {

enum Action : uint32_t {
  kClose = 0,
  kOpen = 1,
  kReadAll = 3,
  kReadClear = 4,
  kClear = 5,
  kSizeUnread = 9,
  kSizeBuffer = 10
};
constexpr long kBufferBytes = 128 * 1024;  // enough for all records that are kept

// The newest lines that fit.
Result<size_t> read_all(uint64_t buffer, size_t bytes) {
  FileText text;
  dev::LogRecord record;
  for (uint64_t from = 0; dev::read_log(from, record); from = record.sequence + 1) dev::print_log_record(record, text);
  if (text.failed()) return fail(Errno::kENOMEM);
  std::string_view lines = text.view();
  if (lines.size() > bytes) {
    lines.remove_prefix(lines.size() - bytes);
    const size_t newline = lines.find('\n');
    lines.remove_prefix(newline == std::string_view::npos ? lines.size() : newline + 1);
  }
  TRY(copy_to_user(buffer, lines.data(), lines.size()));
  return lines.size();
}

}  // namespace

extern "C" long sys_syslog(uint64_t action, uint64_t buffer, uint64_t bytes) {
  return finish([&]() -> Result<size_t> {
    if (current_credentials().euid != 0) return fail(Errno::kEPERM);
    switch (static_cast<uint32_t>(action)) {
      case kClose:
      case kOpen:
      case kSizeUnread:
        return 0;
      case kReadAll:
        if (static_cast<int32_t>(bytes) < 0 || buffer == 0) return fail(Errno::kEINVAL);
        return read_all(buffer, static_cast<uint32_t>(bytes));
      case kSizeBuffer:
        return kBufferBytes;
      default:
        return fail(Errno::kEINVAL);
    }
  });
}
