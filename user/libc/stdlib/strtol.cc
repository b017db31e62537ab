// Integers from text.
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>

namespace {

struct Parsed {
  unsigned long magnitude;
  bool negative;
  bool overflow;
};

int digit_value(char c) {
  if (isdigit(static_cast<unsigned char>(c))) return c - '0';
  if (isalpha(static_cast<unsigned char>(c))) return tolower(static_cast<unsigned char>(c)) - 'a' + 10;
  return 99;
}

// end is left at s when there is no number.
Parsed parse(const char* s, char** end, int base) {
  Parsed r = {0, false, false};
  const char* p = s;
  if (end != nullptr) *end = const_cast<char*>(s);
  if (base < 0 || base == 1 || base > 36) {
    errno = EINVAL;
    return r;
  }
  while (isspace(static_cast<unsigned char>(*p))) p++;
  if (*p == '-' || *p == '+') r.negative = *p++ == '-';
  if ((base == 0 || base == 16) && p[0] == '0' && (p[1] | 0x20) == 'x' && digit_value(p[2]) < 16) {
    base = 16;
    p += 2;
  } else if (base == 0) {
    base = *p == '0' ? 8 : 10;
  }
  const char* first = p;
  for (; digit_value(*p) < base; p++) {
    if (__builtin_mul_overflow(r.magnitude, static_cast<unsigned long>(base), &r.magnitude) ||
        __builtin_add_overflow(r.magnitude, static_cast<unsigned long>(digit_value(*p)), &r.magnitude)) {
      r.overflow = true;
    }
  }
  if (p != first && end != nullptr) *end = const_cast<char*>(p);
  return r;
}

}  // namespace

extern "C" {

unsigned long strtoul(const char* __restrict s, char** __restrict end, int base) {
  const Parsed r = parse(s, end, base);
  if (r.overflow) {
    errno = ERANGE;
    return ULONG_MAX;
  }
  return r.negative ? 0 - r.magnitude : r.magnitude;
}

long strtol(const char* __restrict s, char** __restrict end, int base) {
  const Parsed r = parse(s, end, base);
  const unsigned long limit = static_cast<unsigned long>(LONG_MAX) + (r.negative ? 1 : 0);
  if (r.overflow || r.magnitude > limit) {
    errno = ERANGE;
    return r.negative ? LONG_MIN : LONG_MAX;
  }
  return static_cast<long>(r.negative ? 0 - r.magnitude : r.magnitude);
}

long long strtoll(const char* __restrict s, char** __restrict end, int base) { return strtol(s, end, base); }
unsigned long long strtoull(const char* __restrict s, char** __restrict end, int base) { return strtoul(s, end, base); }
intmax_t strtoimax(const char* __restrict s, char** __restrict end, int base) { return strtol(s, end, base); }
uintmax_t strtoumax(const char* __restrict s, char** __restrict end, int base) { return strtoul(s, end, base); }

int atoi(const char* s) { return static_cast<int>(strtol(s, nullptr, 10)); }
long atol(const char* s) { return strtol(s, nullptr, 10); }
long long atoll(const char* s) { return strtol(s, nullptr, 10); }

int abs(int v) { return v < 0 ? -v : v; }
long labs(long v) { return v < 0 ? -v : v; }
long long llabs(long long v) { return v < 0 ? -v : v; }
intmax_t imaxabs(intmax_t v) { return v < 0 ? -v : v; }
div_t div(int a, int b) { return {a / b, a % b}; }
ldiv_t ldiv(long a, long b) { return {a / b, a % b}; }
lldiv_t lldiv(long long a, long long b) { return {a / b, a % b}; }
imaxdiv_t imaxdiv(intmax_t a, intmax_t b) { return {a / b, a % b}; }
}
