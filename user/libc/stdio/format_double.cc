// Printing floating point: exact, rounded half to even, by way of the value's full decimal expansion.
#include <limits.h>
#include <stdint.h>
#include <string.h>

#include <bit>

#include "../internal/decimal.h"
#include "../internal/format.h"

namespace libc {
namespace {

// Places behind the point at most; leaves room for sums with a double's other digits within int. (What is cut off could
// not be printed anyway: the result would exceed INT_MAX.)
constexpr int kMaxFraction = INT_MAX - 4096;

// Text of a number, in pieces because %.300f of 1e300 is long: `padding` is settled before anything is written.
struct Shape {
  const char* sign;
  size_t length;  // of everything but the padding
};

class Padded {
 public:
  Padded(TextOut& out, const FormatSpec& spec, Shape shape) : out_(out), left_(spec.left) {
    fill_ = static_cast<size_t>(spec.width) > shape.length ? static_cast<size_t>(spec.width) - shape.length : 0;
    if (!spec.left && !spec.zero) out.repeat(' ', fill_);
    out.write(shape.sign, strlen(shape.sign));
    if (!spec.left && spec.zero) out.repeat('0', fill_);
  }
  ~Padded() {
    if (left_) out_.repeat(' ', fill_);
  }
  Padded(const Padded&) = delete;
  Padded& operator=(const Padded&) = delete;

 private:
  TextOut& out_;
  size_t fill_;
  bool left_;
};

void put_digits(TextOut& out, const Decimal& d, int from, int to) {
  char block[64];
  size_t n = 0;
  for (int i = from; i < to; i++) {
    if (i >= d.count() && n == 0) {  // only zeros from here on
      out.repeat('0', static_cast<size_t>(to - i));
      return;
    }
    block[n++] = static_cast<char>('0' + d.digit(i));
    if (n == sizeof(block)) {
      out.write(block, n);
      n = 0;
    }
  }
  out.write(block, n);
}

// d is rounded already: its digits behind the point are printed up to `fraction` places.
void put_fixed(TextOut& out, const FormatSpec& spec, const char* sign, const Decimal& d, int fraction) {
  const int whole = d.point() > 0 ? d.point() : 0;
  const bool dot = fraction > 0 || spec.alternate;
  const size_t length =
      strlen(sign) + static_cast<size_t>(whole > 0 ? whole : 1) + (dot ? 1 : 0) + static_cast<size_t>(fraction);
  const Padded padded(out, spec, {sign, length});
  if (whole > 0) {
    put_digits(out, d, 0, whole);
  } else {
    out.write("0", 1);
  }
  if (dot) out.write(".", 1);
  int zeros = d.count() > 0 && d.point() < 0 ? -d.point() : 0;
  if (zeros > fraction) zeros = fraction;
  out.repeat('0', static_cast<size_t>(zeros));
  put_digits(out, d, whole, whole + fraction - zeros);
}

void put_exponential(TextOut& out, const FormatSpec& spec, const char* sign, const Decimal& d, int fraction,
                     char letter) {
  int exponent = d.count() > 0 ? d.point() - 1 : 0;
  char tail[8];
  size_t n = 0;
  tail[n++] = letter;
  tail[n++] = exponent < 0 ? '-' : '+';
  if (exponent < 0) exponent = -exponent;
  if (exponent >= 100) tail[n++] = static_cast<char>('0' + exponent / 100);
  tail[n++] = static_cast<char>('0' + exponent / 10 % 10);
  tail[n++] = static_cast<char>('0' + exponent % 10);
  const bool dot = fraction > 0 || spec.alternate;
  const Padded padded(out, spec, {sign, strlen(sign) + 1 + (dot ? 1 : 0) + static_cast<size_t>(fraction) + n});
  put_digits(out, d, 0, 1);
  if (dot) out.write(".", 1);
  put_digits(out, d, 1, 1 + fraction);
  out.write(tail, n);
}

void put_general(TextOut& out, const FormatSpec& spec, const char* sign, Decimal& d, bool upper) {
  int significant = spec.precision < 0 ? 6 : spec.precision == 0 ? 1 : spec.precision;
  if (significant > kMaxFraction) significant = kMaxFraction;
  d.round_to(significant);
  const int exponent = d.count() > 0 ? d.point() - 1 : 0;
  if (exponent < -4 || exponent >= significant) {
    int fraction = significant - 1;
    if (!spec.alternate && fraction > d.count() - 1) fraction = d.count() > 0 ? d.count() - 1 : 0;
    put_exponential(out, spec, sign, d, fraction, upper ? 'E' : 'e');
  } else {
    int fraction = significant - 1 - exponent;
    const int used = d.count() - d.point();  // digits behind the point
    if (!spec.alternate && fraction > used) fraction = used > 0 ? used : 0;
    put_fixed(out, spec, sign, d, fraction);
  }
}

// %a: hexadecimal mantissa, binary exponent.
void put_hexadecimal(TextOut& out, const FormatSpec& spec, const char* sign, double value, bool upper) {
  const auto bits = std::bit_cast<uint64_t>(value);
  const int biased = static_cast<int>((bits >> 52) & 0x7ff);
  uint64_t mantissa = bits & ((uint64_t{1} << 52) - 1);
  int exponent = biased - 1023;
  if (biased != 0) {
    mantissa |= uint64_t{1} << 52;
  } else {
    exponent = mantissa == 0 ? 0 : -1022;
  }
  int digits = 13;
  if (spec.precision >= 0 && spec.precision < 13) {
    const int drop = 4 * (13 - spec.precision);
    const uint64_t half = uint64_t{1} << (drop - 1);
    const uint64_t rest = mantissa & ((half << 1) - 1);
    mantissa >>= drop;
    if (rest > half || (rest == half && (mantissa & 1) != 0)) mantissa++;
    mantissa <<= drop;
    digits = spec.precision;
  } else if (spec.precision < 0) {
    while (digits > 0 && ((mantissa >> (4 * (13 - digits))) & 0xf) == 0) digits--;
  }
  const int extra_zeros = spec.precision > 13 ? spec.precision - 13 : 0;
  const char* alphabet = upper ? "0123456789ABCDEF" : "0123456789abcdef";
  char prefix[4];
  size_t prefix_length = 0;
  for (const char* s = sign; *s != '\0'; s++) prefix[prefix_length++] = *s;
  prefix[prefix_length++] = '0';
  prefix[prefix_length++] = upper ? 'X' : 'x';
  prefix[prefix_length] = '\0';
  char body[16];
  size_t n = 0;
  body[n++] = alphabet[(mantissa >> 52) & 0xf];
  if (digits > 0 || extra_zeros > 0 || spec.alternate) body[n++] = '.';
  for (int i = 0; i < digits; i++) body[n++] = alphabet[(mantissa >> (48 - 4 * i)) & 0xf];
  char tail[8];
  size_t t = 0;
  tail[t++] = upper ? 'P' : 'p';
  tail[t++] = exponent < 0 ? '-' : '+';
  int e = exponent < 0 ? -exponent : exponent;
  char reversed[4];
  int r = 0;
  do {
    reversed[r++] = static_cast<char>('0' + e % 10);
    e /= 10;
  } while (e > 0);
  while (r > 0) tail[t++] = reversed[--r];
  const Padded padded(out, spec, {prefix, prefix_length + n + static_cast<size_t>(extra_zeros) + t});
  out.write(body, n);
  out.repeat('0', static_cast<size_t>(extra_zeros));
  out.write(tail, t);
}

}  // namespace

void put_double(TextOut& out, const FormatSpec& spec, double value) {
  const bool upper = spec.conversion >= 'A' && spec.conversion <= 'Z';
  const char kind = upper ? static_cast<char>(spec.conversion + ('a' - 'A')) : spec.conversion;
  const char* sign = __builtin_signbit(value) ? "-" : spec.plus ? "+" : spec.space ? " " : "";
  if (!__builtin_isfinite(value)) {
    const char* name = __builtin_isnan(value) ? (upper ? "NAN" : "nan") : (upper ? "INF" : "inf");
    put_padded(out, spec, sign, strlen(sign), name, 3, false);
    return;
  }
  if (kind == 'a') return put_hexadecimal(out, spec, sign, value, upper);
  Decimal d = decimal_of(value);
  if (kind == 'g') return put_general(out, spec, sign, d, upper);
  int fraction = spec.precision < 0 ? 6 : spec.precision;
  if (fraction > kMaxFraction) fraction = kMaxFraction;
  if (kind == 'f') {
    d.round_to(d.point() + fraction);
    put_fixed(out, spec, sign, d, fraction);
  } else {
    d.round_to(1 + fraction);
    put_exponential(out, spec, sign, d, fraction, upper ? 'E' : 'e');
  }
}

}  // namespace libc
