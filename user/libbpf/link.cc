// Linking a program: its function, then every subprogram that it reaches, each once; calls, maps and addresses filled
// in; the .BTF.ext records of all of them moved along. The kernel checks the result again.
#include "lib/checked.h"
#include "object.h"
#include "print.h"

namespace skep::libbpf {
namespace {

// Linux's libbpf puts this in place of a map that was not created; the verifier then names it if the code is reachable.
constexpr int32_t kPoisonedMapCall = 2001000000;

const char* core_kind_name(uint32_t kind) {
  static constexpr const char* kNames[] = {"byte_off",    "byte_sz",    "field_exists",   "signed",
                                           "lshift_u64",  "rshift_u64", "local_type_id",  "target_type_id",
                                           "type_exists", "type_size",  "enumval_exists", "enumval_value",
                                           "type_matches"};
  return kind < std::size(kNames) ? kNames[kind] : "unknown";
}

class Linker {
 public:
  Linker(bpf_object& object, bpf_program& prog) : object_(object), prog_(prog) {}

  Result<void> link() {
    prog_.insns.clear();
    TRY(place(*prog_.function));
    // placed_ grows while functions are linked.
    for (size_t i = 0; i < placed_.size(); i++) TRY(link_function(placed_[i]));
    for (const Placed& p : placed_) TRY(refuse_core(*p.function));
    TRY(collect_records());
    prog_.linked = true;
    return {};
  }

 private:
  struct Placed {
    const Function* function;
    uint32_t at;
  };

  // Where the function is in the program; puts it at the end when it is not there yet.
  Result<uint32_t> place(const Function& function) {
    for (const Placed& p : placed_) {
      if (p.function == &function) return p.at;
    }
    if (prog_.insns.size() + function.insns.size() > kMaxProgramInsns) {
      LOG_WARN("prog '%s': more than %zu instructions with its subprograms\n", prog_.name(), kMaxProgramInsns);
      return fail(kProgramTooBig);
    }
    const auto at = static_cast<uint32_t>(prog_.insns.size());
    TRY(prog_.insns.append(function.insns));
    TRY(placed_.push_back({&function, at}));
    return at;
  }

  Result<void> link_function(Placed p) {
    size_t next = 0;
    const auto& relocations = p.function->relocations;
    for (uint32_t i = 0; i < p.function->insns.size(); i++) {
      const Relocation* r = next < relocations.size() && relocations[next].insn == i ? &relocations[next++] : nullptr;
      const bpf_insn& insn = p.function->insns[i];
      if (r) {
        TRY(apply(*r, p.at + i));
      } else if (insn.code == (BPF_JMP | BPF_CALL) && insn.src_reg == BPF_PSEUDO_CALL) {
        // Clang resolves calls inside one section itself.
        const int64_t target = int64_t{p.function->first_insn} + i + insn.imm + 1;
        Function* callee = target >= 0 && target <= UINT32_MAX
                               ? object_.find_function(p.function->section, static_cast<uint32_t>(target))
                               : nullptr;
        if (!callee || callee->first_insn != target) {
          LOG_WARN("prog '%s': no function begins where instruction %u of '%s' calls\n", prog_.name(), i,
                   p.function->name);
          return fail(kBadRelocation);
        }
        TRY(set_distance(p.at + i, *callee));
      }
    }
    return {};
  }

  // imm of a call or of a subprogram's address: instructions from the next one to the target.
  Result<void> set_distance(uint32_t at, const Function& target) {
    const uint32_t target_at = TRY(place(target));
    prog_.insns[at].imm = static_cast<int32_t>(target_at) - static_cast<int32_t>(at) - 1;
    return {};
  }

  Result<void> apply(const Relocation& r, uint32_t at) {
    bpf_insn* insn = &prog_.insns[at];
    switch (r.kind) {
      case Relocation::Kind::kCall:
        return set_distance(at, *r.function);
      case Relocation::Kind::kFunctionAddr:
        insn->src_reg = BPF_PSEUDO_FUNC;
        return set_distance(at, *r.function);
      case Relocation::Kind::kMap:
      case Relocation::Kind::kMapValue:
        break;
    }
    if (r.map->fd < 0) {
      poison(insn, *r.map);
      return {};
    }
    const bool is_value = r.kind == Relocation::Kind::kMapValue;
    insn[0].src_reg = is_value ? BPF_PSEUDO_MAP_VALUE : BPF_PSEUDO_MAP_FD;
    insn[0].imm = r.map->fd;
    insn[1].imm = is_value ? static_cast<int32_t>(r.offset) : 0;
    return {};
  }

  void poison(bpf_insn* insn, const bpf_map& map) {
    LOG_DEBUG("prog '%s': map '%s' was not created: code that uses it will be refused\n", prog_.name(),
              map.shown_name());
    for (int i = 0; i < 2; i++) {
      insn[i] = {};
      insn[i].code = BPF_JMP | BPF_CALL;
      insn[i].imm = kPoisonedMapCall;
    }
  }

  // Without a kernel BTF nothing can be relocated. What refers only to the program's own types needs nothing.
  Result<void> refuse_core(const Function& function) {
    for (const ExtBlock& block : object_.ext.core_relocations()) {
      if (strcmp(block.section, object_.elf.section(function.section).name) != 0) continue;
      for (size_t i = 0; i < block.count(); i++) {
        const uint32_t insn = block.insn_offset(i) / sizeof(bpf_insn);
        if (insn < function.first_insn || insn - function.first_insn >= function.insns.size()) continue;
        CoreRelocation r;
        memcpy(&r, block.record(i).data(), sizeof(r));
        if (r.kind == kCoreTypeIdLocal) continue;
        const btf_type* t = object_.types->type(r.type_id);
        const char* access = object_.types->string_at(r.access_string);
        LOG_WARN(
            "prog '%s': relo #%zu: CO-RE relocation <%s> against '%s' (%s) is not supported: declare the type as the "
            "kernel has it (bpftool btf dump file /sys/kernel/btf/vmlinux), without preserve_access_index\n",
            prog_.name(), i, core_kind_name(r.kind), t ? object_.types->name_of(*t) : "?", access ? access : "?");
        return fail(Errno::kESRCH);
      }
    }
    return {};
  }

  // The kernel wants a record for every function or none at all.
  Result<void> collect_records() {
    prog_.func_info.clear();
    prog_.line_info.clear();
    prog_.func_info_record = prog_.line_info_record = 0;
    for (const Placed& p : placed_) {
      const size_t before = prog_.func_info.size();
      TRY(append_records(object_.ext.functions(), p, 1, prog_.func_info, prog_.func_info_record));
      if (prog_.func_info.size() == before) {
        LOG_DEBUG("prog '%s': no .BTF.ext function info for '%s'\n", prog_.name(), p.function->name);
        prog_.func_info.clear();
        return {};
      }
    }
    for (const Placed& p : placed_) {
      TRY(append_records(object_.ext.lines(), p, static_cast<uint32_t>(p.function->insns.size()), prog_.line_info,
                         prog_.line_info_record));
    }
    return {};
  }

  // Copies the records of the function's first `reach` instructions, their offsets turned from bytes in the section
  // into instructions in the program.
  Result<void> append_records(std::span<const ExtBlock> blocks, const Placed& p, uint32_t reach, Vec<uint8_t>& out,
                              uint32_t& record_bytes) {
    const char* section = object_.elf.section(p.function->section).name;
    for (const ExtBlock& block : blocks) {
      if (strcmp(block.section, section) != 0) continue;
      record_bytes = block.record_bytes;
      for (size_t i = 0; i < block.count(); i++) {
        const uint32_t insn = block.insn_offset(i) / sizeof(bpf_insn);
        if (insn < p.function->first_insn || insn - p.function->first_insn >= reach) continue;
        const size_t at = out.size();
        TRY(out.append(block.record(i)));
        const uint32_t moved = insn - p.function->first_insn + p.at;
        memcpy(out.data() + at, &moved, sizeof(moved));
      }
    }
    return {};
  }

  bpf_object& object_;
  bpf_program& prog_;
  Vec<Placed> placed_;
};

}  // namespace

Result<void> link_program(bpf_object& object, bpf_program& prog) { return Linker(object, prog).link(); }

}  // namespace skep::libbpf
