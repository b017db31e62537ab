// Floating point from text, correctly rounded: the decimal number is scaled by powers of two until its integer part is
// the mantissa.
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <strings.h>

#include <bit>

#include "../internal/decimal.h"

namespace {

struct Format {
  int mantissa_bits;  // with the hidden one
  int min_exponent;   // of the smallest normal number, as 1.xxx * 2^e
  int max_exponent;
};
constexpr Format kDouble = {53, -1022, 1023};
constexpr Format kFloat = {24, -126, 127};

// mantissa * 2^exponent, both exact in a double.
double compose(uint64_t mantissa, int exponent) { return ldexp(static_cast<double>(mantissa), exponent); }

double overflow() {
  errno = ERANGE;
  return HUGE_VAL;
}

// The nearest number of the format, half to even.
double round_decimal(libc::Decimal& d, const Format& format) {
  if (d.count() == 0) return 0;
  if (d.point() > 310) return overflow();
  if (d.point() < -330) {
    errno = ERANGE;
    return 0;
  }
  // Scale to [1/2, 1): a shift by 1 to 3 bits per decimal place never passes the target.
  int exponent = 0;
  while (d.point() > 0) {
    const int bits = d.point() > 1 ? d.point() * 3 : 1;
    d.multiply_by_power_of_two(-bits);
    exponent += bits;
  }
  while (d.point() < 0 || d.digit(0) < 5) {
    const int bits = d.point() < 0 ? -d.point() * 3 : 1;
    d.multiply_by_power_of_two(bits);
    exponent -= bits;
  }
  // The value is now 0.5..1 times 2^exponent, that is 1..2 times 2^(exponent - 1).
  exponent--;
  int bits = format.mantissa_bits;
  if (exponent < format.min_exponent) bits -= format.min_exponent - exponent;  // subnormal: fewer bits
  if (bits < 0) {
    errno = ERANGE;
    return 0;
  }
  d.multiply_by_power_of_two(bits);
  const uint64_t mantissa = d.rounded_integer();
  const int scale = exponent - bits + 1;
  if (exponent < format.min_exponent) errno = ERANGE;
  if ((mantissa >> format.mantissa_bits) != 0 && exponent == format.max_exponent) return overflow();
  if (exponent > format.max_exponent) return overflow();
  return compose(mantissa, scale);
}

// The digits behind "0x". p stands on the first of them.
double parse_hexadecimal(const char*& p, const Format& format) {
  uint64_t mantissa = 0;
  bool sticky = false;
  int exponent = 0;
  bool dot = false;
  for (;; p++) {
    if (*p == '.' && !dot) {
      dot = true;
      continue;
    }
    if (!isxdigit(static_cast<unsigned char>(*p))) break;
    const int digit = isdigit(static_cast<unsigned char>(*p)) ? *p - '0' : (*p | 0x20) - 'a' + 10;
    if ((mantissa >> 58) == 0) {
      mantissa = mantissa * 16 + static_cast<uint64_t>(digit);
      if (dot) exponent -= 4;
    } else {
      sticky |= digit != 0;
      if (!dot) exponent += 4;
    }
  }
  if ((*p | 0x20) == 'p') {
    char* end;
    const long e = strtol(p + 1, &end, 10);
    if (end != p + 1 && !isspace(static_cast<unsigned char>(p[1]))) {
      p = end;
      exponent += static_cast<int>(e > 100000 ? 100000 : e < -100000 ? -100000 : e);
    }
  }
  if (mantissa == 0) return 0;
  // Round to the format's bits here, once; what follows is exact.
  int top = exponent + std::bit_width(mantissa) - 1;
  int bits = format.mantissa_bits;
  if (top < format.min_exponent) bits -= format.min_exponent - top;
  const int drop = std::bit_width(mantissa) - bits;
  if (drop > 0) {
    if (drop > 63) {
      errno = ERANGE;
      return 0;
    }
    const uint64_t rest = mantissa & ((uint64_t{1} << drop) - 1);
    const uint64_t half = uint64_t{1} << (drop - 1);
    mantissa >>= drop;
    exponent += drop;
    if (rest > half || (rest == half && (sticky || (mantissa & 1) != 0))) mantissa++;
    if (top < format.min_exponent && (rest != 0 || sticky)) errno = ERANGE;
  }
  if (mantissa == 0) return 0;
  top = exponent + std::bit_width(mantissa) - 1;
  if (top > format.max_exponent) return overflow();
  return compose(mantissa, exponent);
}

double parse_decimal(const char*& p, const Format& format) {
  libc::Decimal d;
  int point = 0;
  bool dot = false;
  bool started = false;  // a non-zero digit was seen
  for (;; p++) {
    if (*p == '.' && !dot) {
      dot = true;
      continue;
    }
    if (!isdigit(static_cast<unsigned char>(*p))) break;
    started |= *p != '0';
    if (started) {
      d.append_digit(*p - '0');
      if (!dot) point++;
    } else if (dot) {
      point--;
    }
  }
  if ((*p | 0x20) == 'e') {
    const char* digits = p + 1 + (p[1] == '-' || p[1] == '+' ? 1 : 0);
    if (isdigit(static_cast<unsigned char>(*digits))) {
      char* end;
      const long e = strtol(p + 1, &end, 10);
      p = end;
      point += static_cast<int>(e > 100000 ? 100000 : e < -100000 ? -100000 : e);
    }
  }
  d.set_point(point);
  d.trim();
  return round_decimal(d, format);
}

double parse(const char* s, char** end, const Format& format) {
  const char* p = s;
  while (isspace(static_cast<unsigned char>(*p))) p++;
  const bool negative = *p == '-';
  if (*p == '-' || *p == '+') p++;
  double value;
  if (strncasecmp(p, "inf", 3) == 0) {
    p += strncasecmp(p, "infinity", 8) == 0 ? 8 : 3;
    value = HUGE_VAL;
  } else if (strncasecmp(p, "nan", 3) == 0) {
    p += 3;
    value = NAN;
  } else if (p[0] == '0' && (p[1] | 0x20) == 'x' &&
             (isxdigit(static_cast<unsigned char>(p[2])) ||
              (p[2] == '.' && isxdigit(static_cast<unsigned char>(p[3]))))) {
    p += 2;
    value = parse_hexadecimal(p, format);
  } else if (isdigit(static_cast<unsigned char>(p[0])) || (p[0] == '.' && isdigit(static_cast<unsigned char>(p[1])))) {
    value = parse_decimal(p, format);
  } else {
    if (end != nullptr) *end = const_cast<char*>(s);
    return 0;
  }
  if (end != nullptr) *end = const_cast<char*>(p);
  return negative ? -value : value;
}

}  // namespace

extern "C" {
double strtod(const char* __restrict s, char** __restrict end) { return parse(s, end, kDouble); }
float strtof(const char* __restrict s, char** __restrict end) { return static_cast<float>(parse(s, end, kFloat)); }
double atof(const char* s) { return strtod(s, nullptr); }

// Widened by its bits: there is no support library for quad arithmetic.
long double strtold(const char* __restrict s, char** __restrict end) {
  const auto bits = std::bit_cast<uint64_t>(strtod(s, end));
  const uint64_t sign = bits & (uint64_t{1} << 63);
  uint64_t fraction = bits & ((uint64_t{1} << 52) - 1);
  uint64_t exponent = (bits >> 52) & 0x7ff;
  if (exponent == 0x7ff) {
    exponent = 0x7fff;
  } else if (exponent != 0) {
    exponent += 16383 - 1023;
  } else if (fraction != 0) {  // subnormal doubles are normal here
    const int shift = std::countl_zero(fraction) - 11;
    fraction = (fraction << shift) & ((uint64_t{1} << 52) - 1);
    exponent = static_cast<uint64_t>(16383 - 1022 - shift);
  }
  struct Halves {
    uint64_t low, high;
  };
  return std::bit_cast<long double>(Halves{fraction << 60, sign | (exponent << 48) | (fraction >> 4)});
}
}
