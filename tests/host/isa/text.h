// Instructions from text and back, for tests that read better so.
#pragma once

#include <string>
#include <vector>

#include "bpf/isa/assemble.h"
#include "bpf/isa/decode.h"

namespace skep::test {

// The assembled text; throws nothing, but an error shows as an empty vector and `*error`.
inline std::vector<bpf_insn> assembled(std::string_view text, std::string* error = nullptr) {
  std::vector<bpf_insn> slots(text.size() + 2);
  const auto count = bpf::assemble(text, slots);
  if (!count) {
    if (error) *error = "line " + std::to_string(count.error().line) + ": " + std::string(count.error().reason);
    return {};
  }
  slots.resize(*count);
  return slots;
}

inline std::string listing(const bpf::Insn& insn, bpf::InsnIndex at, bpf::HelperName helper_name = nullptr) {
  char line[160];
  BufferSink sink(line);
  bpf::disassemble(sink, insn, at, helper_name);
  return std::string(sink.view());
}

}  // namespace skep::test
