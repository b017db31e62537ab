// Running BPF programs on the host, unverified: by the interpreter in a child of this process, or by the JIT in the
// riscv64 runner under qemu-riscv64. A program that crashes or does not end is reported, and the others run.
#pragma once

#include <stdint.h>

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace skep::tool {

struct Case {
  std::string name;
  std::string insns;  // hex
  std::string mem;    // hex, may be empty
};

struct Outcome {
  std::optional<uint64_t> r0;
  std::string error;  // empty when r0 is there
};

enum class Engine { kInterp, kJit };

struct EngineOptions {
  Engine engine = Engine::kInterp;
  std::string target = "rv64_zba_zbb";  // of the JIT: rv64 with _zba, _zbb, and _far to place code out of direct reach
  std::string runner;                   // path; empty: "runner" beside this program
};

// Whether it is a target's name.
bool is_target(std::string_view name);

// How often the interpreter executed each row of the ISA table (kernel/bpf/isa/table.h), in run_cases() so far.
std::span<const uint64_t> executed_rows();

// One outcome per case, in order.
std::vector<Outcome> run_cases(const std::vector<Case>& cases, const EngineOptions& options);

// With the slash at its end.
std::string directory_of_this_program();

// Bytes of a hex string without separators; nullopt when it is none.
std::optional<std::vector<uint8_t>> parse_hex(const std::string& text);
std::string to_hex(const std::vector<uint8_t>& bytes);

}  // namespace skep::tool
