// Reading command lines. A terminal is put into raw mode for editing and history: cursor keys, Home, End, Delete and
// the usual control keys; a line longer than the screen scrolls sideways. Anything else is read byte by byte, so that
// what follows the line is left for the commands.
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <utility>

#include "shell.h"

namespace sh {
namespace {

constexpr size_t kHistoryLines = 200;

enum Key : int {
  kEndOfInput = -1,
  kInterrupted = -2,
  kUp = 1000,
  kDown,
  kLeft,
  kRight,
  kHome,
  kEnd,
  kDelete,
  kOther,
};

constexpr int control(char c) { return c & 0x1f; }

void put(std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = write(STDERR_FILENO, text.data(), text.size());
    if (n <= 0) return;
    text.remove_prefix(static_cast<size_t>(n));
  }
}

int read_byte() {
  unsigned char c;
  const ssize_t n = read(STDIN_FILENO, &c, 1);
  if (n == 1) return c;
  return n < 0 && errno == EINTR ? kInterrupted : kEndOfInput;
}

// One key press; ESC sequences of VT100-like terminals become keys.
int read_key() {
  const int c = read_byte();
  if (c != 27) return c;
  const int kind = read_byte();
  if (kind != '[' && kind != 'O') return kOther;
  int code = read_byte();
  int number = 0;
  while (code >= '0' && code <= '9') {
    number = number * 10 + (code - '0');
    code = read_byte();
  }
  switch (code) {
    case 'A':
      return kUp;
    case 'B':
      return kDown;
    case 'C':
      return kRight;
    case 'D':
      return kLeft;
    case 'H':
      return kHome;
    case 'F':
      return kEnd;
    case '~':
      return number == 3 ? kDelete : number == 1 || number == 7 ? kHome : number == 4 || number == 8 ? kEnd : kOther;
    default:
      return kOther;
  }
}

class RawMode {
 public:
  RawMode() {
    ok_ = tcgetattr(STDIN_FILENO, &saved_) == 0;
    if (!ok_) return;
    termios raw = saved_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG);
    raw.c_iflag &= ~static_cast<tcflag_t>(ICRNL | IXON);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    ok_ = tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
  }
  ~RawMode() {
    if (ok_) tcsetattr(STDIN_FILENO, TCSADRAIN, &saved_);
  }
  RawMode(const RawMode&) = delete;
  RawMode& operator=(const RawMode&) = delete;
  bool ok() const { return ok_; }

 private:
  termios saved_;
  bool ok_;
};

class Editor {
 public:
  explicit Editor(const std::string& prompt) : prompt_(prompt) {
    winsize size = {};
    width_ = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
  }

  // False at the end of input.
  bool run(std::string* line, bool* interrupted_out);

 private:
  // Draws the part of the line around the cursor.
  void draw() {
    const size_t room = width_ > prompt_.size() + 8 ? width_ - prompt_.size() - 1 : 8;
    if (cursor_ < first_) first_ = cursor_;
    if (cursor_ > first_ + room) first_ = cursor_ - room;
    const std::string shown = line_.substr(first_, room);
    std::string out = "\r" + prompt_ + shown + "\033[K";
    const size_t back = shown.size() - (cursor_ - first_);
    if (back > 0) out += "\033[" + std::to_string(back) + "D";
    put(out);
  }
  void replace(std::string text) {
    line_ = std::move(text);
    cursor_ = line_.size();
  }
  void recall(int direction);
  void erase_word();
  bool edit(int key);

  static std::vector<std::string>& history() {
    static std::vector<std::string> lines;
    return lines;
  }

  const std::string& prompt_;
  size_t width_;
  std::string line_;
  std::string unfinished_;  // what was typed before history was looked at
  size_t cursor_ = 0;
  size_t first_ = 0;  // of the line's characters that are shown
  size_t at_history_ = 0;
};

void Editor::recall(int direction) {
  auto& lines = history();
  if (direction < 0 ? at_history_ == 0 : at_history_ == lines.size()) return;
  if (at_history_ == lines.size()) unfinished_ = line_;
  at_history_ = direction < 0 ? at_history_ - 1 : at_history_ + 1;
  replace(at_history_ == lines.size() ? unfinished_ : lines[at_history_]);
}

void Editor::erase_word() {
  size_t start = cursor_;
  while (start > 0 && line_[start - 1] == ' ') start--;
  while (start > 0 && line_[start - 1] != ' ') start--;
  line_.erase(start, cursor_ - start);
  cursor_ = start;
}

// False for keys that change nothing.
bool Editor::edit(int key) {
  switch (key) {
    case kLeft:
    case control('B'):
      if (cursor_ > 0) cursor_--;
      return true;
    case kRight:
    case control('F'):
      if (cursor_ < line_.size()) cursor_++;
      return true;
    case kHome:
    case control('A'):
      cursor_ = 0;
      return true;
    case kEnd:
    case control('E'):
      cursor_ = line_.size();
      return true;
    case kUp:
    case control('P'):
      recall(-1);
      return true;
    case kDown:
    case control('N'):
      recall(1);
      return true;
    case 8:
    case 127:
      if (cursor_ > 0) line_.erase(--cursor_, 1);
      return true;
    case kDelete:
    case control('D'):
      if (cursor_ < line_.size()) line_.erase(cursor_, 1);
      return true;
    case control('K'):
      line_.erase(cursor_);
      return true;
    case control('U'):
      line_.erase(0, cursor_);
      cursor_ = 0;
      return true;
    case control('W'):
      erase_word();
      return true;
    case control('L'):
      put("\033[H\033[2J");
      return true;
    case '\t':
      key = ' ';
      break;
    default:
      break;
  }
  if (key < ' ' || key > 255) return false;
  line_.insert(cursor_++, 1, static_cast<char>(key));
  return true;
}

bool Editor::run(std::string* line, bool* interrupted_out) {
  auto& lines = history();
  at_history_ = lines.size();
  draw();
  for (;;) {
    const int key = read_key();
    if (key == kEndOfInput || (key == control('D') && line_.empty())) {
      put("\r\n");
      return false;
    }
    if (key == kInterrupted || key == control('C')) {
      put("^C\r\n");
      *interrupted_out = true;
      return true;
    }
    if (key == '\r' || key == '\n') break;
    // A character at the end of a line that fits needs no redrawing (and a fast sender is not slowed down).
    const bool at_end = key >= ' ' && key < 127 && cursor_ == line_.size();
    if (at_end && prompt_.size() + line_.size() + 2 < width_) {
      line_.push_back(static_cast<char>(key));
      cursor_++;
      const char c = static_cast<char>(key);
      put({&c, 1});
    } else if (edit(key)) {
      draw();
    }
  }
  put("\r\n");
  if (!line_.empty() && (lines.empty() || lines.back() != line_)) {
    if (lines.size() == kHistoryLines) lines.erase(lines.begin());
    lines.push_back(line_);
  }
  *line = line_ + "\n";
  return true;
}

bool read_plain(std::string* line, bool* interrupted_out) {
  line->clear();
  for (;;) {
    const int c = read_byte();
    if (c == kInterrupted) {
      if (!shell.interactive) continue;
      *interrupted_out = true;
      return true;
    }
    if (c == kEndOfInput) return !line->empty();
    line->push_back(static_cast<char>(c));
    if (c == '\n') return true;
  }
}

}  // namespace

bool read_command_line(const std::string& prompt, std::string* line, bool* interrupted_out) {
  *interrupted_out = false;
  if (shell.interactive && isatty(STDIN_FILENO)) {
    const RawMode raw;
    if (raw.ok()) return Editor(prompt).run(line, interrupted_out);
  }
  if (shell.interactive) put(prompt);
  return read_plain(line, interrupted_out);
}

}  // namespace sh
