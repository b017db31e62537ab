// Structures of options that grow over time: each begins with sz, the size its caller was compiled with.
#pragma once

#include <stddef.h>
#include <string.h>

#include <algorithm>
#include <optional>

namespace skep::libbpf {

// A copy of *user in which all that the caller does not know is zero; all zero for NULL. Nothing when the size is
// impossible, or when the caller sets something beyond `known` that this library does not know.
template <typename T>
std::optional<T> read_opts(const T* user, size_t known) {
  T copy;
  memset(&copy, 0, sizeof(copy));
  if (!user) return copy;
  if (user->sz < sizeof(size_t)) return std::nullopt;
  const auto* bytes = reinterpret_cast<const unsigned char*>(user);
  for (size_t i = known; i < user->sz; i++) {
    if (bytes[i] != 0) return std::nullopt;
  }
  memcpy(&copy, user, std::min(user->sz, known));
  return copy;
}

}  // namespace skep::libbpf

#define END_OF_FIELD(type, field) (offsetof(type, field) + sizeof(((type*)nullptr)->field))
#define READ_OPTS(type, user) \
  ::skep::libbpf::read_opts<struct type>(user, END_OF_FIELD(struct type, type##__last_field))
// Writes an output field when the caller's structure has it.
#define SET_OPT(user, field, value)                                                              \
  do {                                                                                           \
    if ((user) && (user)->sz >= END_OF_FIELD(std::remove_reference_t<decltype(*(user))>, field)) \
      (user)->field = (value);                                                                   \
  } while (0)
