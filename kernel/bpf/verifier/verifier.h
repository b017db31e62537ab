// The verifier: decides, before a program ever runs, that no run of it can harm the kernel. Pure: it takes spans,
// returns values, and touches nothing but memory it allocates itself (and the values of frozen read-only maps, which it
// reads).
#pragma once

#include <stdint.h>

#include <span>
#include <string_view>

#include "bpf/btf/btf.h"
#include "bpf/prog.h"
#include "lib/format.h"
#include "uapi/bpf.h"

namespace skep::bpf {

namespace verifier {
class State;
}

// The rules a program can break. verifier/rules.h has a row for each: errno, the line's wording, meaning, remedy.
enum class Rule : uint16_t;

// A refusal is data; log line, explanation and tests derive from it.
struct Rejection {
  Errno error = Errno::kEINVAL;  // EACCES for unsafe memory, EINVAL for structure, E2BIG for limits, ENOMEM, EAGAIN
  Rule rule{};
  InsnIndex at = 0;
  uint8_t registers[2] = {0xff, 0xff};  // involved, 0xff for none
  int64_t values[5] = {};               // by rule: offset, size, limit …
  std::string_view text = {};           // by rule; static storage, or the kernel BTF's
  std::string_view second_text = {};    // the same
  uint32_t insns_processed = 0;         // until then
  uint32_t peak_states = 0;
};

// For soundness tests: hears what the verifier believes before each instruction it looks at.
class ClaimRecorder {
 public:
  // `live` has a bit for each register of the top frame whose value the program can still use.
  virtual void claim(InsnIndex at, const verifier::State& state, uint16_t live) = 0;
  // The claims since the one numbered `count` (from 0) are taken back: they assumed something that did not hold.
  virtual void take_back(uint64_t count) = 0;

 protected:
  ~ClaimRecorder() = default;
};

struct VerifyRequest {
  std::span<const bpf_insn> code = {};
  uint32_t prog_type = 0;
  uint32_t expected_attach_type = 0;
  uint32_t prog_flags = 0;
  bool gpl_compatible = false;
  bool privileged = true;
  // What an LDDW with Pseudo::kMapFd / kMapValue names: the map whose fd stands in imm. The loader has replaced fds by
  // indices into this list (low half of imm64), so that the verifier never sees a descriptor.
  std::span<const Ref<Map>> maps = {};
  const ProgramDebugInfo* debug = nullptr;
  // The kernel's own types, for pointers to its objects; null: such pointers are opaque. And the function or tracepoint
  // in it that a tracing program is for; 0: none, its arguments are numbers.
  const Btf* kernel_btf = nullptr;
  uint32_t attach_btf_id = 0;
  uint32_t log_level = 0;           // BPF_LOG_LEVEL1 = 1, LEVEL2 = 2, STATS = 4
  TextSink* log = nullptr;          // never null when log_level != 0
  bool (*interrupted)() = nullptr;  // polled now and then; true ends verification with EAGAIN
  bool judge_only = false;          // accept helpers that this kernel has no function for (skep verify)
  // For tests: prune only where every scalar's bounds agree, so that each claim holds on every run.
  bool exact_pruning = false;
  ClaimRecorder* recorder = nullptr;
  size_t memory_limit = 0;        // bytes of exploring; 0: verifier/limits.h says
  bool unroll_loops = false;      // for tests: explore every turn of every loop
  bool keep_paths_apart = false;  // for tests: never join states of several paths into one (prune.cc)
  uint64_t started_ns = 0;        // set by verify(): for the log's statistics
};

struct VerifyResult {
  Image image;  // decoded, resolved, with facts; image.maps shares the request's maps
  uint32_t insns_processed = 0;
  uint32_t peak_states = 0;
  uint32_t total_states = 0;
  uint32_t max_states_per_insn = 0;
  size_t peak_bytes = 0;            // memory of exploring, at most
  uint32_t loops_proved = 0;        // entries into loops whose turns were proved by induction (docs/verifier.md)
  uint32_t loops_unrolled = 0;      // ... for which that was tried and failed
  uint32_t max_context_offset = 0;  // one past the last context byte that the program may access (PROG_TEST_RUN)
  // One past the last byte of a writable raw tracepoint's buffer that the program may access: for whoever attaches it.
  uint32_t max_trace_buffer_offset = 0;
};

// Logs as log_level says; a refusal's line and its explanation are in the log when log_level has bit 1 or 2. Task.
std::expected<VerifyResult, Rejection> verify(const VerifyRequest& request);

// The refusal's line as in Linux's log, without newline (two lines for some rules).
void print_rejection(TextSink& out, const Rejection& rejection);
// The rule's name in verifier/rules.h ("kUninitRegister"), and in log and documentation ("uninit_register").
std::string_view rule_name(Rule rule);
void print_rule_name(TextSink& out, Rule rule);

}  // namespace skep::bpf
