// The terminal (termios(3), "Canonical and noncanonical mode"). One instance: the console.
#include "dev/tty.h"

#include <string.h>

#include <algorithm>

#include "dev/console.h"
#include "dev/drivers.h"
#include "fs/limits.h"
#include "fs/poll.h"
#include "task/task.h"
#include "uapi/fs.h"

namespace skep::dev {

namespace {

constexpr int kSigInt = 2, kSigQuit = 3, kSigTstp = 20, kSigTtin = 21, kSigWinch = 28;
constexpr size_t kInputBytes = 4096;   // typed ahead; MAX_CANON's usual size
constexpr size_t kOutputBytes = 1024;  // gathered before it is sent, so that lines up to this length stay whole
constexpr uint64_t kPollIntervalNs = 10'000'000;  // for a port without interrupts
// Queue entries are characters, or the end-of-file key, which ends a read without being part of it.
constexpr uint16_t kEndOfFile = 0x100;

constexpr uint8_t control(char c) { return static_cast<uint8_t>(c & 0x1f); }

struct termios default_termios() {
  struct termios t{};
  t.c_iflag = ICRNL | IXON;
  t.c_oflag = OPOST | ONLCR;
  t.c_cflag = B38400 | CS8 | CREAD | HUPCL;
  t.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN;
  t.c_cc[VINTR] = control('C');
  t.c_cc[VQUIT] = control('\\');
  t.c_cc[VERASE] = 0x7f;
  t.c_cc[VKILL] = control('U');
  t.c_cc[VEOF] = control('D');
  t.c_cc[VMIN] = 1;
  t.c_cc[VSUSP] = control('Z');
  t.c_cc[VREPRINT] = control('R');
  t.c_cc[VWERASE] = control('W');
  t.c_cc[VLNEXT] = control('V');
  return t;
}

class Terminal {
 public:
  // What receive() asks for once its lock is released.
  struct Reaction {
    int signal = 0;
    uint32_t group = 0;
    bool wake = false;
  };

  Reaction receive(uint8_t byte) SKEP_EXCLUDES(lock_);
  Result<size_t> read(IoBuffer buffer, bool nonblocking) SKEP_EXCLUDES(lock_);
  Result<size_t> write(IoBuffer buffer) SKEP_EXCLUDES(lock_);
  Result<long> ioctl(uint32_t request, uint64_t argument) SKEP_EXCLUDES(lock_);
  bool readable() SKEP_EXCLUDES(lock_);
  void set_size(uint16_t rows, uint16_t columns) SKEP_EXCLUDES(lock_) {
    SpinGuard guard(lock_);
    window_.ws_row = rows;
    window_.ws_col = columns;
  }
  WaitQueue readers;

 private:
  bool has(unsigned flag) const SKEP_REQUIRES(lock_) { return (termios_.c_lflag & flag) != 0; }
  bool is_key(uint8_t byte, int which) const SKEP_REQUIRES(lock_) {
    return termios_.c_cc[which] != 0 && byte == termios_.c_cc[which];
  }
  uint16_t& slot(uint64_t at) SKEP_REQUIRES(lock_) { return input_[at % kInputBytes]; }
  void echo(uint8_t byte) SKEP_REQUIRES(lock_);
  void erase_one() SKEP_REQUIRES(lock_);
  bool handle_signal_key(uint8_t byte, Reaction& reaction) SKEP_REQUIRES(lock_);
  bool handle_editing_key(uint8_t byte, Reaction& reaction) SKEP_REQUIRES(lock_);
  void append(uint16_t entry) SKEP_REQUIRES(lock_);
  bool readable_locked() const SKEP_REQUIRES(lock_);
  size_t take(std::span<uint8_t> to) SKEP_REQUIRES(lock_);
  Result<void> wait_for_input(uint64_t deadline_ns) SKEP_EXCLUDES(lock_);
  Result<void> check_may_read() SKEP_EXCLUDES(lock_);
  Result<long> become_session_terminal() SKEP_EXCLUDES(lock_);
  Result<long> set_termios(uint64_t argument, bool flush) SKEP_EXCLUDES(lock_);
  Result<long> set_foreground(uint64_t argument) SKEP_EXCLUDES(lock_);

  SpinLock lock_{"tty", LockRank::kTerminal};  // taken before the console's
  struct termios termios_ SKEP_GUARDED_BY(lock_) = default_termios();
  struct winsize window_ SKEP_GUARDED_BY(lock_) = {24, 80, 0, 0};
  uint32_t foreground_ SKEP_GUARDED_BY(lock_) = 0;
  uint32_t session_ SKEP_GUARDED_BY(lock_) = 0;
  // Positions count up for ever: [read_, committed_) may be read, [committed_, end_) is the line being edited.
  uint16_t input_[kInputBytes] SKEP_GUARDED_BY(lock_) = {};
  uint64_t read_ SKEP_GUARDED_BY(lock_) = 0;
  uint64_t committed_ SKEP_GUARDED_BY(lock_) = 0;
  uint64_t end_ SKEP_GUARDED_BY(lock_) = 0;
  bool literal_next_ SKEP_GUARDED_BY(lock_) = false;
};

Terminal g_terminal;

// ---- Input
// -----------------------------------------------------------------------------------------------------------

void Terminal::echo(uint8_t byte) {
  const bool newline_alone = byte == '\n' && has(ECHONL) && has(ICANON);
  if (!has(ECHO) && !newline_alone) return;
  if (byte == '\n') return console_echo("\r\n");
  if ((byte < 0x20 && byte != '\t' && has(ECHOCTL)) || byte == 0x7f) {
    const char caret[2] = {'^', static_cast<char>(byte ^ 0x40)};
    return console_echo({caret, 2});
  }
  const char plain = static_cast<char>(byte);
  console_echo({&plain, 1});
}

void Terminal::erase_one() {
  const uint16_t last = slot(--end_);
  if (!has(ECHO)) return;
  // UTF-8: continuation bytes take no column of their own.
  if ((last & 0xc0) == 0x80) return;
  console_echo(last < 0x20 && last != '\t' ? "\b\b  \b\b" : "\b \b");
}

void Terminal::append(uint16_t entry) {
  // One place is kept for the newline, so that a line that is too long can still be ended.
  const bool ends_line = entry == '\n' || entry == kEndOfFile;
  if (end_ - read_ >= kInputBytes - (ends_line ? 0 : 1)) return;
  slot(end_++) = entry;
}

bool Terminal::handle_signal_key(uint8_t byte, Reaction& reaction) {
  if (!has(ISIG)) return false;
  if (is_key(byte, VINTR)) {
    reaction.signal = kSigInt;
  } else if (is_key(byte, VQUIT)) {
    reaction.signal = kSigQuit;
  } else if (is_key(byte, VSUSP)) {
    reaction.signal = kSigTstp;
  } else {
    return false;
  }
  reaction.group = foreground_;
  if (!has(NOFLSH)) read_ = committed_ = end_;
  echo(byte);
  if (has(ECHO)) console_echo("\r\n");
  return true;
}

bool Terminal::handle_editing_key(uint8_t byte, Reaction& reaction) {
  if (!has(ICANON)) return false;
  if (is_key(byte, VERASE) || byte == '\b') {
    while (end_ > committed_ && (slot(end_ - 1) & 0xc0) == 0x80) erase_one();
    if (end_ > committed_) erase_one();
  } else if (is_key(byte, VKILL)) {
    while (end_ > committed_) erase_one();
  } else if (has(IEXTEN) && is_key(byte, VWERASE)) {
    while (end_ > committed_ && slot(end_ - 1) == ' ') erase_one();
    while (end_ > committed_ && slot(end_ - 1) != ' ') erase_one();
  } else if (has(IEXTEN) && is_key(byte, VREPRINT)) {
    console_echo("^R\r\n");
    for (uint64_t i = committed_; i < end_; i++) echo(static_cast<uint8_t>(slot(i)));
  } else if (has(IEXTEN) && is_key(byte, VLNEXT)) {
    literal_next_ = true;
    if (has(ECHO) && has(ECHOCTL)) console_echo("^\b");
  } else if (is_key(byte, VEOF)) {
    append(kEndOfFile);
    committed_ = end_;
    reaction.wake = true;
  } else {
    return false;
  }
  return true;
}

Terminal::Reaction Terminal::receive(uint8_t byte) {
  Reaction reaction;
  SpinGuard guard(lock_);
  if (literal_next_) {
    literal_next_ = false;
  } else {
    if (byte == '\r') {
      if (termios_.c_iflag & IGNCR) return reaction;
      if (termios_.c_iflag & ICRNL) byte = '\n';
    } else if (byte == '\n' && (termios_.c_iflag & INLCR)) {
      byte = '\r';
    }
    if (handle_signal_key(byte, reaction) || handle_editing_key(byte, reaction)) return reaction;
  }
  const uint64_t before = end_;
  append(byte);
  if (end_ == before) {
    if (has(ECHO)) console_echo("\a");  // no room
    return reaction;
  }
  echo(byte);
  const bool ends_line = byte == '\n' || is_key(byte, VEOL) || is_key(byte, VEOL2);
  if (!has(ICANON) || ends_line) {
    committed_ = end_;
    reaction.wake = true;
  }
  return reaction;
}

bool Terminal::readable_locked() const { return read_ < committed_; }

bool Terminal::readable() {
  SpinGuard guard(lock_);
  return readable_locked();
}

// Takes what one read may return: up to the end of a line in canonical mode.
size_t Terminal::take(std::span<uint8_t> to) {
  size_t n = 0;
  while (n < to.size() && read_ < committed_) {
    const uint16_t entry = slot(read_++);
    if (entry == kEndOfFile) {
      if (has(ICANON)) break;
      continue;  // the mode was changed behind the key
    }
    to[n++] = static_cast<uint8_t>(entry);
    if (has(ICANON) && (entry == '\n' || is_key(static_cast<uint8_t>(entry), VEOL))) break;
    // An end-of-file key directly behind a full buffer belongs to this read.
    if (has(ICANON) && n == to.size() && read_ < committed_ && slot(read_) == kEndOfFile) read_++;
  }
  return n;
}

// deadline 0: none.
Result<void> Terminal::wait_for_input(uint64_t deadline_ns) {
  const auto ready = [this] { return readable(); };
  if (uart_has_interrupt()) {
    return deadline_ns ? readers.wait_until_deadline(deadline_ns, ready) : readers.wait_until(ready);
  }
  for (;;) {
    uart_poll();
    if (readable()) return {};
    const uint64_t now = monotonic_ns();
    if (deadline_ns && now >= deadline_ns) return fail(Errno::kETIMEDOUT);
    const Result<void> waited = readers.wait_until_deadline(now + kPollIntervalNs, ready);
    if (!waited && waited.error() != Errno::kETIMEDOUT) return waited;
  }
}

// Input is the foreground group's. Others of the session are stopped by SIGTTIN, or get EIO when they will not be
// (termios(3), POSIX "The Controlling Terminal").
Result<void> Terminal::check_may_read() {
  const uint32_t group = current_pgrp();
  {
    SpinGuard guard(lock_);
    if (foreground_ == 0 || foreground_ == group || session_ != current_session()) return {};
  }
  const ProcessFacts facts = TRY(process_facts(current_tgid()));
  if ((facts.ignored_signals | facts.blocked_signals) >> (kSigTtin - 1) & 1) return fail(Errno::kEIO);
  TRY(signal_group(group, kSigTtin));
  return fail(Errno::kEINTR);
}

Result<size_t> Terminal::read(IoBuffer buffer, bool nonblocking) {
  if (buffer.size() == 0) return 0;
  TRY(check_may_read());
  uint8_t bytes[256];
  const size_t wanted = std::min(buffer.size(), sizeof(bytes));
  size_t minimum = 1;
  uint64_t patience_ns = 0;
  {
    SpinGuard guard(lock_);
    if (!has(ICANON)) {
      minimum = std::min<size_t>(termios_.c_cc[VMIN], wanted);
      patience_ns = uint64_t{termios_.c_cc[VTIME]} * 100'000'000;
    }
  }
  // VMIN bytes, each at most VTIME after the one before; with VMIN 0, VTIME counts from now.
  size_t got = 0;
  for (;;) {
    {
      SpinGuard guard(lock_);
      const bool was_readable = readable_locked();
      got += take({bytes + got, wanted - got});
      if (was_readable && (has(ICANON) || got >= minimum)) break;
    }
    if (nonblocking) {
      if (got == 0 && minimum > 0) return fail(Errno::kEAGAIN);
      break;
    }
    if (minimum == 0 && patience_ns == 0) break;
    const bool timed = patience_ns != 0 && (minimum == 0 || got > 0);
    const Result<void> waited = wait_for_input(timed ? monotonic_ns() + patience_ns : 0);
    if (!waited) {
      if (waited.error() == Errno::kETIMEDOUT || got > 0) break;
      return fail(waited.error());
    }
  }
  TRY(buffer.store(0, bytes, got));
  return got;
}

// ---- Output
// ----------------------------------------------------------------------------------------------------------

Result<size_t> Terminal::write(IoBuffer buffer) {
  bool crlf;
  {
    SpinGuard guard(lock_);
    crlf = (termios_.c_oflag & (OPOST | ONLCR)) == (OPOST | ONLCR);
  }
  char gathered[kOutputBytes];
  char expanded[kOutputBytes * 2];
  size_t held = 0, done = 0;
  const size_t total = buffer.size();
  while (done < total) {
    const size_t n = std::min(total - done, kOutputBytes - held);
    const Result<void> loaded = buffer.load(done, gathered + held, n);
    if (!loaded) return done > held ? Result<size_t>(done - held) : fail(loaded.error());
    done += n;
    held += n;
    // Whole lines go out together; the beginning of the next waits for its rest, if there is room and more to come.
    size_t ready = held;
    if (done < total) {
      const size_t newline = std::string_view(gathered, held).rfind('\n');
      if (newline != std::string_view::npos) ready = newline + 1;
    }
    size_t out = 0;
    for (size_t i = 0; i < ready; i++) {
      if (crlf && gathered[i] == '\n') expanded[out++] = '\r';
      expanded[out++] = gathered[i];
    }
    console_write({expanded, out});
    memmove(gathered, gathered + ready, held - ready);
    held -= ready;
  }
  return total;
}

// ---- Control
// ---------------------------------------------------------------------------------------------------------

Result<long> Terminal::set_termios(uint64_t argument, bool flush) {
  const auto wanted = TRY(read_user<struct termios>(argument));
  SpinGuard guard(lock_);
  const bool was_canonical = has(ICANON);
  termios_ = wanted;
  if (flush) read_ = committed_ = end_;
  if (was_canonical && !has(ICANON)) committed_ = end_;  // an unfinished line may be read now
  return 0;
}

Result<long> Terminal::set_foreground(uint64_t argument) {
  const auto group = TRY(read_user<int32_t>(argument));
  if (group <= 0) return fail(Errno::kEINVAL);
  if (!group_in_session(static_cast<uint32_t>(group), current_session())) return fail(Errno::kEPERM);
  SpinGuard guard(lock_);
  if (session_ != current_session()) return fail(Errno::kENOTTY);
  foreground_ = static_cast<uint32_t>(group);
  return 0;
}

// A session leader takes the terminal; away from another session only as root.
Result<long> Terminal::become_session_terminal() {
  const uint32_t session = current_session();
  if (current_tgid() != session) return fail(Errno::kEPERM);
  SpinGuard guard(lock_);
  if (session_ != 0 && session_ != session && current_credentials().euid != 0) return fail(Errno::kEPERM);
  session_ = session;
  foreground_ = current_pgrp();
  return 0;
}

Result<long> Terminal::ioctl(uint32_t request, uint64_t argument) {
  switch (request) {
    case TCGETS: {
      struct termios t;
      {
        SpinGuard guard(lock_);
        t = termios_;
      }
      TRY(write_user(argument, t));
      return 0;
    }
    case TCSETS:
    case TCSETSW:  // output is sent at once: there is nothing to wait for
      return set_termios(argument, false);
    case TCSETSF:
      return set_termios(argument, true);
    case TCSBRK:
      return 0;
    case TCFLSH: {
      constexpr uint64_t kInput = 0, kOutput = 1, kBoth = 2;
      if (argument > kBoth) return fail(Errno::kEINVAL);
      SpinGuard guard(lock_);
      if (argument != kOutput) read_ = committed_ = end_;
      static_assert(kInput == 0);
      return 0;
    }
    case TIOCGWINSZ: {
      struct winsize w;
      {
        SpinGuard guard(lock_);
        w = window_;
      }
      TRY(write_user(argument, w));
      return 0;
    }
    case TIOCSWINSZ: {
      const auto w = TRY(read_user<struct winsize>(argument));
      uint32_t group = 0;
      {
        SpinGuard guard(lock_);
        if (memcmp(&w, &window_, sizeof(w)) != 0) group = foreground_;
        window_ = w;
      }
      if (group) (void)signal_group(group, kSigWinch);
      return 0;
    }
    case TIOCGPGRP: {
      uint32_t group;
      {
        SpinGuard guard(lock_);
        group = foreground_;
      }
      TRY(write_user(argument, group));
      return 0;
    }
    case TIOCSPGRP:
      return set_foreground(argument);
    case TIOCGSID: {
      uint32_t session;
      {
        SpinGuard guard(lock_);
        session = session_;
      }
      if (session == 0) return fail(Errno::kENOTTY);
      TRY(write_user(argument, session));
      return 0;
    }
    case TIOCSCTTY:
      return become_session_terminal();
    case TIOCNOTTY:
      return 0;
    case FIONREAD: {
      int32_t n = 0;
      {
        SpinGuard guard(lock_);
        for (uint64_t i = read_; i < committed_; i++) n += slot(i) != kEndOfFile;
      }
      TRY(write_user(argument, n));
      return 0;
    }
    case TIOCOUTQ:
      TRY(write_user(argument, int32_t{0}));
      return 0;
    default:
      return fail(Errno::kENOTTY);
  }
}

class TtyFile final : public File {
 public:
  Result<size_t> read(IoBuffer buffer, uint64_t*) override {
    return g_terminal.read(buffer, (flags.load(std::memory_order_relaxed) & O_NONBLOCK) != 0);
  }
  Result<size_t> write(IoBuffer buffer, uint64_t*) override { return g_terminal.write(buffer); }
  Result<long> ioctl(uint32_t request, uint64_t argument) override { return g_terminal.ioctl(request, argument); }
  uint32_t poll_events() override { return POLLOUT | POLLWRNORM | (g_terminal.readable() ? POLLIN | POLLRDNORM : 0u); }
};

}  // namespace

void set_terminal_size(uint16_t rows, uint16_t columns) { g_terminal.set_size(rows, columns); }

Result<Ref<File>> open_console(uint32_t) { return TRY(kcreate<TtyFile>()); }

void tty_receive(uint8_t byte) {
  const Terminal::Reaction reaction = g_terminal.receive(byte);
  if (reaction.signal != 0 && reaction.group != 0) (void)signal_group(reaction.group, reaction.signal);
  if (reaction.wake) {
    g_terminal.readers.wake_all();
    vfs::notify_pollers();
  }
}

}  // namespace skep::dev
