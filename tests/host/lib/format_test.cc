#include "lib/format.h"

#include <catch2/catch.hpp>
#include <string>

using namespace skep;

namespace {
template <typename... Args>
std::string formatted(std::string_view fmt, const Args&... args) {
  char buffer[128];
  BufferSink sink(buffer);
  format_to(sink, fmt, args...);
  return std::string(sink.view());
}
}  // namespace

TEST_CASE("format: integers, signs, bases and widths") {
  CHECK(formatted("{} {}", 42, -42) == "42 -42");
  CHECK(formatted("{}", INT64_MIN) == "-9223372036854775808");
  CHECK(formatted("{}", UINT64_MAX) == "18446744073709551615");
  CHECK(formatted("{x} {#x}", 255u, 255u) == "ff 0xff");
  CHECK(formatted("{08x}", 0xbeefu) == "0000beef");
  CHECK(formatted("{#010x}", 0xbeefu) == "0x0000beef");
  CHECK(formatted("[{5}] [{-5}]", 12, 12) == "[   12] [12   ]");
  CHECK(formatted("{05}", -42) == "-0042");
}

TEST_CASE("format: text, bool, char, pointer") {
  CHECK(formatted("{}|{6}|{-6}|", "ab", "ab", "ab") == "ab|    ab|ab    |");
  CHECK(formatted("{} {}", true, false) == "true false");
  CHECK(formatted("{}", 'x') == "x");
  CHECK(formatted("{}", reinterpret_cast<void*>(0x1000)) == "0x1000");
}

TEST_CASE("format: what is wrong is shown, not obeyed") {
  CHECK(formatted("{}") == "{?}");
  CHECK(formatted("{} {}", 1) == "1 {?}");
  CHECK(formatted("{q}", 1) == "{?}");
  CHECK(formatted("{999999999}", 1) == "{?}");
  CHECK(formatted("{", 1) == "{?}");
  CHECK(formatted("{{}}") == "{}");
}

TEST_CASE("format: a full buffer truncates, stays terminated and counts on") {
  char small[5];
  BufferSink sink(small);
  format_to(sink, "{}", 1234567);
  CHECK(sink.view() == "1234");
  CHECK(small[4] == '\0');
  CHECK(sink.length() == 7);
  BufferSink none({});
  format_to(none, "abc");
  CHECK(none.length() == 3);
  CHECK(none.view().empty());
}
