#include "tools/skep/json.h"

#include <stdio.h>
#include <stdlib.h>

namespace skep::tool {
namespace {

constexpr int kMaxDepth = 64;  // nested values are skipped recursively

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::optional<std::map<std::string, std::string>> object() {
    std::map<std::string, std::string> members;
    if (!take('{')) return std::nullopt;
    if (take('}')) return at_end() ? std::optional(members) : std::nullopt;
    do {
      std::string name, value;
      bool present = false;
      if (!string(name) || !take(':') || !value_of(value, present, 0)) return std::nullopt;
      if (present) members[name] = value;
    } while (take(','));
    if (!take('}') || !at_end()) return std::nullopt;
    return members;
  }

 private:
  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r' || text_[at_] == '\n'))
      at_++;
  }
  bool take(char c) {
    skip_blanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    at_++;
    return true;
  }
  bool at_end() {
    skip_blanks();
    return at_ == text_.size();
  }

  bool string(std::string& out) {
    if (!take('"')) return false;
    while (at_ < text_.size() && text_[at_] != '"') {
      if (text_[at_] != '\\') {
        out += text_[at_++];
        continue;
      }
      if (at_ + 1 >= text_.size()) return false;
      const char c = text_[at_ + 1];
      at_ += 2;
      switch (c) {
        case 'n':
          out += '\n';
          break;
        case 't':
          out += '\t';
          break;
        case 'r':
          out += '\r';
          break;
        case 'b':
          out += '\b';
          break;
        case 'f':
          out += '\f';
          break;
        case 'u': {
          if (at_ + 4 > text_.size()) return false;
          const unsigned long code = strtoul(std::string(text_.substr(at_, 4)).c_str(), nullptr, 16);
          at_ += 4;
          if (code < 0x80) {
            out += static_cast<char>(code);
          } else if (code < 0x800) {
            out += static_cast<char>(0xc0 | code >> 6);
            out += static_cast<char>(0x80 | (code & 0x3f));
          } else {
            out += static_cast<char>(0xe0 | code >> 12);
            out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
            out += static_cast<char>(0x80 | (code & 0x3f));
          }
          break;
        }
        default:
          out += c;
      }
    }
    if (at_ >= text_.size()) return false;
    at_++;
    return true;
  }

  // Skips the comma-separated members of an array or object up to `close`.
  bool nested(char close, int depth) {
    if (depth > kMaxDepth) return false;
    if (take(close)) return true;
    do {
      std::string ignored;
      bool present = false;
      if (close == '}' && (!string(ignored) || !take(':'))) return false;
      if (!value_of(ignored, present, depth + 1)) return false;
    } while (take(','));
    return take(close);
  }

  bool value_of(std::string& out, bool& present, int depth) {
    skip_blanks();
    if (at_ >= text_.size()) return false;
    if (text_[at_] == '"') return present = true, string(out);
    if (take('[')) return nested(']', depth);
    if (take('{')) return nested('}', depth);
    const size_t end = text_.find_first_of(",]} \t\r\n", at_);
    const std::string_view word = text_.substr(at_, end == std::string_view::npos ? end : end - at_);
    if (word.empty()) return false;
    at_ += word.size();
    present = word != "null";
    out = word;
    return true;
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

std::optional<std::map<std::string, std::string>> parse_json_object(std::string_view line) {
  return Parser(line).object();
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      snprintf(escape, sizeof(escape), "\\u%04x", c);
      out += escape;
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace skep::tool
