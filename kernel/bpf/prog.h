// A loaded program, and the image that passes from verifier to engines.
#pragma once

#include <stdint.h>

#include <array>
#include <atomic>
#include <span>

#include "bpf/btf/btf.h"
#include "bpf/isa/insn.h"
#include "bpf/maps/map.h"
#include "bpf/memory.h"
#include "bpf/object.h"
#include "uapi/bpf.h"

namespace skep::bpf {

struct Subprogram {
  InsnIndex start = 0;
  InsnIndex end = 0;                    // one past the last instruction
  uint32_t stack_bytes = 0;             // what it uses of its 512, rounded up to 16
  bool is_callback = false;             // entered from a helper, not by kCallLocal
  const struct Image* image = nullptr;  // set by Image::bind(); the interpreter's callback values point here
};

// What the verifier knows about one instruction and the engines may use. All fields default to "nothing known".
struct InsnFacts {
  bool reachable : 1 = true;
  bool upper_zero : 1 = false;     // the 32-bit result's upper half is known unused or zero: no zero-extension needed
  bool branch_always : 1 = false;  // conditional jump: always taken / never taken
  bool branch_never : 1 = false;
  bool fault_safe : 1 = false;  // a load that may fault (PTR_TO_BTF_ID): yields 0 then
  // dst is the constant `constant` after this instruction, on every run. `constant` may be an address of this kernel: a
  // map's, or one inside of a map's value. Values read from frozen, program-read-only maps are among the constants.
  bool result_known : 1 = false;
  bool constant_key : 1 = false;  // helper call on a map with a key known to be `constant` (4-byte keys)
  uint16_t map_index = 0xffff;    // helper call: the one map it is called with (index into Image::maps)
  uint64_t constant = 0;
};

// A verified (or, in tests, trusted) program ready to run. Instructions are decoded once; map and value references in
// LDDW are addresses already (imm64), their Pseudo kept for printing.
//
// Callbacks: an LDDW with Pseudo::kFunc gives the engine's own value for the subprogram that starts at `target` (its
// is_callback is set); a helper hands that value to call_callback() (interp/interp.h). The verifier has checked the
// callback for any number of turns, its stack together with its caller's, and, for bpf_loop and bpf_for_each_map_elem,
// that r0 is 0 (go on) or 1 (stop) when it returns. A callback may use its caller's frame through its context argument.
//
// Tail calls: Op::kCallHelper with imm BPF_FUNC_tail_call, r1 the context, r2 the prog_array, r3 the index (its low 32
// bits count). When it succeeds it does not return: the function that made it ends with the r0 of the program that was
// called. That is the main program, or a subprogram, whose caller then goes on; the verifier has explored both, and the
// stacks of the frames above a subprogram with a tail call are at most 256 bytes together. When it fails, the program
// goes on behind it, where r0 has no value. facts[] names the map when there is one, and the index when it is constant.
struct Image {
  Vec<Insn> code;               // one per slot; the second slot of an LDDW has second_slot set
  Vec<InsnFacts> facts;         // empty, or one per slot
  Vec<Subprogram> subprograms;  // [0] is the main program; sorted by start; covers all code
  Vec<Ref<Map>> maps;           // referenced maps

  // To be called when the image has reached its final place in memory, before the interpreter runs a program that takes
  // the address of a subprogram (Pseudo::kFunc).
  void bind() {
    for (Subprogram& s : subprograms) s.image = this;
  }
};

// A native instruction that may fault, and where execution goes on when it did. Byte offsets in the code.
struct JitException {
  uint32_t fault_offset = 0;
  uint32_t resume_offset = 0;
};

// Native code for an image.
struct JitCode {
  platform::CodeMemory memory;
  uint32_t bytes = 0;                // in use; the memory may be larger
  uint32_t code_bytes = 0;           // of instructions; behind them lie constants
  uint64_t entry = 0;                // uint64_t (*)(uint64_t r1, uint64_t r2)
  uint64_t tail_entry = 0;           // for tail calls: the same with the address of the run's uint32_t count in a6
  Vec<uint32_t> offsets;             // per BPF slot: byte offset of its first native instruction (for dumps)
  Vec<uint32_t> subprogram_offsets;  // per subprogram
  Vec<JitException> exceptions;      // fault-safe loads, sorted by fault_offset; searched by find_jit_fixup()
};

// A code's place in the list of those whose loads may fault (fixups.h).
struct FixupPlace {
  const JitCode* code = nullptr;
  std::atomic<FixupPlace*> next{nullptr};
};

// Linux: MAX_TAIL_CALL_CNT. In one run of a program, whichever functions make them.
inline constexpr uint32_t kMaxTailCalls = 33;

// What a tail call needs of the program that it goes to.
struct TailCallTarget {
  const Image* image = nullptr;
  uint64_t entry = 0;  // JitCode::tail_entry; 0 for a program that is interpreted
};

// A tail call, as either engine makes it: where it goes, or nullptr when it fails, because there were kMaxTailCalls
// already or the slot is empty. `taken` counts those of the run. Preemption off.
inline const TailCallTarget* take_tail_call(uint64_t map, uint64_t index, uint32_t& taken) {
  if (taken >= kMaxTailCalls) return nullptr;
  const auto* target = reinterpret_cast<const Map*>(map)->tail_call_target(static_cast<uint32_t>(index));
  if (target != nullptr) taken++;
  return target;
}

// A raw slot that begins an LDDW of a map or of a place in a map's value.
inline bool names_map(const bpf_insn& insn) {
  constexpr uint8_t kLddw = BPF_LD | BPF_IMM | BPF_DW;
  if (insn.code != kLddw) return false;
  return insn.src_reg == BPF_PSEUDO_MAP_FD || insn.src_reg == BPF_PSEUDO_MAP_VALUE ||
         insn.src_reg == BPF_PSEUDO_MAP_IDX || insn.src_reg == BPF_PSEUDO_MAP_IDX_VALUE;
}

class Program final : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::kProgram;

  uint32_t type() const { return type_; }
  const char* name() const { return name_; }
  const Image& image() const { return image_; }
  const JitCode& jit_code() const { return jit_; }
  const TailCallTarget& tail_call_target() const { return tail_call_target_; }

  // Runs the program. Preemption is off (the caller's work), and stays off. Any context. Counts nothing.
  uint64_t run(const void* context) const;

  // A hit that could not run the program (recursion); shown as recursion_misses. Any.
  void count_miss() { misses_.fetch_add(1, std::memory_order_relaxed); }

  uint64_t misses() const { return misses_.load(std::memory_order_relaxed); }

  uint32_t expected_attach_type() const { return expected_attach_type_; }
  // The type in the kernel's BTF that a tracing program is for; 0: none.
  uint32_t attach_btf_id() const { return attach_btf_id_; }
  // Loaded with BPF_F_SLEEPABLE: only for where it may sleep, so not for probes.
  bool sleepable() const { return sleepable_; }
  bool gpl_compatible() const { return gpl_compatible_; }
  uint32_t created_by_uid() const { return created_by_uid_; }
  uint64_t load_time_ns() const { return load_time_ns_; }
  uint32_t verified_insns() const { return verified_insns_; }
  // A digest of the code as it was loaded. Computed when first asked for: it costs more than verifying plain code.
  // Task.
  std::array<uint8_t, BPF_TAG_SIZE> tag() const;
  const ProgramDebugInfo& debug() const { return debug_; }
  // The instructions as user space sees them: map references as ids.
  std::span<const bpf_insn> xlated() const { return xlated_.span(); }
  uint32_t max_context_offset() const { return max_context_offset_; }

  // The maps the program holds: those of its code, then those bound to it later (PROG_BIND_MAP). Task.
  Result<void> bind_map(Ref<Map> map);  // ENOMEM; a map that is held already is fine
  // Ids of the first out.size() maps; returns how many there are.
  size_t map_ids(std::span<uint32_t> out);

  void last_reference_dropped() override;

 private:
  friend class ProgramLoader;
  template <typename T, typename... Args>
  friend Result<Ref<T>> create_ref(Args&&...);
  template <typename T>
  friend void destroy(T*);
  Program() : Object(kKind) {}
  ~Program() override;

  uint32_t type_ = 0;  // enum bpf_prog_type
  uint32_t expected_attach_type_ = 0;
  uint32_t attach_btf_id_ = 0;
  bool sleepable_ = false;
  bool gpl_compatible_ = false;
  uint32_t created_by_uid_ = 0;
  uint64_t load_time_ns_ = 0;
  uint32_t verified_insns_ = 0;
  char name_[BPF_OBJ_NAME_LEN] = {};
  Image image_;
  JitCode jit_;
  TailCallTarget tail_call_target_;
  FixupPlace fixups_;
  ProgramDebugInfo debug_;
  Vec<bpf_insn> xlated_;             // raw slots for OBJ_GET_INFO_BY_FD
  Vec<bpf_insn> loaded_;             // as loaded, when that differs from xlated_ in more than map references
  uint32_t max_context_offset_ = 0;  // one past the last context byte that the code reads
  std::atomic<uint64_t> misses_{0};
  mutable platform::Lock tag_lock_;
  mutable bool tag_known_ SKEP_GUARDED_BY(tag_lock_) = false;
  mutable std::array<uint8_t, BPF_TAG_SIZE> tag_ SKEP_GUARDED_BY(tag_lock_) = {};
  platform::Lock bound_lock_;
  Vec<Ref<Map>> bound_maps_ SKEP_GUARDED_BY(bound_lock_);
  struct Disposal : platform::GraceCallback {
    Program* program = nullptr;
  } disposal_;
};

}  // namespace skep::bpf
