// A program to judge, as `skep verify --cases` reads it: a line of JSON, and the storage of what it describes.
#pragma once

#include <deque>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "tools/skep/session.h"

namespace skep::tool {

using Bytes = std::vector<uint8_t>;

struct BpfCase {
  BpfCase() = default;
  BpfCase(const BpfCase&) = delete;  // `spec` points into it
  BpfCase& operator=(const BpfCase&) = delete;

  std::string name;
  ProgramSpec spec;
  uint32_t log_level = 1;
  std::span<const uint8_t> kernel_btf;  // the kernel's own types for this program; none: those of `skep --btf`
  std::deque<Bytes> runs;

  std::vector<bpf_insn> insns;
  std::vector<MapSpec> maps;
  std::deque<std::vector<MapElement>> elements;  // per map
  std::deque<Bytes> bytes;                       // keys, values, BTF, records
};

// What is wrong with the line otherwise. `name` is filled in as far as it could be read.
std::expected<void, std::string> parse_case(std::string_view line, BpfCase& out);

}  // namespace skep::tool
