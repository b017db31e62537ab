// The engine behind the printf family.
#pragma once

#include <stdarg.h>
#include <stddef.h>

namespace libc {

// Where formatted text goes.
class TextOut {
 public:
  virtual void write(const char* text, size_t n) = 0;
  void repeat(char c, size_t n);

 protected:
  ~TextOut() = default;
};

// One conversion specification.
struct FormatSpec {
  bool left = false;       // -
  bool plus = false;       // +
  bool space = false;      // ' '
  bool alternate = false;  // #
  bool zero = false;       // 0
  int width = 0;
  int precision = -1;  // -1: none given
  char conversion = 0;
};

// Writes prefix (sign, 0x), then digits, padded to the width as the flags say.
void put_padded(TextOut& out, const FormatSpec& spec, const char* prefix, size_t prefix_length, const char* digits,
                size_t digit_count, bool zero_pad);
// e, f, g, a and their capitals.
void put_double(TextOut& out, const FormatSpec& spec, double value);

// The number of bytes written, or -1 with errno (EOVERFLOW: more than INT_MAX; EINVAL: unknown conversion).
int format(TextOut& out, const char* fmt, va_list args);

}  // namespace libc
