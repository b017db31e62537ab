#include "lib/format.h"

#include <string.h>

namespace skep {
namespace {

struct Spec {
  bool hex = false;
  bool prefix = false;
  bool zero_pad = false;
  bool left = false;
  uint32_t width = 0;
};

constexpr uint32_t kMaxWidth = 128;  // wider than any line; keeps a wrong width from printing pages of blanks

// Parses what stands between '{' and '}'; false when it is not of this language.
bool parse_spec(std::string_view text, Spec& spec) {
  size_t i = 0;
  if (i < text.size() && text[i] == '#') spec.prefix = true, i++;
  if (i < text.size() && text[i] == '-') spec.left = true, i++;
  if (i < text.size() && text[i] == '0') spec.zero_pad = true, i++;
  while (i < text.size() && text[i] >= '0' && text[i] <= '9') {
    spec.width = spec.width * 10 + static_cast<uint32_t>(text[i++] - '0');
    if (spec.width > kMaxWidth) return false;
  }
  if (i < text.size() && text[i] == 'x') spec.hex = true, i++;
  return i == text.size();
}

void pad(TextSink& out, char c, size_t n) {
  while (n-- > 0) out.write({&c, 1});
}

void put_text(TextSink& out, const Spec& spec, std::string_view text) {
  const size_t fill = spec.width > text.size() ? spec.width - text.size() : 0;
  if (!spec.left) pad(out, ' ', fill);
  out.write(text);
  if (spec.left) pad(out, ' ', fill);
}

void put_number(TextSink& out, const Spec& spec, uint64_t magnitude, bool negative) {
  char digits[20];
  size_t at = sizeof(digits);
  const uint64_t base = spec.hex ? 16 : 10;
  do {
    digits[--at] = "0123456789abcdef"[magnitude % base];
    magnitude /= base;
  } while (magnitude != 0);
  char text[24];
  size_t n = 0;
  if (negative) text[n++] = '-';
  if (spec.prefix && spec.hex) text[n++] = '0', text[n++] = 'x';
  const size_t length = n + sizeof(digits) - at;
  if (spec.zero_pad && spec.width > length) {
    out.write({text, n});
    pad(out, '0', spec.width - length);
    out.write({digits + at, sizeof(digits) - at});
    return;
  }
  memcpy(text + n, digits + at, sizeof(digits) - at);
  put_text(out, spec, {text, length});
}

void put_arg(TextSink& out, Spec spec, const FormatArg& arg) {
  switch (arg.kind) {
    case FormatArg::Kind::kSigned:
      if (spec.hex) return put_number(out, spec, static_cast<uint64_t>(arg.s), false);
      return put_number(out, spec, arg.s < 0 ? 0 - static_cast<uint64_t>(arg.s) : static_cast<uint64_t>(arg.s),
                        arg.s < 0);
    case FormatArg::Kind::kUnsigned:
      return put_number(out, spec, arg.u, false);
    case FormatArg::Kind::kBool:
      return put_text(out, spec, arg.u ? "true" : "false");
    case FormatArg::Kind::kChar: {
      const char c = static_cast<char>(arg.u);
      return put_text(out, spec, {&c, 1});
    }
    case FormatArg::Kind::kString:
      return put_text(out, spec, {arg.text.data, arg.text.size});
    case FormatArg::Kind::kPointer:
      spec.hex = spec.prefix = true;
      return put_number(out, spec, arg.u, false);
  }
}

}  // namespace

void BufferSink::write(std::string_view text) {
  for (const char c : text) {
    if (length_ + 1 < buffer_.size()) {
      buffer_[length_] = c;
      buffer_[length_ + 1] = '\0';
    }
    length_++;
  }
}

void format_args(TextSink& out, std::string_view fmt, std::span<const FormatArg> args) {
  size_t next_arg = 0;
  size_t i = 0;
  while (i < fmt.size()) {
    const size_t special = fmt.find_first_of("{}", i);
    if (special == std::string_view::npos) {
      out.write(fmt.substr(i));
      return;
    }
    out.write(fmt.substr(i, special - i));
    if (special + 1 < fmt.size() && fmt[special + 1] == fmt[special]) {  // "{{" or "}}"
      out.write(fmt.substr(special, 1));
      i = special + 2;
      continue;
    }
    const size_t close = fmt.find('}', special);
    Spec spec;
    if (fmt[special] == '}' || close == std::string_view::npos || next_arg >= args.size() ||
        !parse_spec(fmt.substr(special + 1, close - special - 1), spec)) {
      out.write("{?}");
      i = close == std::string_view::npos ? fmt.size() : close + 1;
      continue;
    }
    put_arg(out, spec, args[next_arg++]);
    i = close + 1;
  }
}

}  // namespace skep
