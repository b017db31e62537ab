// Memory of this library: malloc behind the fallible containers that kernel and user space share.
#pragma once

#include <stddef.h>
#include <string.h>

#include <span>
#include <string_view>

#include "lib/unique.h"
#include "lib/vector.h"

namespace skep::libbpf {

// memory.cc; host tests have their own, which counts and fails on demand.
struct Malloc {
  static void* allocate(size_t bytes);
  static void* allocate_uncleared(size_t bytes) { return allocate(bytes); }
  static void release(void* p);
};

template <typename T>
using Vec = Vector<T, Malloc>;
template <typename T>
using Unique = UniquePtr<T, Malloc>;

// An owned, NUL-terminated string.
class Text {
 public:
  Text() = default;
  static Result<Text> copy_of(std::string_view s) {
    Text t;
    TRY(t.bytes_.append(std::span<const char>(s.data(), s.size())));
    TRY(t.bytes_.push_back('\0'));
    return t;
  }
  // "" when empty.
  const char* c_str() const { return bytes_.empty() ? "" : bytes_.data(); }
  std::string_view view() const { return c_str(); }
  bool empty() const { return bytes_.size() <= 1; }

 private:
  Vec<char> bytes_;
};

}  // namespace skep::libbpf
