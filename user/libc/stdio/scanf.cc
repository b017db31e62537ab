// The scanf family. A string is read through a stream whose buffer is the string itself.
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../internal/file.h"

namespace {

using namespace libc;

enum class Length : unsigned char { kInt, kChar, kShort, kLong, kLongDouble };

struct Arguments {
  va_list list;
};

// The input with the count of characters consumed (%n) and a limit for one field.
class Input {
 public:
  explicit Input(FILE* f) : f_(f) {}
  int peek() {
    const int c = fgetc(f_);
    if (c != EOF) ungetc(c, f_);
    return c;
  }
  int take() {
    const int c = fgetc(f_);
    if (c != EOF) count_++;
    return c;
  }
  void put_back(int c) {
    if (c == EOF) return;
    ungetc(c, f_);
    count_--;
  }
  void skip_space() {
    int c;
    while ((c = take()) != EOF && isspace(c)) {
    }
    put_back(c);
  }
  long count() const { return count_; }

 private:
  FILE* f_;
  long count_ = 0;
};

enum class Outcome : unsigned char { kStored, kMismatch, kEnd };

void store_integer(Arguments& args, Length length, uint64_t v) {
  switch (length) {
    case Length::kChar:
      *va_arg(args.list, unsigned char*) = static_cast<unsigned char>(v);
      return;
    case Length::kShort:
      *va_arg(args.list, unsigned short*) = static_cast<unsigned short>(v);
      return;
    case Length::kInt:
      *va_arg(args.list, unsigned*) = static_cast<unsigned>(v);
      return;
    case Length::kLong:
    case Length::kLongDouble:
      *va_arg(args.list, unsigned long*) = v;
      return;
  }
}

// Gathers the text of a number while `accepts` agrees; what follows stays in the input.
template <typename Accepts>
size_t gather(Input& in, char* text, size_t capacity, size_t width, Accepts accepts) {
  size_t n = 0;
  while (n < width && n + 1 < capacity) {
    const int c = in.take();
    if (c == EOF || !accepts(text, n, static_cast<char>(c))) {
      in.put_back(c);
      break;
    }
    text[n++] = static_cast<char>(c);
  }
  text[n] = '\0';
  return n;
}

Outcome scan_integer(Input& in, Arguments& args, char conversion, size_t width, Length length, bool store) {
  const int base = conversion == 'd' || conversion == 'u' ? 10 : conversion == 'o' ? 8 : conversion == 'i' ? 0 : 16;
  const auto accepts = [base](const char* text, size_t n, char c) {
    const bool signed_text = n > 0 && (text[0] == '-' || text[0] == '+');
    const size_t digits = n - (signed_text ? 1 : 0);
    if (c == '-' || c == '+') return n == 0;
    const char* first = text + (signed_text ? 1 : 0);
    if ((c == 'x' || c == 'X') && (base == 16 || base == 0)) return digits == 1 && first[0] == '0';
    const bool hexadecimal = base == 16 || (base == 0 && digits >= 2 && (first[1] | 0x20) == 'x');
    if (hexadecimal) return isxdigit(c) != 0;
    const bool octal = base == 8 || (base == 0 && digits >= 1 && first[0] == '0');
    return c >= '0' && c <= (octal ? '7' : '9');
  };
  if (in.peek() == EOF) return Outcome::kEnd;
  char text[72];
  if (gather(in, text, sizeof(text), width, accepts) == 0) return Outcome::kMismatch;
  char* end;
  const bool is_signed = conversion == 'd' || conversion == 'i';
  const uint64_t v = is_signed ? static_cast<uint64_t>(strtol(text, &end, base)) : strtoul(text, &end, base);
  if (end == text) return Outcome::kMismatch;
  if (store) store_integer(args, length, v);
  return Outcome::kStored;
}

Outcome scan_double(Input& in, Arguments& args, size_t width, Length length, bool store) {
  const auto accepts = [](const char* text, size_t n, char c) {
    if (isalnum(c) || c == '.') return true;
    // A sign stands first or behind an exponent's letter.
    return (c == '-' || c == '+') && (n == 0 || (text[n - 1] | 0x20) == 'e' || (text[n - 1] | 0x20) == 'p');
  };
  if (in.peek() == EOF) return Outcome::kEnd;
  char text[400];
  const size_t n = gather(in, text, sizeof(text), width, accepts);
  char* end;
  const double v = strtod(text, &end);
  // Give back what the number does not use, as far as the stream can take it.
  for (size_t i = n, back = 0; text + i > end && back < kMaxUnget; i--, back++) in.put_back(text[i - 1]);
  if (end == text) return Outcome::kMismatch;
  if (!store) return Outcome::kStored;
  if (length == Length::kLongDouble) {
    *va_arg(args.list, long double*) = strtold(text, nullptr);
  } else if (length == Length::kLong) {
    *va_arg(args.list, double*) = v;
  } else {
    *va_arg(args.list, float*) = strtof(text, nullptr);
  }
  return Outcome::kStored;
}

// %s, %[ and %c: characters while `accepts`, into the caller's array or (m) one that we allocate.
template <typename Accepts>
Outcome scan_text(Input& in, Arguments& args, size_t width, bool store, bool allocate, bool terminate,
                  Accepts accepts) {
  char** result = store && allocate ? va_arg(args.list, char**) : nullptr;
  char* text = store && !allocate ? va_arg(args.list, char*) : nullptr;
  size_t n = 0, capacity = 0;
  int c = EOF;
  while (n < width) {
    c = in.take();
    if (c == EOF || !accepts(c)) break;
    if (allocate && store && n + 1 >= capacity) {
      capacity = capacity == 0 ? 32 : 2 * capacity;
      auto* grown = static_cast<char*>(realloc(text, capacity));
      if (grown == nullptr) {
        free(text);
        return Outcome::kEnd;
      }
      text = grown;
    }
    if (store) text[n] = static_cast<char>(c);
    n++;
  }
  if (n < width) in.put_back(c);
  if (n == 0 || (!terminate && n < width)) {
    if (result != nullptr) free(text);
    return c == EOF ? Outcome::kEnd : Outcome::kMismatch;
  }
  if (store && terminate) text[n] = '\0';
  if (result != nullptr) *result = text;
  return Outcome::kStored;
}

// The set of a %[...] conversion; p stands behind '['. Returns what is behind ']'.
const char* parse_set(const char* p, bool set[256]) {
  const bool negated = *p == '^';
  if (negated) p++;
  memset(set, negated, 256);
  for (bool first = true; *p != '\0' && (*p != ']' || first); first = false) {
    const auto low = static_cast<unsigned char>(*p++);
    auto high = low;
    if (*p == '-' && p[1] != ']' && p[1] != '\0') {
      high = static_cast<unsigned char>(p[1]);
      p += 2;
    }
    for (unsigned c = low; c <= high; c++) set[c] = !negated;
  }
  return *p == ']' ? p + 1 : p;
}

const char* parse_length(const char* p, Length& length) {
  if (p[0] == 'h') {
    length = p[1] == 'h' ? Length::kChar : Length::kShort;
    return p + (p[1] == 'h' ? 2 : 1);
  }
  if (*p == 'l' || *p == 'j' || *p == 'z' || *p == 't' || *p == 'q') {
    length = Length::kLong;
    return p + (p[0] == 'l' && p[1] == 'l' ? 2 : 1);
  }
  if (*p == 'L') {
    length = Length::kLongDouble;
    return p + 1;
  }
  return p;
}

int scan(FILE* f, const char* fmt, va_list list) {
  Input in(f);
  Arguments args;
  va_copy(args.list, list);
  int stored = 0;
  Outcome outcome = Outcome::kStored;
  while (*fmt != '\0' && outcome == Outcome::kStored) {
    if (isspace(static_cast<unsigned char>(*fmt))) {
      in.skip_space();
      fmt++;
      continue;
    }
    if (*fmt != '%' || fmt[1] == '%') {
      if (*fmt == '%') {
        in.skip_space();
        fmt++;
      }
      const int c = in.take();
      if (c != static_cast<unsigned char>(*fmt++)) {
        in.put_back(c);
        outcome = c == EOF ? Outcome::kEnd : Outcome::kMismatch;
      }
      continue;
    }
    const char* p = fmt + 1;
    bool store = true, allocate = false;
    if (*p == '*') {
      store = false;
      p++;
    }
    size_t width = 0;
    while (isdigit(static_cast<unsigned char>(*p))) width = width * 10 + static_cast<size_t>(*p++ - '0');
    if (*p == 'm') {
      allocate = true;
      p++;
    }
    Length length = Length::kInt;
    p = parse_length(p, length);
    const char conversion = *p++;
    const size_t limit = width > 0 ? width : ~0UL;
    if (conversion != 'c' && conversion != '[' && conversion != 'n') in.skip_space();
    switch (conversion) {
      case 'd':
      case 'i':
      case 'u':
      case 'o':
      case 'x':
      case 'X':
        outcome = scan_integer(in, args, conversion, limit, length, store);
        break;
      case 'p':
        outcome = scan_integer(in, args, 'x', limit, Length::kLong, store);
        break;
      case 'e':
      case 'E':
      case 'f':
      case 'F':
      case 'g':
      case 'G':
      case 'a':
      case 'A':
        outcome = scan_double(in, args, limit, length, store);
        break;
      case 's':
        outcome = scan_text(in, args, limit, store, allocate, true, [](int c) { return !isspace(c); });
        break;
      case 'c':
        outcome = scan_text(in, args, width > 0 ? width : 1, store, allocate, false, [](int) { return true; });
        break;
      case '[': {
        bool set[256];
        p = parse_set(p, set);
        outcome = scan_text(in, args, limit, store, allocate, true, [&set](int c) { return set[c]; });
        break;
      }
      case 'n':
        if (store) store_integer(args, length, static_cast<uint64_t>(in.count()));
        fmt = p;
        continue;  // not counted as stored
      default:
        outcome = Outcome::kMismatch;
    }
    if (outcome == Outcome::kStored && store) stored++;
    fmt = p;
  }
  va_end(args.list);
  return outcome == Outcome::kEnd && stored == 0 ? EOF : stored;
}

}  // namespace

#define WITH_ARGUMENTS(last, expression) \
  va_list args;                          \
  va_start(args, last);                  \
  const int result = (expression);       \
  va_end(args);                          \
  return result

extern "C" {

int vfscanf(FILE* __restrict f, const char* __restrict fmt, va_list args) { return scan(f, fmt, args); }
int vscanf(const char* __restrict fmt, va_list args) { return scan(stdin, fmt, args); }
int vsscanf(const char* __restrict s, const char* __restrict fmt, va_list args) {
  static const StreamOps kNoOps = {};
  FILE f = {};
  f.ops = &kNoOps;
  f.fd = -1;
  f.readable = true;
  f.direction = Direction::kReading;
  f.buffering = Buffering::kFull;
  f.buffer = reinterpret_cast<unsigned char*>(const_cast<char*>(s));
  f.capacity = f.end = strlen(s);
  return scan(&f, fmt, args);
}
int scanf(const char* __restrict fmt, ...) { WITH_ARGUMENTS(fmt, scan(stdin, fmt, args)); }
int fscanf(FILE* __restrict f, const char* __restrict fmt, ...) { WITH_ARGUMENTS(fmt, scan(f, fmt, args)); }
int sscanf(const char* __restrict s, const char* __restrict fmt, ...) { WITH_ARGUMENTS(fmt, vsscanf(s, fmt, args)); }
}
