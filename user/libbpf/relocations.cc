// Reading relocations: what each lddw and call of the object refers to, and what fills the slots of maps of maps.
// Numbers and addends: Linux's Documentation/bpf/llvm_reloc.rst.
#include <algorithm>

#include "object.h"
#include "print.h"

namespace skep::libbpf {
namespace {

constexpr uint8_t kLddw = BPF_LD | BPF_IMM | BPF_DW;
constexpr uint8_t kCallInsn = BPF_JMP | BPF_CALL;

Failure refuse(const char* section, uint32_t index, const char* what, const char* symbol) {
  LOG_WARN("sec '%s': relo #%u: %s '%s'\n", section, index, what, symbol);
  return fail(kBadRelocation);
}

// The relocations of one section of instructions.
class CodeRelocations {
 public:
  CodeRelocations(bpf_object& object, uint32_t target) : object_(object), target_(target) {
    section_name_ = object.elf.section(target).name;
  }

  Result<void> read(const ElfSection& relocations) {
    for (uint32_t i = 0; i < ElfView::reloc_count(relocations); i++) TRY(read_one(ElfView::reloc(relocations, i), i));
    return {};
  }

 private:
  Result<void> read_one(const ElfReloc& reloc, uint32_t index) {
    if (reloc.symbol >= object_.elf.symbol_count()) return refuse(section_name_, index, "no such symbol for", "?");
    const ElfSymbol symbol = object_.elf.symbol(reloc.symbol);
    const char* name = symbol.name[0] != '\0' ? symbol.name : "<unnamed>";
    const uint64_t at = reloc.offset / sizeof(bpf_insn);
    Function* function = reloc.offset % sizeof(bpf_insn) == 0 && at <= UINT32_MAX
                             ? object_.find_function(target_, static_cast<uint32_t>(at))
                             : nullptr;
    if (!function) return refuse(section_name_, index, "no instruction there that could refer to", name);

    Relocation r = {};
    r.insn = static_cast<uint32_t>(at) - function->first_insn;
    const bpf_insn& insn = function->insns[r.insn];
    if (reloc.type != kRelocBpf64_64 && reloc.type != kRelocBpf64_32) {
      LOG_WARN("prog '%s': relo #%u: unknown relocation type %u against '%s'\n", function->name, index, reloc.type,
               name);
      return fail(kBadRelocation);
    }
    if (symbol.section == kUndefinedSection) {
      LOG_WARN("prog '%s': relo #%u: extern '%s' is not supported\n", function->name, index, name);
      return fail(kBadRelocation);
    }
    if (symbol.section >= object_.elf.section_count()) return refuse(section_name_, index, "unexpected symbol", name);

    if (insn.code == kCallInsn) {
      TRY(read_call(r, symbol, insn, *function, index));
    } else if (insn.code == kLddw && r.insn + 1 < function->insns.size()) {
      TRY(read_lddw(r, symbol, insn, *function, index));
    } else {
      LOG_WARN("prog '%s': invalid relo against '%s' for insns[%u].code 0x%x\n", function->name, name, r.insn,
               insn.code);
      return fail(kBadRelocation);
    }
    TRY(function->relocations.push_back(r));
    return {};
  }

  // imm counts instructions from the one behind the call; against a section it is the target's place in it.
  Result<void> read_call(Relocation& r, const ElfSymbol& symbol, const bpf_insn& insn, const Function& function,
                         uint32_t index) {
    if (insn.src_reg != BPF_PSEUDO_CALL) {
      LOG_WARN("prog '%s': relo #%u: incorrect bpf_call opcode\n", function.name, index);
      return fail(kBadRelocation);
    }
    r.kind = Relocation::Kind::kCall;
    return find_target(r, symbol, (int64_t{insn.imm} + 1) * static_cast<int64_t>(sizeof(bpf_insn)), function, index);
  }

  Result<void> find_target(Relocation& r, const ElfSymbol& symbol, int64_t addend, const Function& function,
                           uint32_t index) {
    const int64_t byte = static_cast<int64_t>(symbol.value) + addend;
    if (byte >= 0 && byte % static_cast<int64_t>(sizeof(bpf_insn)) == 0 && byte / 8 <= UINT32_MAX) {
      const auto insn = static_cast<uint32_t>(byte / static_cast<int64_t>(sizeof(bpf_insn)));
      r.function = object_.find_function(symbol.section, insn);
      if (r.function && r.function->first_insn == insn) return {};
    }
    LOG_WARN("prog '%s': bad call relo #%u against '%s' in section '%s': no function begins there\n", function.name,
             index, symbol.name, object_.elf.section(symbol.section).name);
    return fail(kBadRelocation);
  }

  Result<void> read_lddw(Relocation& r, const ElfSymbol& symbol, const bpf_insn& insn, const Function& function,
                         uint32_t index) {
    const ElfSection target = object_.elf.section(symbol.section);
    if (target.is_executable()) {
      r.kind = Relocation::Kind::kFunctionAddr;
      return find_target(r, symbol, insn.imm, function, index);
    }
    const uint64_t addend = static_cast<uint32_t>(insn.imm);
    r.map = object_.find_map(symbol.section, symbol.value + (symbol.type == kSymbolSection ? addend : 0));
    if (!r.map) {
      LOG_WARN("prog '%s': relo #%u: bad relocation against '%s' in section '%s'\n", function.name, index, symbol.name,
               target.name);
      return fail(kBadRelocation);
    }
    if (r.map->is_internal()) {
      r.kind = Relocation::Kind::kMapValue;
      r.offset = symbol.value + addend;
      if (r.offset > r.map->def.value_size) {
        LOG_WARN("prog '%s': relo #%u: '%s' lies outside section '%s'\n", function.name, index, symbol.name,
                 target.name);
        return fail(kBadRelocation);
      }
    } else {
      r.kind = Relocation::Kind::kMap;
    }
    return {};
  }

  bpf_object& object_;
  uint32_t target_;
  const char* section_name_;
};

// The relocations of .maps: each fills one pointer of a map's `values`.
Result<void> read_map_slots(bpf_object& object, uint32_t target, const ElfSection& relocations) {
  for (uint32_t i = 0; i < ElfView::reloc_count(relocations); i++) {
    const ElfReloc reloc = ElfView::reloc(relocations, i);
    if (reloc.symbol >= object.elf.symbol_count()) return refuse(MAPS_ELF_SEC, i, "no such symbol for", "?");
    const ElfSymbol symbol = object.elf.symbol(reloc.symbol);
    if (reloc.type != kRelocBpf64_Abs64) return refuse(MAPS_ELF_SEC, i, "unknown relocation type against", symbol.name);
    // The map is the one whose definition ends last before the slot: `values` is its last member.
    bpf_map* map = nullptr;
    for (const auto& m : object.maps) {
      if (m->section == target && !m->is_internal() && m->offset <= reloc.offset && (!map || m->offset > map->offset)) {
        map = m.get();
      }
    }
    const btf_type* definition = nullptr;
    if (map) {
      const uint32_t id = object.types->find(map->name.c_str(), BTF_KIND_VAR);
      definition = id != 0 ? object.types->skip_modifiers(object.types->type(id)->type) : nullptr;
    }
    std::optional<uint64_t> values_at;
    if (definition && btf_is_struct(definition) && btf_vlen(definition) > 0) {
      const uint32_t last = btf_vlen(definition) - 1;
      if (strcmp(object.types->string_at(btf_members(definition)[last].name_off), "values") == 0) {
        values_at = map->offset + btf_member_bit_offset(definition, last) / 8;
      }
    }
    if (!values_at || reloc.offset < *values_at || reloc.offset % sizeof(uint64_t) != 0) {
      return refuse(MAPS_ELF_SEC, i, "no map slot there for", symbol.name);
    }
    MapSlot slot{.index = static_cast<uint32_t>((reloc.offset - *values_at) / sizeof(uint64_t))};
    if (map->def.type == BPF_MAP_TYPE_PROG_ARRAY) {
      for (const auto& prog : object.programs) {
        if (prog->function->section == symbol.section && symbol.type == kSymbolFunction &&
            prog->function->first_insn * sizeof(bpf_insn) == symbol.value) {
          slot.program = prog.get();
        }
      }
    } else if (symbol.section == target) {
      slot.map = object.find_map(target, symbol.value);
    }
    if (!slot.map && !slot.program) return refuse(MAPS_ELF_SEC, i, "neither a map nor a program:", symbol.name);
    TRY(map->slots.push_back(slot));
  }
  return {};
}

}  // namespace

Result<void> collect_relocations(bpf_object& object) {
  for (uint32_t i = 1; i < object.elf.section_count(); i++) {
    const ElfSection s = object.elf.section(i);
    if (s.type != kSectionRel) continue;
    if (s.info == 0 || s.info >= object.elf.section_count()) {
      LOG_WARN("sec '%s': relocates a section that is not there\n", s.name);
      return fail(kBadFormat);
    }
    const ElfSection target = object.elf.section(s.info);
    if (target.is_executable()) {
      TRY(CodeRelocations(object, s.info).read(s));
    } else if (strcmp(target.name, MAPS_ELF_SEC) == 0) {
      TRY(read_map_slots(object, s.info, s));
    } else {
      // Debug information and BTF need none at run time; pointers in global data stay what the file says, as in libbpf.
      LOG_DEBUG("elf: skipping relocations of section '%s'\n", target.name);
    }
  }
  for (const auto& function : object.functions) {
    auto& list = function->relocations;
    std::sort(list.begin(), list.end(), [](const Relocation& a, const Relocation& b) { return a.insn < b.insn; });
    for (size_t i = 1; i < list.size(); i++) {
      if (list[i].insn == list[i - 1].insn) {
        LOG_WARN("prog '%s': two relocations of instruction %u\n", function->name, list[i].insn);
        return fail(kBadRelocation);
      }
    }
  }
  return {};
}

}  // namespace skep::libbpf
