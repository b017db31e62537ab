#include "dev/devices.h"

#include <string.h>

#include <algorithm>

#include "arch/machine.h"
#include "dev/console.h"
#include "dev/drivers.h"
#include "dev/random.h"
#include "dev/tty.h"
#include "fs/node.h"
#include "fs/poll.h"
#include "fs/vfs.h"
#include "lib/log.h"
#include "task/task.h"
#include "uapi/fs.h"

namespace skep::dev {

namespace {

class NullFile : public File {
 public:
  Result<size_t> read(IoBuffer, uint64_t*) override { return 0; }
  Result<size_t> write(IoBuffer buffer, uint64_t*) override { return buffer.size(); }
  Result<uint64_t> seek(int64_t, int) override { return 0; }
  bool can_seek() const override { return true; }
};

class ZeroFile : public NullFile {
 public:
  Result<size_t> read(IoBuffer buffer, uint64_t*) override {
    static constexpr uint8_t kZeros[512] = {};
    for (size_t at = 0; at < buffer.size(); at += sizeof(kZeros)) {
      if (current_signal_pending()) return at > 0 ? Result<size_t>(at) : fail(Errno::kEINTR);
      const Result<void> stored = buffer.store(at, kZeros, std::min(sizeof(kZeros), buffer.size() - at));
      if (!stored) return at > 0 ? Result<size_t>(at) : fail(stored.error());
    }
    return buffer.size();
  }
};

class FullFile final : public ZeroFile {
 public:
  Result<size_t> write(IoBuffer, uint64_t*) override { return fail(Errno::kENOSPC); }
};

class RandomFile final : public NullFile {
 public:
  Result<size_t> read(IoBuffer buffer, uint64_t*) override { return random_read(buffer); }
};

// /dev/kmsg: each read gives one record, "priority,sequence,microseconds,-;text\n"; each write is a line of the log.
class LogFile final : public File {
 public:
  Result<size_t> read(IoBuffer buffer, uint64_t*) override {
    LogRecord record;
    while (!read_log(next_.load(), record)) {
      // Lines are logged in every context, so nobody is woken for them; reading on means looking again.
      if (flags.load() & O_NONBLOCK) return fail(Errno::kEAGAIN);
      constexpr uint64_t kInterval = 100'000'000;
      WaitQueue nobody;
      const Result<void> waited = nobody.wait_until_deadline(monotonic_ns() + kInterval, [] { return false; });
      if (waited.error() != Errno::kETIMEDOUT) return fail(waited.error());
    }
    char text[sizeof(LogRecord) + 64];
    BufferSink sink(text);
    format_to(sink, "6,{},{},-;", record.sequence, record.time_ns / 1000);
    sink.write({record.text, record.length});
    sink.write("\n");
    if (sink.view().size() > buffer.size()) return fail(Errno::kEINVAL);
    TRY(buffer.store(0, text, sink.view().size()));
    next_ = record.sequence + 1;
    return sink.view().size();
  }
  Result<size_t> write(IoBuffer buffer, uint64_t*) override {
    char text[sizeof(LogRecord::text)];
    const size_t n = std::min(buffer.size(), sizeof(text));
    TRY(buffer.load(0, text, n));
    std::string_view line(text, n);
    if (line.ends_with('\n')) line.remove_suffix(1);
    log_line(line);
    return buffer.size();
  }
  Result<uint64_t> seek(int64_t offset, int whence) override {
    if (offset != 0) return fail(Errno::kESPIPE);
    if (whence == SEEK_END) {
      next_ = next_log_sequence();
    } else if (whence == SEEK_SET) {
      next_ = 0;
    } else {
      return fail(Errno::kEINVAL);
    }
    return 0;
  }
  uint32_t poll_events() override { return POLLOUT | POLLIN; }

 private:
  std::atomic<uint64_t> next_{0};  // the record that the next read begins at
};

template <typename T>
Result<Ref<File>> open_as(uint32_t) {
  return TRY(kcreate<T>());
}

// Calls visit(word) for each of the kernel's arguments.
template <typename Visit>
void for_each_argument(Visit&& visit) {
  std::string_view arguments = arch::machine().bootargs_view();
  while (!arguments.empty()) {
    const size_t space = std::min(arguments.find(' '), arguments.size());
    visit(arguments.substr(0, space));
    arguments.remove_prefix(std::min(space + 1, arguments.size()));
  }
}

// "quiet": log lines stay off the console. "tty.rows=N", "tty.cols=N": the size of the terminal behind the serial port.
void read_arguments() {
  const auto number = [](std::string_view word, std::string_view name, uint16_t& value) {
    if (!word.starts_with(name)) return;
    uint32_t n = 0;
    for (const char c : word.substr(name.size())) {
      if (c < '0' || c > '9' || n > 999) return;
      n = n * 10 + static_cast<uint32_t>(c - '0');
    }
    if (n > 0) value = static_cast<uint16_t>(n);
  };
  bool quiet = false;
  uint16_t rows = 0, columns = 0;
  for_each_argument([&](std::string_view word) {
    quiet |= word == "quiet";
    number(word, "tty.rows=", rows);
    number(word, "tty.cols=", columns);
  });
  set_console_quiet(quiet);
  if (rows != 0 && columns != 0) set_terminal_size(rows, columns);
}

void add(std::string_view path, uint32_t mode, vfs::OpenFunction open, uint32_t major, uint32_t minor) {
  if (const Result<void> r = vfs::register_device(path, mode, open, vfs::make_device(major, minor)); !r) {
    log_info("dev: {}: {}", path, errno_name(r.error()));
  }
}

}  // namespace

void init() {
  read_arguments();
  init_random();
  init_rtc();
  if (!init_plic()) log_info("dev: no interrupt controller; the console is polled");
  if (!init_uart(tty_receive)) log_info("dev: no serial port; the console is the firmware's, output only");
}

void register_device_files() {
  add("/dev/null", 0666, open_as<NullFile>, 1, 3);
  add("/dev/zero", 0666, open_as<ZeroFile>, 1, 5);
  add("/dev/full", 0666, open_as<FullFile>, 1, 7);
  add("/dev/random", 0666, open_as<RandomFile>, 1, 8);
  add("/dev/urandom", 0666, open_as<RandomFile>, 1, 9);
  // 600: what the kernel logs may hold kernel addresses.
  add("/dev/kmsg", 0600, open_as<LogFile>, 1, 11);
  add("/dev/tty", 0666, open_console, 5, 0);
  add("/dev/console", 0600, open_console, 5, 1);
  add("/dev/ttyS0", 0600, open_console, 4, 64);
  const struct {
    const char* path;
    const char* target;
  } links[] = {{"/dev/fd", "/proc/self/fd"},
               {"/dev/stdin", "/proc/self/fd/0"},
               {"/dev/stdout", "/proc/self/fd/1"},
               {"/dev/stderr", "/proc/self/fd/2"}};
  for (const auto& link : links) {
    if (const Result<void> r = vfs::register_symlink(link.path, link.target); !r) {
      log_info("dev: {}: {}", std::string_view(link.path), errno_name(r.error()));
    }
  }
}

}  // namespace skep::dev
