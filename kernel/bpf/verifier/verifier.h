// The verifier: decides, before a program ever runs, that no run of it can harm the kernel. Pure: it takes spans, returns
// values, and touches nothing but memory it allocates itself.
#pragma once

#include <stdint.h>

#include <span>
#include <string_view>

#include "bpf/btf/btf.h"
#include "bpf/prog.h"
#include "lib/format.h"
#include "uapi/bpf.h"

namespace skep::bpf {

// The rules a program can break. verifier/rules.h has a row for each: id, errno, the line's wording, the remedy.
enum class Rule : uint16_t;

// A refusal is data; log line, explanation and tests derive from it.
struct Rejection {
  Errno error = Errno::kEINVAL;  // EACCES for unsafe memory, EINVAL for structure, E2BIG for limits, EPERM, ENOMEM
  Rule rule{};
  InsnIndex at = 0;
  uint8_t registers[2] = {0xff, 0xff};  // involved, 0xff for none
  int64_t values[3] = {};               // by rule: offset, size, limit …
};

struct VerifyRequest {
  std::span<const bpf_insn> code;
  uint32_t prog_type = 0;
  uint32_t expected_attach_type = 0;
  uint32_t prog_flags = 0;
  bool gpl_compatible = false;
  bool privileged = true;
  // What an LDDW with Pseudo::kMapFd / kMapValue names: the map whose fd stands in imm. The loader has replaced fds by
  // indices into this list (low half of imm64), so that the verifier never sees a descriptor.
  std::span<const Ref<Map>> maps;
  const ProgramDebugInfo* debug = nullptr;
  uint32_t log_level = 0;   // BPF_LOG_LEVEL1 = 1, LEVEL2 = 2, STATS = 4
  TextSink* log = nullptr;  // never null when log_level != 0
  bool (*interrupted)() = nullptr;  // polled now and then; true ends verification with EAGAIN
};

struct VerifyResult {
  Image image;              // decoded, resolved, with facts; image.maps shares the request's maps
  uint32_t insns_processed = 0;
  uint32_t peak_states = 0;
  uint32_t total_states = 0;
  uint32_t max_context_offset = 0;  // one past the last context byte that the program may access (PROG_TEST_RUN)
};

std::expected<VerifyResult, Rejection> verify(const VerifyRequest& request);

}  // namespace skep::bpf
