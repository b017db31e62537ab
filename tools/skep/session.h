// One program with all that it needs, through bpf(2): BTF, maps with their elements, PROG_LOAD, runs. Freestanding:
// compiled for the host (tools/skep) and for the riscv64 runner (tests/runner/core), so that both load alike.
#pragma once

#include <stdint.h>

#include <span>
#include <string_view>

#include "bpf/memory.h"
#include "tools/skep/bpf_door.h"

namespace skep::tool {

inline constexpr int32_t kNoInnerMap = -1;

struct MapElement {
  std::span<const uint8_t> key, value;  // of a map of maps: the value is the index of an earlier map
};

struct MapSpec {
  uint32_t type = 0, key_size = 0, value_size = 0, max_entries = 0, flags = 0;
  uint64_t extra = 0;
  int32_t inner_map = kNoInnerMap;  // index of an earlier map
  uint32_t btf_key_type_id = 0, btf_value_type_id = 0;
  bool frozen = false;  // MAP_FREEZE after its elements were set
  std::span<const MapElement> init;
};

struct ProgramSpec {
  uint32_t type = 0, expected_attach_type = 0, flags = 0, attach_btf_id = 0;
  std::span<const bpf_insn> insns;  // an LDDW that names a map (src 1, 2) does so by its index
  std::span<const MapSpec> maps;
  std::span<const uint8_t> btf, func_info, line_info;
  uint32_t func_info_rec_size = sizeof(bpf_func_info), line_info_rec_size = sizeof(bpf_line_info);
};

// What did not work: "BTF_LOAD", "MAP_CREATE of map 3", ...
struct Step {
  std::string_view command;
  int32_t map = -1;  // none
};

class Session {
 public:
  explicit Session(const ProgramSpec& spec) : spec_(spec) {}
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Loads the BTF, creates and fills the maps.
  Result<void> prepare();
  // PROG_LOAD under GPL. ENOSPC with the bytes that the log needs in `log_true_size` when it did not fit.
  Result<void> load(uint32_t log_level, std::span<char> log, uint32_t& log_true_size);
  // Runs the loaded program once: socket filters (data: a packet with its Ethernet header) and raw tracepoints (data:
  // the arguments) through PROG_TEST_RUN, others directly on `data` as context, zeros behind it. The low half of r0.
  Result<uint32_t> run(std::span<const uint8_t> data);

  const Step& step() const { return step_; }

 private:
  Result<int> open(uint32_t command, bpf_attr& attr);
  Result<void> create_map(uint32_t index);
  Result<void> fill_map(uint32_t index);
  Result<uint32_t> run_directly(std::span<const uint8_t> data);

  const ProgramSpec& spec_;
  bpf::Vec<int> descriptors_;  // all of them
  bpf::Vec<int> maps_;         // by index
  int btf_ = -1;
  int program_ = -1;
  Step step_;
};

}  // namespace skep::tool
