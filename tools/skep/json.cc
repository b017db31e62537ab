#include "tools/skep/json.h"

#include <stdio.h>
#include <string.h>

namespace skep::tool {
namespace {

constexpr int kMaxDepth = 64;  // values are read recursively

bool is_digit(char c) { return c >= '0' && c <= '9'; }

void append_utf8(std::string& out, uint32_t code) {
  const auto put = [&](uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xc0 | code >> 6);
  } else if (code < 0x10000) {
    put(0xe0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3f));
  } else {
    put(0xf0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3f));
    put(0x80 | (code >> 6 & 0x3f));
  }
  put(0x80 | (code & 0x3f));
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::expected<JsonValue, std::string> run() {
    JsonValue value;
    if (!read(value, 0)) return std::unexpected(complaint());
    skip_blanks();
    if (at_ != text_.size()) return std::unexpected(complaint("nothing more"));
    return value;
  }

 private:
  std::string complaint(const char* expected = nullptr) const {
    return "column " + std::to_string(at_ + 1) + ": expected " + (expected ? expected : expected_);
  }
  bool want(const char* what) {
    expected_ = what;
    return false;
  }

  void skip_blanks() {
    while (at_ < text_.size() && strchr(" \t\r\n", text_[at_]) != nullptr && text_[at_] != '\0') at_++;
  }
  bool take(char c) {
    skip_blanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    at_++;
    return true;
  }
  bool take_word(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  bool read(JsonValue& out, int depth) {
    if (depth > kMaxDepth) return want("fewer nested values");
    skip_blanks();
    if (at_ >= text_.size()) return want("a value");
    switch (text_[at_]) {
      case '{':
        return read_members(out, depth);
      case '[':
        return read_items(out, depth);
      case '"':
        out.kind = JsonValue::Kind::kString;
        return read_string(out.text);
      default:
        return read_word(out);
    }
  }

  bool read_word(JsonValue& out) {
    if (take_word("null")) return true;
    for (const std::string_view word : {std::string_view("true"), std::string_view("false")}) {
      if (!take_word(word)) continue;
      out.kind = JsonValue::Kind::kBool;
      out.text = word;
      return true;
    }
    const size_t start = at_;
    const auto digits = [&] {
      const size_t first = at_;
      while (at_ < text_.size() && is_digit(text_[at_])) at_++;
      return at_ != first;
    };
    (void)take_word("-");
    if (!take_word("0") && !digits()) return at_ = start, want("a value");
    if (take_word(".") && !digits()) return want("a digit");
    if (take_word("e") || take_word("E")) {
      if (!take_word("+")) (void)take_word("-");
      if (!digits()) return want("a digit");
    }
    out.kind = JsonValue::Kind::kNumber;
    out.text = text_.substr(start, at_ - start);
    return true;
  }

  bool read_items(JsonValue& out, int depth) {
    out.kind = JsonValue::Kind::kArray;
    (void)take('[');
    if (take(']')) return true;
    do {
      out.items.emplace_back();
      if (!read(out.items.back(), depth + 1)) return false;
    } while (take(','));
    return take(']') || want("',' or ']'");
  }

  bool read_members(JsonValue& out, int depth) {
    out.kind = JsonValue::Kind::kObject;
    (void)take('{');
    if (take('}')) return true;
    do {
      skip_blanks();
      out.names.emplace_back();
      if (!read_string(out.names.back())) return false;
      if (!take(':')) return want("':'");
      out.items.emplace_back();
      if (!read(out.items.back(), depth + 1)) return false;
    } while (take(','));
    return take('}') || want("',' or '}'");
  }

  bool read_string(std::string& out) {
    if (at_ >= text_.size() || text_[at_] != '"') return want("a string");
    for (at_++; at_ < text_.size() && text_[at_] != '"';) {
      if (static_cast<unsigned char>(text_[at_]) < 0x20) return want("no control character in a string");
      if (text_[at_] != '\\') {
        out += text_[at_++];
      } else if (!read_escape(out)) {
        return false;
      }
    }
    if (at_ >= text_.size()) return want("'\"'");
    at_++;
    return true;
  }

  bool read_escape(std::string& out) {
    constexpr std::string_view kFrom = "\"\\/nrtbf", kTo = "\"\\/\n\r\t\b\f";
    const char c = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    if (c == 'u') {
      uint32_t code = 0, low = 0;
      if (!read_code(code)) return false;
      if (code >= 0xd800 && code < 0xdc00 && text_.substr(at_).starts_with("\\u")) {
        if (!read_code(low)) return false;
        if (low < 0xdc00 || low > 0xdfff) return want("the second half of a surrogate pair");
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      }
      append_utf8(out, code);
      return true;
    }
    const size_t which = kFrom.find(c);
    if (c == '\0' || which == std::string_view::npos) return want("an escape sequence");
    out += kTo[which];
    at_ += 2;
    return true;
  }

  // \uXXXX
  bool read_code(uint32_t& code) {
    const std::string_view digits = text_.substr(std::min(at_ + 2, text_.size()), 4);
    if (digits.size() != 4) return want("four hex digits");
    for (const char c : digits) {
      const char lower = static_cast<char>(c | 0x20);
      const bool letter = lower >= 'a' && lower <= 'f';
      if (!is_digit(c) && !letter) return want("four hex digits");
      code = code << 4 | static_cast<uint32_t>(letter ? lower - 'a' + 10 : c - '0');
    }
    at_ += 6;
    return true;
  }

  std::string_view text_;
  size_t at_ = 0;
  const char* expected_ = "a value";
};

// Length of the UTF-8 character that `text` begins with; 0 when it is none.
size_t utf8_length(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  const size_t length = first < 0x80   ? 1
                        : first < 0xc2 ? 0
                        : first < 0xe0 ? 2
                        : first < 0xf0 ? 3
                        : first < 0xf5 ? 4
                                       : 0;
  if (length == 0 || length > text.size()) return 0;
  for (size_t i = 1; i < length; i++) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  // Overlong forms, surrogates, and what lies beyond Unicode.
  if (first == 0xe0 && byte(1) < 0xa0) return 0;
  if (first == 0xed && byte(1) >= 0xa0) return 0;
  if (first == 0xf0 && byte(1) < 0x90) return 0;
  if (first == 0xf4 && byte(1) >= 0x90) return 0;
  return length;
}

}  // namespace

const JsonValue* JsonValue::find(std::string_view name) const {
  for (size_t i = names.size(); i-- > 0;) {
    if (names[i] == name) return &items[i];
  }
  return nullptr;
}

std::expected<JsonValue, std::string> parse_json(std::string_view text) { return Parser(text).run(); }

std::string json_string(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const size_t length = utf8_length(text);
    const char c = text[0];
    if (length == 0) {
      out += "\\ufffd";
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      snprintf(escape, sizeof(escape), "\\u%04x", c);
      out += escape;
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out + '"';
}

}  // namespace skep::tool
