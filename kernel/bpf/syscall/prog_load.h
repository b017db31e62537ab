// PROG_LOAD in steps: attributes, code, maps, debug information, verifier, engine, descriptor.
#pragma once

#include "bpf/prog.h"
#include "bpf/syscall/commands.h"
#include "bpf/syscall/user_log.h"

namespace skep::bpf {

// Linux: BPF_COMPLEXITY_LIMIT_INSNS, what a privileged caller may load.
inline constexpr uint32_t kMaxProgramInsns = 1'000'000;
// Linux: MAX_USED_MAPS.
inline constexpr uint32_t kMaxProgramMaps = 64;
// func_info and line_info records may be longer than known here, up to this. Linux: MAX_FUNCINFO_REC_SIZE.
inline constexpr uint32_t kMaxRecordBytes = 252;

class ProgramLoader {
 public:
  explicit ProgramLoader(const Call& call)
      : call_(call), attr_(call.attr), log_(attr_.log_level, attr_.log_buf, attr_.log_size) {}
  Result<long> run();

 private:
  // Before the log exists: mistakes here have no message in Linux either.
  Result<void> check_attributes();
  Result<void> check_attach_type();
  Result<void> read_code();
  // With the log.
  Result<void> check_kind();
  Result<void> read_debug_info();
  template <typename T>
  Result<void> read_records(Vec<T>& out, UserAddress from, uint32_t count, uint32_t record_bytes,
                            std::string_view what);
  Result<void> resolve_maps();
  Result<uint32_t> map_index_of(const Ref<Map>& map);
  Result<void> verify_code();
  Result<void> check_engine();
  Result<void> compile();

  template <typename... Args>
  Failure refuse(Errno error, std::string_view format, const Args&... args) {
    format_to(log_, format, args...);
    return fail(error);
  }

  const Call& call_;
  const bpf_attr& attr_;
  UserLog log_;
  Ref<Program> program_;
  Vec<bpf_insn> code_;  // as user space gave it, map descriptors replaced by indices into maps_
  Vec<Ref<Map>> maps_;
  bool jit_ = false;  // compiled, or interpreted: decided once for the load
};

}  // namespace skep::bpf
