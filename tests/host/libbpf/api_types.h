// A function of libbpf's interface and its type, as a compiler spells it; two translation units make such a table, one
// from our headers and one from Debian's libbpf-dev.
#pragma once

#include <stddef.h>

#include <string>
#include <vector>

namespace skep::libbpf {

struct ApiEntry {
  std::string name;
  std::string type;  // of a function; of a structure its size and offsets
};

std::vector<ApiEntry> our_api();
std::vector<ApiEntry> debian_api();

template <typename T>
std::string spelling(T*) {
  return __PRETTY_FUNCTION__;
}

}  // namespace skep::libbpf
