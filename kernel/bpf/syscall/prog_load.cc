#include "bpf/syscall/prog_load.h"

#include <string.h>

#include <algorithm>

#include "bpf/btf/debug_info.h"
#include "bpf/fixups.h"
#include "bpf/helpers/helper.h"
#include "bpf/jit/jit.h"
#include "bpf/syscall/jit_dump.h"
#include "bpf/verifier/dead_code.h"
#include "bpf/verifier/verifier.h"

namespace skep::bpf {
namespace {

// What Linux 6.3 and 6.8 added: BPF_F_XDP_DEV_BOUND_ONLY, which says something of XDP programs only, and
// BPF_F_TEST_REG_INVARIANTS, which makes a contradiction in the verifier's ranges an error. Here there are none:
// refine() ends the path.
constexpr uint32_t kNewerFlags = 1U << 6 | 1U << 7;
constexpr uint32_t kKnownFlags = BPF_F_STRICT_ALIGNMENT | BPF_F_ANY_ALIGNMENT | BPF_F_TEST_STATE_FREQ |
                                 BPF_F_SLEEPABLE | BPF_F_TEST_RND_HI32 | BPF_F_XDP_HAS_FRAGS | kNewerFlags;
constexpr size_t kLicenseBytes = 128;
constexpr uint8_t kLddw = BPF_LD | BPF_IMM | BPF_DW;

// Linux: license_is_gpl_compatible().
bool is_gpl_compatible(std::string_view license) {
  constexpr std::string_view kCompatible[] = {"GPL",          "GPL v2",       "GPL and additional rights",
                                              "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL"};
  return std::ranges::find(kCompatible, license) != std::end(kCompatible);
}

bool makes_tail_calls(const Image& image) {
  return std::ranges::any_of(image.code, [](const Insn& insn) {
    return !insn.second_slot && insn.op == Op::kCallHelper && insn.imm == BPF_FUNC_tail_call;
  });
}

}  // namespace

Result<void> ProgramLoader::check_attributes() {
  if (attr_.prog_flags & ~kKnownFlags) return fail(Errno::kEINVAL);
  char license[kLicenseBytes];
  const size_t length = TRY(read_user_string(license, attr_.license));
  if (attr_.insn_cnt == 0 || attr_.insn_cnt > kMaxProgramInsns) return fail(Errno::kE2BIG);
  TRY(check_attach_type());
  if (attr_.prog_type == BPF_PROG_TYPE_SYSCALL && attr_.expected_attach_type != 0) return fail(Errno::kEINVAL);

  program_ = TRY(create_ref<Program>());
  program_->type_ = attr_.prog_type;
  program_->expected_attach_type_ = attr_.expected_attach_type;
  program_->attach_btf_id_ = attr_.attach_btf_id;
  program_->sleepable_ = (attr_.prog_flags & BPF_F_SLEEPABLE) != 0;
  program_->gpl_compatible_ = is_gpl_compatible({license, length});
  TRY(read_code());
  if (attr_.prog_ifindex != 0) return fail(Errno::kEINVAL);
  if (program_set_of(attr_.prog_type) == 0) return fail(Errno::kEINVAL);
  TRY(copy_object_name(program_->name_, attr_.prog_name));
  return UserLog::check(attr_.log_level, attr_.log_buf, attr_.log_size);
}

// Attaching by type: to something in the kernel's BTF, which the caller may also name by a descriptor. There are no
// programs that extend others.
Result<void> ProgramLoader::check_attach_type() {
  const bool by_descriptor = attr_.attach_btf_obj_fd != 0;
  if (attr_.attach_btf_id == 0) return by_descriptor ? fail(Errno::kEINVAL) : Result<void>();
  if (attr_.prog_type != BPF_PROG_TYPE_TRACING || !bpf_system().kernel_btf.load()) return fail(Errno::kEINVAL);
  if (!by_descriptor) return {};
  const auto btf = object_from_fd<Btf>(attr_.attach_btf_obj_fd);
  if (!btf) return fail(Errno::kEINVAL);
  return (*btf)->of_kernel() ? Result<void>() : fail(Errno::kEOPNOTSUPP);
}

Result<void> ProgramLoader::read_code() {
  TRY(code_.resize(attr_.insn_cnt));
  return platform::copy_from_user(code_.data(), attr_.insns, code_.size() * sizeof(bpf_insn));
}

Result<void> ProgramLoader::check_kind() {
  const bool sleepable = program_->sleepable();
  if (attr_.prog_type == BPF_PROG_TYPE_SYSCALL) {
    if (!sleepable) return refuse(Errno::kEINVAL, "Syscall programs can only be sleepable\n");
  } else if (attr_.prog_type == BPF_PROG_TYPE_TRACING) {
    if (attr_.attach_btf_id != 0) return {};
    return refuse(Errno::kEINVAL, "Tracing programs must provide btf_id\n");
  } else if (sleepable && attr_.prog_type != BPF_PROG_TYPE_KPROBE) {  // those are for uprobes; no kprobe takes them
    return refuse(Errno::kEINVAL,
                  "Only fentry/fexit/fmod_ret, lsm, iter, uprobe, and struct_ops programs can be sleepable\n");
  }
  return {};
}

// Records that are longer than T must be zero behind it.
template <typename T>
Result<void> ProgramLoader::read_records(Vec<T>& out, UserAddress from, uint32_t count, uint32_t record_bytes,
                                         std::string_view what) {
  if (record_bytes < sizeof(T) || record_bytes > kMaxRecordBytes || record_bytes % 4 != 0) {
    return refuse(Errno::kEINVAL, "invalid {} rec size {}\n", what, record_bytes);
  }
  // No program has more records than instructions; the exact check follows against the code.
  if (count > code_.size()) return refuse(Errno::kEINVAL, "more {} records than instructions\n", what);
  TRY(out.resize(count));
  for (uint32_t i = 0; i < count; i++) {
    const UserAddress record = from + static_cast<uint64_t>(i) * record_bytes;
    auto tail = check_user_tail_zero(record, sizeof(T), record_bytes);
    if (!tail && tail.error() == Errno::kE2BIG) return refuse(Errno::kE2BIG, "nonzero tailing record in {}\n", what);
    TRY(std::move(tail));
    TRY(platform::copy_from_user(&out[i], record, sizeof(T)));
  }
  return {};
}

Result<void> ProgramLoader::read_debug_info() {
  if (attr_.core_relo_cnt != 0) return refuse(Errno::kEINVAL, "CO-RE relocations need a kernel BTF\n");
  if (attr_.func_info_cnt == 0 && attr_.line_info_cnt == 0) return {};
  ProgramDebugInfo& debug = program_->debug_;
  debug.btf = TRY(object_from_fd<Btf>(attr_.prog_btf_fd));
  if (debug.btf->of_kernel()) return fail(Errno::kEACCES);
  if (attr_.func_info_cnt != 0) {
    TRY(read_records(debug.functions, attr_.func_info, attr_.func_info_cnt, attr_.func_info_rec_size, "func info"));
  }
  if (attr_.line_info_cnt != 0) {
    TRY(read_records(debug.lines, attr_.line_info, attr_.line_info_cnt, attr_.line_info_rec_size, "line_info"));
  }
  return check_debug_info(debug, code_.span(), log_);
}

Result<uint32_t> ProgramLoader::map_index_of(const Ref<Map>& map) {
  for (uint32_t i = 0; i < maps_.size(); i++) {
    if (maps_[i].get() == map.get()) return i;
  }
  if (maps_.size() == kMaxProgramMaps) return fail(Errno::kE2BIG);
  TRY(maps_.push_back(map));
  return static_cast<uint32_t>(maps_.size() - 1);
}

// Replaces each map descriptor in the code by its index in maps_, whichever way it was given.
Result<void> ProgramLoader::resolve_maps() {
  for (size_t i = 0; i < code_.size(); i++) {
    bpf_insn& insn = code_[i];
    if (insn.code != kLddw) continue;
    if (i + 1 == code_.size() || code_[i + 1].code != 0 || code_[i + 1].dst_reg != 0 || code_[i + 1].src_reg != 0 ||
        code_[i + 1].off != 0) {
      return refuse(Errno::kEINVAL, "invalid bpf_ld_imm64 insn\n");
    }
    if (!names_map(insn)) {
      i++;
      continue;
    }
    const bool by_index = insn.src_reg == BPF_PSEUDO_MAP_IDX || insn.src_reg == BPF_PSEUDO_MAP_IDX_VALUE;
    const bool by_value = insn.src_reg == BPF_PSEUDO_MAP_VALUE || insn.src_reg == BPF_PSEUDO_MAP_IDX_VALUE;
    if (!by_value && code_[i + 1].imm != 0) return refuse(Errno::kEINVAL, "unrecognized bpf_ld_imm64 insn\n");
    int32_t fd = insn.imm;
    if (by_index) {
      if (attr_.fd_array == 0) return refuse(Errno::kEPROTO, "fd_idx without fd_array is invalid\n");
      const UserAddress at = attr_.fd_array + static_cast<uint64_t>(static_cast<uint32_t>(insn.imm)) * sizeof(fd);
      TRY(platform::copy_from_user(&fd, at, sizeof(fd)));
    }
    const auto map = object_from_fd<Map>(static_cast<uint32_t>(fd));
    if (!map) return refuse(map.error(), "fd {} is not pointing to valid bpf_map\n", fd);
    const uint32_t index = TRY(map_index_of(*map));
    if (by_index && program_->loaded_.empty()) TRY(program_->loaded_.append(code_.span()));
    insn.imm = static_cast<int32_t>(index);
    insn.src_reg = by_value ? BPF_PSEUDO_MAP_VALUE : BPF_PSEUDO_MAP_FD;
    i++;
  }
  return {};
}

Result<void> ProgramLoader::verify_code() {
  const VerifyRequest request{.code = code_.span(),
                              .prog_type = attr_.prog_type,
                              .expected_attach_type = attr_.expected_attach_type,
                              .prog_flags = attr_.prog_flags,
                              .gpl_compatible = program_->gpl_compatible_,
                              .privileged = true,
                              .maps = maps_.span(),
                              .debug = program_->debug_.btf ? &program_->debug_ : nullptr,
                              .kernel_btf = bpf_system().kernel_btf.load(),
                              .attach_btf_id = attr_.attach_btf_id,
                              .log_level = attr_.log_level,
                              .log = log_.enabled() ? &log_ : nullptr,
                              .interrupted = platform::current_has_pending_signal,
                              .judge_only = bpf_system().judge_only};
  auto verified = verify(request);
  LoadObserver* observer = bpf_system().observer;
  if (!verified) {
    if (observer) observer->refused(verified.error());
    return fail(verified.error().error);
  }
  if (observer) observer->accepted(*verified);
  program_->image_ = std::move(verified->image);
  Vec<bpf_insn>& loaded = program_->loaded_;
  TRY(remove_dead_code(program_->image_, code_, program_->debug_, loaded.empty() ? &loaded : nullptr));
  program_->image_.bind();
  program_->verified_insns_ = verified->insns_processed;
  program_->max_context_offset_ = verified->max_context_offset;
  return {};
}

Result<void> ProgramLoader::check_engine() {
  jit_ = bpf_system().jit_enabled.load(std::memory_order_relaxed);
  // 33 programs inside each other would take more stack than the interpreter has.
  if (!jit_ && program_->image_.subprograms.size() > 1 && makes_tail_calls(program_->image_)) {
    return refuse(Errno::kEINVAL, "tail_calls are not allowed in non-JITed programs with bpf-to-bpf calls\n");
  }
  return {};
}

Result<void> ProgramLoader::compile() {
  if (jit_) {
    program_->jit_ = TRY(jit_compile(program_->image_, jit_target()));
  }
  for (const Ref<Map>& map : maps_) {
    if (!map->fits_program(*program_)) return fail(Errno::kEINVAL);
  }
  publish_fixups(program_->fixups_, program_->jit_);
  if (jit_ && bpf_system().jit_dumps.load(std::memory_order_relaxed)) dump_jit_code(*program_);
  program_->tail_call_target_ = {.image = &program_->image_, .entry = program_->jit_.tail_entry};
  // For user space, maps go by their ids.
  for (bpf_insn& insn : code_) {
    if (names_map(insn)) insn.imm = static_cast<int32_t>(maps_[static_cast<uint32_t>(insn.imm)]->id());
  }
  program_->xlated_ = std::move(code_);
  return {};
}

Result<long> ProgramLoader::run() {
  TRY(check_attributes());
  auto loaded = [&]() -> Result<void> {
    TRY(check_kind());
    TRY(read_debug_info());
    TRY(resolve_maps());
    TRY(verify_code());
    return check_engine();
  }();
  if (log_.enabled()) {
    // A log that was lost is what user space must hear of first.
    if (auto finished = log_.finish(); !finished) loaded = fail(finished.error());
    constexpr size_t kTrueSize = __builtin_offsetof(bpf_attr, log_true_size);
    if (call_.size >= kTrueSize + sizeof(attr_.log_true_size)) {
      if (!call_.put(kTrueSize, log_.true_size())) loaded = fail(Errno::kEFAULT);
    }
  }
  TRY(std::move(loaded));
  TRY(compile());

  platform::TaskFacts task;
  platform::current_task_facts(task);
  program_->created_by_uid_ = task.uid;
  program_->load_time_ns_ = platform::monotonic_ns();
  TRY(bpf_system().programs.add(*program_));
  return TRY(platform::install_descriptor(std::move(program_), kProgramDescriptorName));
}

Result<long> prog_load(const Call& call) { return ProgramLoader(call).run(); }

Result<long> prog_bind_map(const Call& call) {
  const auto& in = call.attr.prog_bind_map;
  if (in.flags != 0) return fail(Errno::kEINVAL);
  auto program = TRY(object_from_fd<Program>(in.prog_fd));
  TRY(program->bind_map(TRY(object_from_fd<Map>(in.map_fd))));
  return 0;
}

}  // namespace skep::bpf
