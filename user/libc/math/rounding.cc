// Rounding, parts and remainders: exact operations, done on the bits of IEEE 754 doubles or by single instructions.
#include <math.h>
#include <stdint.h>

#include <bit>

namespace {

constexpr int kBias = 1023;
constexpr int kMantissaBits = 52;

int biased_exponent(double x) { return static_cast<int>((std::bit_cast<uint64_t>(x) >> kMantissaBits) & 0x7ff); }

double power_of_two(int e) { return std::bit_cast<double>(static_cast<uint64_t>(e + kBias) << kMantissaBits); }

}  // namespace

extern "C" {

double fabs(double x) { return __builtin_fabs(x); }
double copysign(double x, double y) { return __builtin_copysign(x, y); }
double sqrt(double x) {
  double r;
  asm("fsqrt.d %0, %1" : "=f"(r) : "f"(x));
  return r;
}

double trunc(double x) {
  const int e = biased_exponent(x) - kBias;
  if (e >= kMantissaBits) return x;  // no fraction bits, or not finite
  if (e < 0) return copysign(0, x);
  const uint64_t fraction = (uint64_t{1} << (kMantissaBits - e)) - 1;
  return std::bit_cast<double>(std::bit_cast<uint64_t>(x) & ~fraction);
}
double floor(double x) {
  const double t = trunc(x);
  return t > x ? t - 1 : t;
}
double ceil(double x) {
  const double t = trunc(x);
  return t < x ? copysign(t + 1, x) : t;
}
double round(double x) {  // halves away from zero
  const double t = trunc(x);
  return fabs(x - t) >= 0.5 ? t + copysign(1, x) : t;
}
double rint(double x) {  // halves to even, as the default rounding mode
  if (biased_exponent(x) - kBias >= kMantissaBits) return x;
  const double magic = copysign(0x1p52, x);
  return copysign((x + magic) - magic, x);
}
long lround(double x) { return static_cast<long>(round(x)); }
long long llround(double x) { return static_cast<long long>(round(x)); }

double modf(double x, double* whole) {
  *whole = trunc(x);
  return __builtin_isinf(x) ? copysign(0, x) : copysign(x - *whole, x);
}

double frexp(double x, int* exponent) {
  *exponent = 0;
  if (x == 0 || !__builtin_isfinite(x)) return x;
  int extra = 0;
  if (biased_exponent(x) == 0) {  // subnormal
    x *= 0x1p64;
    extra = -64;
  }
  *exponent = biased_exponent(x) - kBias + 1 + extra;
  const uint64_t bits = std::bit_cast<uint64_t>(x) & ~(uint64_t{0x7ff} << kMantissaBits);
  return std::bit_cast<double>(bits | (uint64_t{kBias - 1} << kMantissaBits));
}

double ldexp(double x, int n) {
  // Steps that stay inside the exponent's range; the last multiplication alone may round, so there is one rounding.
  if (n > 1023) {
    x *= 0x1p1023;
    n -= 1023;
    if (n > 1023) {
      x *= 0x1p1023;
      n = n - 1023 > 1023 ? 1023 : n - 1023;
    }
  } else if (n < -1022) {
    // Down by 2^-969 keeps 53 bits above the subnormals, for any normal x that does not vanish.
    x *= 0x1p-969;
    n += 969;
    if (n < -1022) {
      x *= 0x1p-969;
      n = n + 969 < -1022 ? -1022 : n + 969;
    }
  }
  return x * power_of_two(n);
}
double scalbn(double x, int n) { return ldexp(x, n); }

// Long division in binary: exact.
double fmod(double x, double y) {
  if (y == 0 || __builtin_isnan(x) || __builtin_isnan(y) || __builtin_isinf(x)) return NAN;
  double rest = fabs(x);
  const double divisor = fabs(y);
  if (__builtin_isinf(y) || rest < divisor) return x;
  int rest_exponent, divisor_exponent;
  frexp(rest, &rest_exponent);
  frexp(divisor, &divisor_exponent);
  for (int shift = rest_exponent - divisor_exponent; shift >= 0; shift--) {
    const double step = ldexp(divisor, shift);
    if (rest >= step) rest -= step;
  }
  return copysign(rest, x);
}

double fmin(double x, double y) { return __builtin_isnan(x) || y < x ? y : x; }
double fmax(double x, double y) { return __builtin_isnan(x) || y > x ? y : x; }

float fabsf(float x) { return __builtin_fabsf(x); }
float floorf(float x) { return static_cast<float>(floor(x)); }
float ceilf(float x) { return static_cast<float>(ceil(x)); }
float roundf(float x) { return static_cast<float>(round(x)); }
float sqrtf(float x) { return static_cast<float>(sqrt(x)); }
}
