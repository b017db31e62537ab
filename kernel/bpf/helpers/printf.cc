#include "bpf/helpers/printf.h"

#include <string.h>

#include <algorithm>

#include "bpf/platform.h"

namespace skep::bpf {
namespace {

constexpr bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_alnum(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_printable(char c) { return c >= ' ' && c <= '~'; }
constexpr bool is_punctuation(char c) { return is_printable(c) && c != ' ' && !is_alnum(c); }

enum class Kind : uint8_t {
  kSigned,
  kUnsigned,
  kHex,
  kHexUpper,
  kChar,
  kString,
  kUserString,
  kHashed,
  kPointer,
  kSymbol,
  kIp4,
  kIp6
};

// One conversion: what stands between '%' and its last letter.
struct Conversion {
  Kind kind = Kind::kSigned;
  bool left = false;
  bool zero = false;
  bool plus = false;
  bool blank = false;
  bool bare = false;         // %i4, %i6: without separators
  bool with_offset = false;  // symbols
  uint32_t bytes = 4;        // of the integer
  uint32_t width = 0;
};

// Linux prints at most this wide a field here; a program cannot make the kernel spin over padding.
constexpr uint32_t kMaxFieldWidth = 1024;

// The character at `i`, NUL behind the end: two characters of look-ahead are always there.
char at(std::string_view s, size_t i) { return i < s.size() ? s[i] : '\0'; }

bool ends_word(char c) { return c == '\0' || is_space(c) || is_punctuation(c); }

// Parses the conversion whose '%' is at format[i]; moves i behind it. EINVAL.
Result<Conversion> parse_conversion(std::string_view format, size_t& i) {
  Conversion c;
  i++;
  for (;; i++) {
    const char flag = at(format, i);
    if (flag == '0')
      c.zero = true;
    else if (flag == '+')
      c.plus = true;
    else if (flag == '-')
      c.left = true;
    else if (flag == ' ')
      c.blank = true;
    else
      break;
  }
  while (is_digit(at(format, i)))
    c.width = std::min(c.width * 10 + static_cast<uint32_t>(format[i++] - '0'), kMaxFieldWidth);
  const char letter = at(format, i);
  const char next = at(format, i + 1);
  if (letter == 'p') {
    if ((next == 'k' || next == 'u') && at(format, i + 2) == 's') {
      if (!ends_word(at(format, i + 3))) return fail(Errno::kEINVAL);
      c.kind = next == 'u' ? Kind::kUserString : Kind::kString;
      i += 3;
    } else if (next == 'i' || next == 'I') {
      const char version = at(format, i + 2);
      if (version != '4' && version != '6') return fail(Errno::kEINVAL);
      c.kind = version == '4' ? Kind::kIp4 : Kind::kIp6;
      c.bare = next == 'i';
      i += 3;
    } else if (next == 'x') {
      c.kind = Kind::kPointer;
      i += 2;
    } else if (next == 's' || next == 'S' || next == 'B') {
      c.kind = Kind::kSymbol;
      c.with_offset = next != 's';
      i += 2;
    } else if (next == 'K' || ends_word(next)) {
      c.kind = Kind::kHashed;
      i += next == 'K' ? 2 : 1;
    } else {
      return fail(Errno::kEINVAL);
    }
    return c;
  }
  if (letter == 's') {
    if (!ends_word(next)) return fail(Errno::kEINVAL);
    c.kind = Kind::kString;
    i++;
    return c;
  }
  if (letter == 'c') {
    c.kind = Kind::kChar;
    i++;
    return c;
  }
  for (int l = 0; l < 2 && at(format, i) == 'l'; l++, i++) c.bytes = 8;
  switch (at(format, i)) {
    case 'd':
    case 'i':
      c.kind = Kind::kSigned;
      break;
    case 'u':
      c.kind = Kind::kUnsigned;
      break;
    case 'x':
      c.kind = Kind::kHex;
      break;
    case 'X':
      c.kind = Kind::kHexUpper;
      break;
    default:
      return fail(Errno::kEINVAL);
  }
  i++;
  return c;
}

// A buffer that counts what it has no room for.
class Output {
 public:
  explicit Output(std::span<char> buffer) : buffer_(buffer) {}

  void put(char c) {
    if (length_ + 1 < buffer_.size()) buffer_[length_] = c;
    length_++;
  }
  void put(std::string_view text) {
    for (const char c : text) put(c);
  }
  void pad(char c, size_t n) {
    while (n-- > 0) put(c);
  }
  void put_field(const Conversion& c, std::string_view text) {
    const size_t fill = c.width > text.size() ? c.width - text.size() : 0;
    if (!c.left) pad(' ', fill);
    put(text);
    if (c.left) pad(' ', fill);
  }
  // A string from elsewhere, read straight into its place and shifted when it is padded on the left.
  void put_foreign_string(const Conversion& c, uint64_t address) {
    char none[1];
    const size_t used = std::min(length_, buffer_.size());
    const std::span<char> room = buffer_.size() > used ? buffer_.subspan(used) : std::span<char>(none);
    const auto read = c.kind == Kind::kUserString ? platform::read_user_string_nofault(room, address)
                                                  : platform::read_kernel_string_nofault(room, address);
    const size_t length = read && *read > 0 ? *read - 1 : 0;
    const size_t fill = c.width > length ? c.width - length : 0;
    if (!c.left && fill > 0) {
      const size_t kept = fill < room.size() ? std::min(length, room.size() - fill) : 0;
      if (kept > 0) memmove(room.data() + fill, room.data(), kept);
      pad(' ', fill);
      length_ += length;
      return;
    }
    length_ += length;
    pad(' ', fill);
  }
  size_t finish() {
    if (!buffer_.empty()) buffer_[std::min(length_, buffer_.size() - 1)] = '\0';
    return length_;
  }

 private:
  std::span<char> buffer_;
  size_t length_ = 0;
};

void put_number(Output& out, const Conversion& c, uint64_t value) {
  const bool is_signed = c.kind == Kind::kSigned;
  if (c.bytes == 4)
    value = is_signed ? static_cast<uint64_t>(static_cast<int32_t>(value)) : static_cast<uint32_t>(value);
  const bool negative = is_signed && static_cast<int64_t>(value) < 0;
  uint64_t magnitude = negative ? 0 - value : value;
  const uint64_t base = c.kind == Kind::kHex || c.kind == Kind::kHexUpper ? 16 : 10;
  const char* digits = c.kind == Kind::kHexUpper ? "0123456789ABCDEF" : "0123456789abcdef";
  char text[24];
  size_t start = sizeof(text);
  do {
    text[--start] = digits[magnitude % base];
    magnitude /= base;
  } while (magnitude != 0);
  const char sign = negative ? '-' : !is_signed ? '\0' : c.plus ? '+' : c.blank ? ' ' : '\0';
  if (c.zero && !c.left) {
    const size_t length = sizeof(text) - start + (sign ? 1 : 0);
    if (sign) out.put(sign);
    if (c.width > length) out.pad('0', c.width - length);
    out.put({text + start, sizeof(text) - start});
    return;
  }
  if (sign) text[--start] = sign;
  out.put_field(c, {text + start, sizeof(text) - start});
}

size_t hex_digits(char* to, uint64_t value, size_t digits) {
  for (size_t i = 0; i < digits; i++) to[i] = "0123456789abcdef"[value >> (4 * (digits - 1 - i)) & 15];
  return digits;
}

// What %p shows in place of an address: the same number for the same address, until the next boot.
uint64_t hashed(uint64_t address) {
  static const uint64_t secret = static_cast<uint64_t>(platform::random_u32()) << 32 | platform::random_u32();
  uint64_t h = address ^ secret;
  for (int round = 0; round < 3; round++) h = (h ^ h >> 29) * 0x9e3779b97f4a7c15;
  return h >> 32;
}

void put_symbol(Output& out, const Conversion& c, uint64_t address) {
  platform::SymbolAt symbol;
  char text[20] = "0x";
  if (!platform::find_symbol_at(address, symbol))
    return out.put_field(c, {text, 2 + hex_digits(text + 2, address, 16)});
  out.put(symbol.name);
  if (!c.with_offset) return;
  out.put("+0x");
  size_t digits = 1;
  while (digits < 16 && symbol.offset >> (4 * digits) != 0) digits++;
  out.put({text, hex_digits(text, symbol.offset, digits)});
}

void put_ip(Output& out, const Conversion& c, uint64_t address) {
  uint8_t bytes[16] = {};
  const size_t count = c.kind == Kind::kIp4 ? 4 : 16;
  if (!platform::read_kernel_nofault(bytes, address, count)) memset(bytes, 0, count);
  char text[48];
  size_t n = 0;
  for (size_t i = 0; i < count; i++) {
    if (count == 4) {  // decimal: 192.168.1.2, or 192.168.001.002 for %pi4
      if (i > 0) text[n++] = '.';
      if (c.bare || bytes[i] >= 100) text[n++] = static_cast<char>('0' + bytes[i] / 100);
      if (c.bare || bytes[i] >= 10) text[n++] = static_cast<char>('0' + bytes[i] / 10 % 10);
      text[n++] = static_cast<char>('0' + bytes[i] % 10);
    } else {
      if (!c.bare && i > 0 && i % 2 == 0) text[n++] = ':';
      n += hex_digits(text + n, bytes[i], 2);
    }
  }
  out.put_field(c, {text, n});
}

void put_conversion(Output& out, const Conversion& c, uint64_t value) {
  char text[20];
  switch (c.kind) {
    case Kind::kSigned:
    case Kind::kUnsigned:
    case Kind::kHex:
    case Kind::kHexUpper:
      return put_number(out, c, value);
    case Kind::kChar: {
      const char one = static_cast<char>(value);
      return out.put_field(c, {&one, 1});
    }
    case Kind::kString:
    case Kind::kUserString:
      return out.put_foreign_string(c, value);
    case Kind::kHashed:
      return out.put_field(c, {text, hex_digits(text, value == 0 ? 0 : hashed(value), 16)});
    case Kind::kPointer:
      return out.put_field(c, {text, hex_digits(text, value, 16)});
    case Kind::kSymbol:
      return put_symbol(out, c, value);
    case Kind::kIp4:
    case Kind::kIp6:
      return put_ip(out, c, value);
  }
}

// Walks the format; calls text(piece) and conversion(c, index) as they come. EINVAL.
template <typename OnText, typename OnConversion>
Result<void> walk(std::string_view format, size_t max_args, OnText text, OnConversion conversion) {
  size_t used = 0;
  size_t i = 0;
  size_t plain = 0;
  while (i < format.size()) {
    const char c = format[i];
    if (!is_printable(c) && !is_space(c)) return fail(Errno::kEINVAL);
    if (c != '%') {
      i++;
      continue;
    }
    text(format.substr(plain, i - plain));
    if (at(format, i + 1) == '%') {
      plain = i + 1;
      i += 2;
      continue;
    }
    if (used >= max_args) return fail(Errno::kEINVAL);
    conversion(TRY(parse_conversion(format, i)), used++);
    plain = i;
  }
  text(format.substr(plain));
  return {};
}

}  // namespace

Result<void> check_format(std::string_view format, size_t max_args) {
  return walk(format.substr(0, format.find('\0')), max_args, [](std::string_view) {}, [](const Conversion&, size_t) {});
}

Result<size_t> format_for_program(std::span<char> out, std::string_view format, std::span<const uint64_t> args) {
  format = format.substr(0, format.find('\0'));
  TRY(check_format(format, args.size()));  // nothing of a bad format is printed
  Output output(out);
  TRY(walk(
      format, args.size(), [&](std::string_view piece) { output.put(piece); },
      [&](const Conversion& c, size_t i) { put_conversion(output, c, args[i]); }));
  return output.finish();
}

}  // namespace skep::bpf
