// Formatting without allocation: a small type-safe subset of std::format's language.
//   {}  by type: integers in decimal, bool, char, strings, pointers as 0x…
//   {x} hexadecimal, {#x} with 0x, {08x} zero-padded, {5} right-aligned, {-12} left-aligned.
// "{{" and "}}" print braces. Wrong or missing arguments print "{?}"; nothing can overflow.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <concepts>
#include <span>
#include <string_view>
#include <type_traits>

namespace skep {

// Where formatted text goes. write() must not fail: a sink that is full drops what does not fit.
class TextSink {
 public:
  virtual void write(std::string_view text) = 0;

 protected:
  ~TextSink() = default;
};

// Fills a caller's buffer, always NUL-terminated; length() counts what would have been written.
class BufferSink final : public TextSink {
 public:
  explicit BufferSink(std::span<char> buffer) : buffer_(buffer) {
    if (!buffer_.empty()) buffer_[0] = '\0';
  }
  void write(std::string_view text) override;
  size_t length() const { return length_; }
  std::string_view view() const {
    return {buffer_.data(), length_ < buffer_.size() ? length_ : (buffer_.empty() ? 0 : buffer_.size() - 1)};
  }

 private:
  std::span<char> buffer_;
  size_t length_ = 0;
};

struct FormatArg {
  enum class Kind : uint8_t { kSigned, kUnsigned, kBool, kChar, kString, kPointer };
  Kind kind;
  union {
    int64_t s;
    uint64_t u;
    struct {
      const char* data;
      size_t size;
    } text;
  };

  template <typename T>
  static constexpr FormatArg of(const T& v) {
    using D = std::remove_cvref_t<T>;
    FormatArg a{};
    if constexpr (std::same_as<D, bool>) {
      a.kind = Kind::kBool;
      a.u = v;
    } else if constexpr (std::same_as<D, char>) {
      a.kind = Kind::kChar;
      a.u = static_cast<unsigned char>(v);
    } else if constexpr (std::is_enum_v<D>) {
      return of(static_cast<std::underlying_type_t<D>>(v));
    } else if constexpr (std::signed_integral<D>) {
      a.kind = Kind::kSigned;
      a.s = v;
    } else if constexpr (std::unsigned_integral<D>) {
      a.kind = Kind::kUnsigned;
      a.u = v;
    } else if constexpr (std::convertible_to<const T&, std::string_view>) {
      const std::string_view sv = v;
      a.kind = Kind::kString;
      a.text.data = sv.data();
      a.text.size = sv.size();
    } else {
      static_assert(std::is_pointer_v<D>, "this type cannot be formatted");
      a.kind = Kind::kPointer;
      a.u = reinterpret_cast<uintptr_t>(v);
    }
    return a;
  }
};

void format_args(TextSink& out, std::string_view fmt, std::span<const FormatArg> args);

template <typename... Args>
void format_to(TextSink& out, std::string_view fmt, const Args&... args) {
  if constexpr (sizeof...(Args) == 0) {
    format_args(out, fmt, {});
  } else {
    const FormatArg list[] = {FormatArg::of(args)...};
    format_args(out, fmt, list);
  }
}

}  // namespace skep
