// A loaded program as text: source lines, BPF instructions, RV64 code, side by side. For `skep jit` on the host and
// bpfdump in the guest. Pure; allocates nothing. Free of bpf.h's structures, so that either side's headers fit beside.
#pragma once

#include <stdint.h>

#include <span>
#include <string_view>

#include "lib/format.h"

namespace skep::listing {

// Where a source line's instructions begin.
struct SourceLine {
  uint32_t at = 0;  // index of a BPF slot
  std::string_view file, text;
  uint32_t line = 0;
};

struct Function {
  uint32_t at = 0;  // its first BPF slot
  std::string_view name;
  uint32_t code_begin = 0, code_end = 0;  // byte offsets of its native code; equal without
};

// What numbers mean. Empty answers: unknown.
class Names {
 public:
  virtual std::string_view map(uint32_t id) const = 0;
  // The function at an address that the native code calls, or the object at one that it loads.
  virtual std::string_view address(uint64_t address) const = 0;

 protected:
  ~Names() = default;
};

inline constexpr uint32_t kNoCode = ~uint32_t{0};

struct Listing {
  std::span<const uint8_t> insns;       // BPF, 8 bytes each, maps by their ids
  std::span<const uint8_t> code;        // native; empty without
  uint64_t code_address = 0;            // where it runs
  std::span<const uint32_t> offsets;    // per slot: byte offset of its native code; kNoCode: not known, it is part of
                                        // what came before
  std::span<const Function> functions;  // by `at`
  std::span<const SourceLine> lines;    // by `at`
  const Names* names = nullptr;
};

enum class Columns : uint8_t { kBpf = 1, kNative = 2, kBoth = 3 };

void print(TextSink& out, const Listing& listing, Columns columns);

}  // namespace skep::listing
