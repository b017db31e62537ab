// What verifier tests share: programs as text, maps to refer to, verdicts with the log.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bpf/isa/assemble.h"
#include "bpf/maps/map.h"
#include "bpf/verifier/rules.h"
#include "bpf/verifier/verifier.h"

namespace skep::verifier_test {

// Collects text.
class StringSink final : public TextSink {
 public:
  void write(std::string_view t) override { text += t; }
  std::string text;
};

// The maps that a test program names as `map_fd N` and `map_value N OFFSET`.
enum TestMap : uint32_t {
  kArray,       // key 4, value 16, 4 elements
  kHash,        // key 8, value 8
  kReadOnly,    // array, value 16, 1 element, BPF_F_RDONLY_PROG and frozen; holds 0x1122334455667788, then "skep"
  kWriteOnly,   // array, value 8, 1 element, BPF_F_WRONLY_PROG
  kGlobal,      // array, value 64, 1 element
  kPerCpuHash,  // key 16, value 8
  kLarge,       // array, value 4096, 1 element
  kRingbuf,
  kProgArray,
  kPerfEventArray,
  kStackTrace,   // key 4, value 8
  kArrayOfMaps,  // key 4; its maps are like kArray
  kHashOfMaps,   // key 8; its maps are like kHash
  kLockedArray,  // key 4, 4 elements; value 16: a u32, a struct bpf_spin_lock at 4, a u64
  kLockedHash,   // key 4, value as kLockedArray's
  kLockedOne,    // array of one element, value as kLockedArray's
  kTwoLocks,     // array, value 8: two locks, so that there is none
  kTimedArray,   // key 4, 4 elements; value 24: a u64, a struct bpf_timer at 8
  kTimedHash,    // key 4, value as kTimedArray's
  kUserRingbuf,  // of which there is only a description
  kTestMaps
};
const std::vector<Ref<bpf::Map>>& test_maps();

std::vector<bpf_insn> assemble_program(std::string_view text);

struct Verdict {
  bool accepted = false;
  bpf::Rejection rejection;
  bpf::VerifyResult result;
  std::string log;
};

struct Options {
  uint32_t prog_type = BPF_PROG_TYPE_KPROBE;
  uint32_t log_level = 1;
  bool gpl = true;
  uint32_t prog_flags = 0;
  uint32_t attach_type = 0;
  bool judge_only = true;
  bool privileged = true;
  bool exact_pruning = false;
  bpf::ClaimRecorder* recorder = nullptr;
  bool unroll_loops = false;
  bool keep_paths_apart = false;
  bool (*interrupted)() = nullptr;
  const bpf::ProgramDebugInfo* debug = nullptr;
  // The function or tracepoint of kernel_types() that a tracing program is for, or kTyped for the kernel's types alone;
  // "": there is no kernel BTF.
  std::string_view target = {};
};
inline constexpr std::string_view kTyped = "-";
// The BTF of an imagined kernel (support.cc).
const Ref<bpf::Btf>& kernel_types();

Verdict run_verifier(const std::vector<bpf_insn>& code, const Options& options = {});
inline Verdict run_verifier(std::string_view text, const Options& options = {}) {
  return run_verifier(assemble_program(text), options);
}

// A case as data: what is expected of a program.
struct Case {
  std::string_view name;
  uint32_t prog_type;
  std::string_view text;
  std::string_view rule;         // "" when it must be accepted, else the rule's name without k ("NullPointer")
  std::string_view log = {};     // must be part of the log
  uint32_t prog_flags = 0;       // BPF_F_…
  uint32_t attach_type = 0;      // expected_attach_type
  std::string_view target = {};  // as Options::target
};
void check_cases(const Case* cases, size_t count);

}  // namespace skep::verifier_test
