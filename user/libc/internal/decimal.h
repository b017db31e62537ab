// A non-negative decimal number of up to 800 digits, and its shifts by powers of two: the exact bridge between double
// and text, used by printf and strtod. 800 digits hold every double exactly (the longest has 767).
#pragma once

#include <stdint.h>

namespace libc {

class Decimal {
 public:
  static constexpr int kMaxDigits = 800;

  // value = 0.d0 d1 d2 … * 10^point. No leading or trailing zero digits; zero has no digits.
  int count() const { return count_; }
  int point() const { return point_; }
  int digit(int i) const { return i >= 0 && i < count_ ? digits_[i] : 0; }

  void assign(uint64_t value);
  void multiply_by_power_of_two(int exponent);  // negative: divides
  // Keeps n digits (none if n < 0), rounding half to even.
  void round_to(int n);

  // For reading text: appends a digit behind the last one; digits beyond the capacity only leave a mark.
  void append_digit(int d);
  void set_point(int point) { point_ = point; }
  void trim();
  // The value rounded half to even to an integer (the caller knows that it is below 2^63).
  uint64_t rounded_integer() const;

 private:
  void shift_left(unsigned bits);
  void shift_right(unsigned bits);
  bool rounds_up(int n) const;

  uint8_t digits_[kMaxDigits + 20];
  int count_ = 0;
  int point_ = 0;
  bool truncated_ = false;  // non-zero digits were dropped: the value is a little more than what is stored
};

// |value| exactly; value must be finite.
Decimal decimal_of(double value);

}  // namespace libc
