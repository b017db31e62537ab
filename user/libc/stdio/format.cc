#include "../internal/format.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#include <bit>

namespace libc {
namespace {

enum class Length : unsigned char { kInt, kChar, kShort, kLong, kLongLong, kLongDouble };

// Counts what passes, for the return value and %n.
class CountingOut final : public TextOut {
 public:
  explicit CountingOut(TextOut& out) : out_(out) {}
  void write(const char* text, size_t n) override {
    out_.write(text, n);
    count_ += n;
  }
  size_t count() const { return count_; }

 private:
  TextOut& out_;
  size_t count_ = 0;
};

// Quad precision to double by its bits, cutting off what does not fit: there is no support library for quad
// arithmetic here, and no program needs more than double.
double narrow(long double value) {
  struct Halves {
    uint64_t low, high;
  };
  const auto h = std::bit_cast<Halves>(value);
  const uint64_t sign = h.high & (uint64_t{1} << 63);
  const int biased = static_cast<int>((h.high >> 48) & 0x7fff);
  const uint64_t fraction = ((h.high & 0xffffffffffffUL) << 4) | (h.low >> 60);
  const int exponent = biased - 16383 + 1023;
  if (biased == 0x7fff) {
    const bool nan = fraction != 0 || (h.low << 4) != 0;
    return std::bit_cast<double>(sign | (uint64_t{0x7ff} << 52) | (nan ? uint64_t{1} << 51 : 0));
  }
  if (exponent >= 0x7ff) return std::bit_cast<double>(sign | (uint64_t{0x7ff} << 52));
  if (exponent > 0) return std::bit_cast<double>(sign | (static_cast<uint64_t>(exponent) << 52) | fraction);
  if (exponent < -52 || biased == 0) return std::bit_cast<double>(sign);
  return std::bit_cast<double>(sign | (((uint64_t{1} << 52) | fraction) >> (1 - exponent)));
}

// va_list is an array type on some ABIs; inside a struct it passes by reference on all.
struct Arguments {
  va_list list;
};

int64_t signed_argument(Arguments& args, Length length) {
  switch (length) {
    case Length::kChar:
      return static_cast<signed char>(va_arg(args.list, int));
    case Length::kShort:
      return static_cast<short>(va_arg(args.list, int));
    case Length::kInt:
      return va_arg(args.list, int);
    case Length::kLong:
    case Length::kLongLong:
    case Length::kLongDouble:
      break;
  }
  return va_arg(args.list, long);
}

uint64_t unsigned_argument(Arguments& args, Length length) {
  switch (length) {
    case Length::kChar:
      return static_cast<unsigned char>(va_arg(args.list, unsigned));
    case Length::kShort:
      return static_cast<unsigned short>(va_arg(args.list, unsigned));
    case Length::kInt:
      return va_arg(args.list, unsigned);
    case Length::kLong:
    case Length::kLongLong:
    case Length::kLongDouble:
      break;
  }
  return va_arg(args.list, unsigned long);
}

void put_integer(TextOut& out, const FormatSpec& spec, uint64_t magnitude, const char* sign, unsigned base) {
  const char* alphabet = spec.conversion == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
  char digits[24];  // 22 octal digits and a leading zero
  size_t at = sizeof(digits);
  for (uint64_t v = magnitude; v > 0; v /= base) digits[--at] = alphabet[v % base];
  size_t count = sizeof(digits) - at;
  char prefix[3];
  size_t prefix_length = 0;
  if (*sign != '\0') prefix[prefix_length++] = *sign;
  if (spec.alternate && base == 16 && magnitude != 0) {
    prefix[prefix_length++] = '0';
    prefix[prefix_length++] = spec.conversion == 'X' ? 'X' : 'x';
  }
  // The precision is the least number of digits; the value 0 with precision 0 has none.
  size_t wanted = spec.precision < 0 ? 1 : static_cast<size_t>(spec.precision);
  if (spec.alternate && base == 8 && wanted <= count) wanted = count + 1;
  if (wanted <= count) {
    put_padded(out, spec, prefix, prefix_length, digits + at, count, spec.zero && spec.precision < 0);
    return;
  }
  const size_t zeros = wanted - count;
  const size_t length = prefix_length + wanted;
  const size_t fill = static_cast<size_t>(spec.width) > length ? static_cast<size_t>(spec.width) - length : 0;
  const bool zero_fill = spec.zero && !spec.left && spec.precision < 0;
  if (!spec.left && !zero_fill) out.repeat(' ', fill);
  out.write(prefix, prefix_length);
  out.repeat('0', zeros + (zero_fill ? fill : 0));
  out.write(digits + at, count);
  if (spec.left) out.repeat(' ', fill);
}

void put_string(TextOut& out, const FormatSpec& spec, const char* s) {
  if (s == nullptr) s = "(null)";
  const size_t n = spec.precision < 0 ? strlen(s) : strnlen(s, static_cast<size_t>(spec.precision));
  put_padded(out, spec, "", 0, s, n, false);
}

void store_count(Arguments& args, Length length, size_t count) {
  switch (length) {
    case Length::kChar:
      *va_arg(args.list, signed char*) = static_cast<signed char>(count);
      return;
    case Length::kShort:
      *va_arg(args.list, short*) = static_cast<short>(count);
      return;
    case Length::kInt:
      *va_arg(args.list, int*) = static_cast<int>(count);
      return;
    case Length::kLong:
    case Length::kLongLong:
    case Length::kLongDouble:
      *va_arg(args.list, long*) = static_cast<long>(count);
      return;
  }
}

// A decimal number in the format, INT_MAX at most.
int parse_number(const char*& p) {
  long n = 0;
  for (; isdigit(static_cast<unsigned char>(*p)); p++) {
    n = n * 10 + (*p - '0');
    if (n > INT_MAX) n = INT_MAX;
  }
  return static_cast<int>(n);
}

const char* parse_flags(const char* p, FormatSpec& spec) {
  for (;; p++) {
    switch (*p) {
      case '-':
        spec.left = true;
        continue;
      case '+':
        spec.plus = true;
        continue;
      case ' ':
        spec.space = true;
        continue;
      case '#':
        spec.alternate = true;
        continue;
      case '0':
        spec.zero = true;
        continue;
      case '\'':
        continue;  // digit grouping: the C locale has none
      default:
        return p;
    }
  }
}

const char* parse_length(const char* p, Length& length) {
  switch (*p) {
    case 'h':
      length = p[1] == 'h' ? Length::kChar : Length::kShort;
      return p + (p[1] == 'h' ? 2 : 1);
    case 'l':
      length = p[1] == 'l' ? Length::kLongLong : Length::kLong;
      return p + (p[1] == 'l' ? 2 : 1);
    case 'L':
      length = Length::kLongDouble;
      return p + 1;
    case 'z':
    case 'j':
    case 't':
    case 'q':
      length = Length::kLong;
      return p + 1;
    default:
      return p;
  }
}

const char* sign_of(const FormatSpec& spec, bool negative) {
  return negative ? "-" : spec.plus ? "+" : spec.space ? " " : "";
}

// Prints one conversion; false when it is unknown.
bool convert(CountingOut& out, FormatSpec& spec, Length length, Arguments& args, int saved_errno) {
  switch (spec.conversion) {
    case 'd':
    case 'i': {
      const int64_t v = signed_argument(args, length);
      put_integer(out, spec, v < 0 ? 0 - static_cast<uint64_t>(v) : static_cast<uint64_t>(v), sign_of(spec, v < 0), 10);
      return true;
    }
    case 'u':
      put_integer(out, spec, unsigned_argument(args, length), "", 10);
      return true;
    case 'o':
      put_integer(out, spec, unsigned_argument(args, length), "", 8);
      return true;
    case 'x':
    case 'X':
      put_integer(out, spec, unsigned_argument(args, length), "", 16);
      return true;
    case 'p': {
      const auto v = reinterpret_cast<uint64_t>(va_arg(args.list, void*));
      if (v == 0) {
        put_padded(out, spec, "", 0, "(nil)", 5, false);
      } else {
        spec.alternate = true;
        put_integer(out, spec, v, "", 16);
      }
      return true;
    }
    case 'c': {
      const char c = static_cast<char>(va_arg(args.list, int));
      put_padded(out, spec, "", 0, &c, 1, false);
      return true;
    }
    case 's':
      put_string(out, spec, va_arg(args.list, const char*));
      return true;
    case 'm':
      put_string(out, spec, strerror(saved_errno));
      return true;
    case 'n':
      store_count(args, length, out.count());
      return true;
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
    case 'a':
    case 'A':
      put_double(out, spec,
                 length == Length::kLongDouble ? narrow(va_arg(args.list, long double)) : va_arg(args.list, double));
      return true;
    case '%':
      out.write("%", 1);
      return true;
    default:
      return false;
  }
}

}  // namespace

void TextOut::repeat(char c, size_t n) {
  char block[32];
  memset(block, c, sizeof(block));
  for (; n > sizeof(block); n -= sizeof(block)) write(block, sizeof(block));
  write(block, n);
}

void put_padded(TextOut& out, const FormatSpec& spec, const char* prefix, size_t prefix_length, const char* digits,
                size_t digit_count, bool zero_pad) {
  const size_t length = prefix_length + digit_count;
  const size_t fill = static_cast<size_t>(spec.width) > length ? static_cast<size_t>(spec.width) - length : 0;
  if (!spec.left && !zero_pad) out.repeat(' ', fill);
  out.write(prefix, prefix_length);
  if (!spec.left && zero_pad) out.repeat('0', fill);
  out.write(digits, digit_count);
  if (spec.left) out.repeat(' ', fill);
}

int format(TextOut& plain, const char* fmt, va_list list) {
  const int saved_errno = errno;
  Arguments args;
  va_copy(args.list, list);
  CountingOut out(plain);
  int status = 0;
  while (*fmt != '\0' && status == 0) {
    const char* percent = strchrnul(fmt, '%');
    out.write(fmt, static_cast<size_t>(percent - fmt));
    if (*percent == '\0') break;
    FormatSpec spec;
    const char* p = parse_flags(percent + 1, spec);
    if (*p == '*') {
      spec.width = va_arg(args.list, int);
      if (spec.width < 0) {
        spec.left = true;
        spec.width = spec.width == INT_MIN ? INT_MAX : -spec.width;
      }
      p++;
    } else {
      spec.width = parse_number(p);
    }
    if (*p == '.') {
      p++;
      if (*p == '*') {
        spec.precision = va_arg(args.list, int);
        if (spec.precision < 0) spec.precision = -1;
        p++;
      } else {
        spec.precision = parse_number(p);
      }
    }
    Length length = Length::kInt;
    p = parse_length(p, length);
    spec.conversion = *p;
    if (!convert(out, spec, length, args, saved_errno)) {
      errno = EINVAL;
      status = -1;
    }
    fmt = p + 1;
  }
  va_end(args.list);
  if (status == 0 && out.count() > INT_MAX) {
    errno = EOVERFLOW;
    status = -1;
  }
  return status < 0 ? -1 : static_cast<int>(out.count());
}

}  // namespace libc
