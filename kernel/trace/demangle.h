// Qualified names of C++ functions, from the names the linker sees (Itanium C++ ABI, "Mangling"). Only what a person
// types to name a function: scopes, names, constructors, destructors and anonymous namespaces; parameters are left out
// and names with template arguments or operators have no short form here.
#pragma once

#include <stddef.h>

#include <string_view>

#include "lib/format.h"

namespace skep::kallsyms {

namespace detail {

// A <source-name>: decimal length, then that many characters. Empty when there is none here.
constexpr std::string_view take_source_name(std::string_view& s) {
  size_t digits = 0, length = 0;
  while (digits < s.size() && s[digits] >= '0' && s[digits] <= '9' && length < s.size()) {
    length = length * 10 + static_cast<size_t>(s[digits++] - '0');
  }
  if (digits == 0 || length == 0 || length > s.size() - digits) return {};
  const std::string_view name = s.substr(digits, length);
  s.remove_prefix(digits + length);
  return name;
}

constexpr bool starts_with(std::string_view s, std::string_view prefix) { return s.substr(0, prefix.size()) == prefix; }

}  // namespace detail

// Calls part(text) for the pieces of the qualified name in order ("skep", "::", "vfs", …). False when `linked` is no
// mangled function name of the supported kind; pieces may have been passed on before that is known.
template <typename Part>
constexpr bool for_each_name_part(std::string_view linked, Part&& part) {
  using namespace detail;
  if (!starts_with(linked, "_Z")) return false;
  std::string_view s = linked.substr(2);
  if (starts_with(s, "L")) s.remove_prefix(1);  // file-local
  const bool nested = starts_with(s, "N");
  if (!nested) {
    if (starts_with(s, "L")) s.remove_prefix(1);
    const std::string_view name = take_source_name(s);
    if (name.empty() || starts_with(s, "I")) return false;
    part(name);
    return true;
  }
  s.remove_prefix(1);
  while (starts_with(s, "K") || starts_with(s, "V") || starts_with(s, "r") || starts_with(s, "R") ||
         starts_with(s, "O")) {
    s.remove_prefix(1);  // qualifiers of *this
  }
  std::string_view previous;
  while (!s.empty() && s[0] != 'E') {
    std::string_view name;
    bool destructor = false;
    if (starts_with(s, "St")) {
      name = "std";
      s.remove_prefix(2);
    } else if (s.size() >= 2 && (s[0] == 'C' || s[0] == 'D') && s[1] >= '0' && s[1] <= '5' && !previous.empty()) {
      name = previous;
      destructor = s[0] == 'D';
      s.remove_prefix(2);
    } else {
      if (starts_with(s, "L")) s.remove_prefix(1);
      name = take_source_name(s);
      if (starts_with(name, "_GLOBAL__N")) name = "(anonymous namespace)";
    }
    if (name.empty()) return false;
    if (!previous.empty()) part(std::string_view("::"));
    if (destructor) part(std::string_view("~"));
    part(name);
    previous = name;
  }
  return !s.empty() && !previous.empty();
}

// True when the qualified name of `linked` is exactly `wanted`.
constexpr bool qualified_name_is(std::string_view linked, std::string_view wanted) {
  std::string_view rest = wanted;
  bool same = true;
  const bool known = for_each_name_part(linked, [&](std::string_view text) {
    if (same && detail::starts_with(rest, text)) {
      rest.remove_prefix(text.size());
    } else {
      same = false;
    }
  });
  return known && same && rest.empty();
}

// Writes the qualified name, or the linked name when it has no short form.
inline void print_qualified_name(TextSink& out, std::string_view linked) {
  if (!for_each_name_part(linked, [](std::string_view) {})) {
    out.write(linked);
    return;
  }
  for_each_name_part(linked, [&](std::string_view text) { out.write(text); });
}

}  // namespace skep::kallsyms
