#include "../internal/decimal.h"

#include <string.h>

#include <bit>

namespace libc {
namespace {

constexpr unsigned kMaxShift = 59;  // (9 << 59) + carry and 10 << 59 both fit in 64 bits

}  // namespace

void Decimal::trim() {
  while (count_ > 0 && digits_[count_ - 1] == 0) count_--;
  if (count_ == 0) point_ = 0;
}

void Decimal::assign(uint64_t value) {
  uint8_t reversed[20];
  int n = 0;
  for (; value > 0; value /= 10) reversed[n++] = static_cast<uint8_t>(value % 10);
  for (int i = 0; i < n; i++) digits_[i] = reversed[n - 1 - i];
  count_ = point_ = n;
  truncated_ = false;
  trim();
}

void Decimal::append_digit(int d) {
  if (count_ < kMaxDigits) {
    digits_[count_++] = static_cast<uint8_t>(d);
  } else if (d != 0) {
    truncated_ = true;
  }
}

// Multiplies from the last digit to the first; the product has at most `extra` digits more.
void Decimal::shift_left(unsigned bits) {
  if (count_ == 0) return;
  const int extra = static_cast<int>(bits * 302 / 1000) + 1;  // log10(2) is a little less than 0.302
  uint64_t carry = 0;
  for (int i = count_ - 1; i >= 0; i--) {
    carry += static_cast<uint64_t>(digits_[i]) << bits;
    digits_[i + extra] = static_cast<uint8_t>(carry % 10);
    carry /= 10;
  }
  for (int i = extra - 1; i >= 0; i--) {
    digits_[i] = static_cast<uint8_t>(carry % 10);
    carry /= 10;
  }
  count_ += extra;
  point_ += extra;
  int zeros = 0;
  while (digits_[zeros] == 0) zeros++;
  memmove(digits_, digits_ + zeros, static_cast<size_t>(count_ - zeros));
  count_ -= zeros;
  point_ -= zeros;
  for (; count_ > kMaxDigits; count_--) {
    if (digits_[count_ - 1] != 0) truncated_ = true;
  }
  trim();
}

// Divides from the first digit to the last, as one does by hand.
void Decimal::shift_right(unsigned bits) {
  if (count_ == 0) return;
  const uint64_t mask = (uint64_t{1} << bits) - 1;
  uint64_t rest = 0;
  int out = 0;
  int new_point = point_;
  int in = 0;
  for (; in < count_ || rest != 0; in++) {
    rest = rest * 10 + static_cast<uint64_t>(in < count_ ? digits_[in] : 0);
    const auto d = static_cast<uint8_t>(rest >> bits);
    rest &= mask;
    if (out == 0 && d == 0) {
      new_point--;  // a leading zero of the quotient
    } else if (out < kMaxDigits) {
      digits_[out++] = d;  // out <= in: what is overwritten has been read
    } else if (d != 0) {
      truncated_ = true;
    }
  }
  count_ = out;
  point_ = new_point;
  trim();
}

void Decimal::multiply_by_power_of_two(int exponent) {
  constexpr int kStep = kMaxShift;
  for (; exponent > kStep; exponent -= kStep) shift_left(kMaxShift);
  for (; exponent < -kStep; exponent += kStep) shift_right(kMaxShift);
  if (exponent > 0) shift_left(static_cast<unsigned>(exponent));
  if (exponent < 0) shift_right(static_cast<unsigned>(-exponent));
}

// Whether dropping the digits from n on rounds up.
bool Decimal::rounds_up(int n) const {
  if (n < 0 || n >= count_) return false;
  if (digits_[n] != 5) return digits_[n] > 5;
  if (n + 1 < count_ || truncated_) return true;
  return n > 0 && digits_[n - 1] % 2 != 0;  // exactly half: to even
}

void Decimal::round_to(int n) {
  if (n >= count_) return;
  const bool up = rounds_up(n);
  count_ = n < 0 ? 0 : n;
  if (up) {
    while (count_ > 0 && digits_[count_ - 1] == 9) count_--;
    if (count_ == 0) {  // 0.99… became 1
      digits_[count_++] = 1;
      point_++;
    } else {
      digits_[count_ - 1]++;
    }
  }
  trim();
}

uint64_t Decimal::rounded_integer() const {
  uint64_t value = 0;
  for (int i = 0; i < point_; i++) value = value * 10 + static_cast<uint64_t>(digit(i));
  return value + (rounds_up(point_) ? 1 : 0);
}

Decimal decimal_of(double value) {
  const auto bits = std::bit_cast<uint64_t>(value);
  const int biased = static_cast<int>((bits >> 52) & 0x7ff);
  uint64_t mantissa = bits & ((uint64_t{1} << 52) - 1);
  if (biased != 0) mantissa |= uint64_t{1} << 52;
  Decimal d;
  d.assign(mantissa);
  d.multiply_by_power_of_two((biased == 0 ? 1 : biased) - 1075);
  return d;
}

}  // namespace libc
