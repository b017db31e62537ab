// Printing and string helpers.
#include <string.h>

#include <algorithm>

#include "bpf/helpers/functions.h"
#include "bpf/helpers/printf.h"
#include "bpf/helpers/result.h"
#include "bpf/platform.h"

namespace skep::bpf {
namespace {

constexpr size_t kTraceArgs = 3;           // trace_printk has three registers left for values
constexpr uint64_t kMaxVariableArgs = 12;  // Linux: MAX_BPRINTF_VARARGS
constexpr size_t kTraceBytes = 1024;       // one message; Linux: BPF_TRACE_PRINTK_SIZE

uint64_t trace(std::string_view format, std::span<const uint64_t> args) {
  if (format.find('\0') == std::string_view::npos) return helper_error(Errno::kEINVAL);
  char text[kTraceBytes];
  const auto length = format_for_program(text, format, args);
  if (!length) return helper_error(length.error());
  std::string_view line(text, std::min(*length, sizeof(text) - 1));
  // A message is a line of its own, with or without its newline.
  if (line.ends_with('\n')) line.remove_suffix(1);
  platform::trace_message(line);
  return *length;
}

bool bad_values(uint64_t values, uint64_t bytes) {
  return bytes % 8 != 0 || bytes > kMaxVariableArgs * 8 || (bytes != 0 && values == 0);
}

// The packed u64 array of trace_vprintk and snprintf, copied because a program's memory need not be aligned.
struct Values {
  uint64_t list[kMaxVariableArgs] = {};
  size_t count = 0;
  Values(uint64_t from, uint64_t bytes) : count(bytes / 8) {
    if (bytes != 0) memcpy(list, reinterpret_cast<const void*>(from), bytes);
  }
  std::span<const uint64_t> span() const { return {list, count}; }
};

std::string_view text_at(uint64_t address, uint64_t bytes) {
  return {reinterpret_cast<const char*>(address), static_cast<uint32_t>(bytes)};
}

}  // namespace

uint64_t helper_trace_printk(uint64_t format, uint64_t size, uint64_t a, uint64_t b, uint64_t c) {
  const uint64_t args[kTraceArgs] = {a, b, c};
  return trace(text_at(format, size), args);
}

uint64_t helper_trace_vprintk(uint64_t format, uint64_t size, uint64_t values, uint64_t bytes, uint64_t) {
  if (bad_values(values, static_cast<uint32_t>(bytes))) return helper_error(Errno::kEINVAL);
  return trace(text_at(format, size), Values(values, static_cast<uint32_t>(bytes)).span());
}

// Returns the length with its NUL that the whole text has. The format is a string in a frozen map, checked to end.
uint64_t helper_snprintf(uint64_t out, uint64_t size, uint64_t format, uint64_t values, uint64_t bytes) {
  if (bad_values(values, static_cast<uint32_t>(bytes))) return helper_error(Errno::kEINVAL);
  const std::string_view fmt(reinterpret_cast<const char*>(format));
  const auto length = format_for_program({reinterpret_cast<char*>(out), out == 0 ? 0 : static_cast<uint32_t>(size)},
                                         fmt, Values(values, static_cast<uint32_t>(bytes)).span());
  if (!length) return helper_error(length.error());
  return *length + 1;
}

uint64_t helper_strncmp(uint64_t a, uint64_t size, uint64_t b, uint64_t, uint64_t) {
  const int order =
      strncmp(reinterpret_cast<const char*>(a), reinterpret_cast<const char*>(b), static_cast<uint32_t>(size));
  return static_cast<uint64_t>(static_cast<int64_t>(order));
}

namespace {

constexpr uint64_t kBaseMask = 0x1f;  // low bits of the flags: 0, 8, 10 or 16

struct Number {
  uint64_t magnitude = 0;
  bool negative = false;
  size_t consumed = 0;
};

int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 99;
}

Result<Number> parse_number(std::string_view text, uint64_t flags) {
  uint64_t base = flags & kBaseMask;
  if (flags & ~kBaseMask || (base != 0 && base != 8 && base != 10 && base != 16)) return fail(Errno::kEINVAL);
  Number n;
  size_t i = 0;
  while (i < text.size() && (text[i] == ' ' || (text[i] >= '\t' && text[i] <= '\r'))) i++;
  if (i < text.size() && text[i] == '-') {
    n.negative = true;
    i++;
  }
  const auto at = [&](size_t k) { return k < text.size() ? text[k] : '\0'; };
  const bool hex_prefix = at(i) == '0' && (at(i + 1) | 0x20) == 'x' && digit_value(at(i + 2)) < 16;
  if (base == 0) base = hex_prefix ? 16 : at(i) == '0' ? 8 : 10;
  if (base == 16 && hex_prefix) i += 2;
  const size_t first = i;
  for (; i < text.size() && static_cast<uint64_t>(digit_value(text[i])) < base; i++) {
    if (__builtin_mul_overflow(n.magnitude, base, &n.magnitude) ||
        __builtin_add_overflow(n.magnitude, static_cast<uint64_t>(digit_value(text[i])), &n.magnitude)) {
      return fail(Errno::kERANGE);
    }
  }
  if (i == first) return fail(Errno::kEINVAL);
  n.consumed = i;
  return n;
}

}  // namespace

uint64_t helper_strtol(uint64_t text, uint64_t size, uint64_t flags, uint64_t out, uint64_t) {
  const auto n = parse_number(text_at(text, size), flags);
  if (!n) return helper_error(n.error());
  const uint64_t limit = static_cast<uint64_t>(INT64_MAX) + (n->negative ? 1 : 0);
  if (n->magnitude > limit) return helper_error(Errno::kERANGE);
  const uint64_t value = n->negative ? 0 - n->magnitude : n->magnitude;
  memcpy(reinterpret_cast<void*>(out), &value, sizeof(value));
  return n->consumed;
}

uint64_t helper_strtoul(uint64_t text, uint64_t size, uint64_t flags, uint64_t out, uint64_t) {
  const auto n = parse_number(text_at(text, size), flags);
  if (!n) return helper_error(n.error());
  if (n->negative) return helper_error(Errno::kEINVAL);
  memcpy(reinterpret_cast<void*>(out), &n->magnitude, sizeof(n->magnitude));
  return n->consumed;
}

}  // namespace skep::bpf
