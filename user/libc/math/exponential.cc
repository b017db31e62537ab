// Exponentials and logarithms by reduction and a power series; errors of a unit or two in the last place, and exact
// where the result is exact (powers of two and ten, integer powers).
#include <limits.h>
#include <math.h>

namespace {

constexpr double kLn2High = 0x1.62e42fee00000p-1;  // the upper bits of ln 2: products with small integers are exact
constexpr double kLn2Low = 0x1.a39ef35793c76p-33;

// ln(m) for m in [sqrt(1/2), sqrt(2)]: 2 atanh(s), s = (m - 1) / (m + 1).
double log_near_one(double m) {
  const double s = (m - 1) / (m + 1);
  const double s2 = s * s;
  double sum = 0;
  for (int k = 25; k >= 3; k -= 2) sum = (sum + 1.0 / k) * s2;
  return 2 * s + 2 * s * sum;
}

struct Reduced {
  double m;
  int e;
};
Reduced reduce(double x) {  // x = m * 2^e
  Reduced r;
  r.m = frexp(x, &r.e);
  if (r.m < M_SQRT2 / 2) {
    r.m *= 2;
    r.e--;
  }
  return r;
}

bool special_log(double x, double* result) {
  if (x > 0 && __builtin_isfinite(x)) return false;
  *result = x == 0 ? -HUGE_VAL : x > 0 ? x : NAN;
  return true;
}

// x^n for an integer n by squaring.
double integer_power(double x, long n) {
  const bool negative = n < 0;
  double result = 1;
  for (unsigned long k = negative ? 0 - static_cast<unsigned long>(n) : static_cast<unsigned long>(n); k > 0; k >>= 1) {
    if (k & 1) result *= x;
    x *= x;
  }
  return negative ? 1 / result : result;
}

}  // namespace

extern "C" {

double log(double x) {
  double special;
  if (special_log(x, &special)) return special;
  const Reduced r = reduce(x);
  return r.e * kLn2High + (log_near_one(r.m) + r.e * kLn2Low);
}

double log2(double x) {
  double special;
  if (special_log(x, &special)) return special;
  const Reduced r = reduce(x);
  return r.e + log_near_one(r.m) * M_LOG2E;
}

double log10(double x) {
  double special;
  if (special_log(x, &special)) return special;
  const double r = log(x) / M_LN10;
  const double whole = rint(r);
  if (fabs(whole) < 23 && integer_power(10, static_cast<long>(whole)) == x) return whole;
  return r;
}

double exp(double x) {
  if (__builtin_isnan(x)) return x;
  if (x > 710) return HUGE_VAL;
  if (x < -746) return 0;
  const double k = rint(x * M_LOG2E);
  const double r = (x - k * kLn2High) - k * kLn2Low;
  double sum = 1;
  for (int n = 16; n >= 1; n--) sum = 1 + sum * r / n;
  return ldexp(sum, static_cast<int>(k));
}

double exp2(double x) {
  if (__builtin_isnan(x)) return x;
  if (x > 1025) return HUGE_VAL;
  if (x < -1080) return 0;
  const double k = rint(x);
  return ldexp(exp((x - k) * M_LN2), static_cast<int>(k));
}

double pow(double x, double y) {
  if (y == 0 || x == 1) return 1;
  if (__builtin_isnan(x) || __builtin_isnan(y)) return NAN;
  const bool whole = trunc(y) == y;
  const bool odd = whole && fabs(y) < 0x1p53 && fmod(y, 2) != 0;
  if (x == 0) return y > 0 ? (odd ? x : 0) : (odd ? copysign(HUGE_VAL, x) : HUGE_VAL);
  if (__builtin_isinf(y)) {
    if (fabs(x) == 1) return 1;
    return (fabs(x) > 1) == (y > 0) ? HUGE_VAL : 0;
  }
  if (__builtin_isinf(x)) {
    const double magnitude = y > 0 ? HUGE_VAL : 0;
    return x < 0 && odd ? -magnitude : magnitude;
  }
  if (whole && fabs(y) <= 1024) {
    const double r = integer_power(x, static_cast<long>(y));
    // A denominator that overflowed hides subnormal results: those go the long way.
    if (y > 0 || r != 0) return r;
  }
  if (x < 0 && !whole) return NAN;
  const double magnitude = exp2(y * log2(fabs(x)));
  return x < 0 && odd ? -magnitude : magnitude;
}

float powf(float x, float y) { return static_cast<float>(pow(x, y)); }
float log2f(float x) { return static_cast<float>(log2(x)); }
float expf(float x) { return static_cast<float>(exp(x)); }
float logf(float x) { return static_cast<float>(log(x)); }
}
