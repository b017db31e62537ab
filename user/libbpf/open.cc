// Opening an object: sections, functions, programs. What needs a closer look has a file of its own: map_defs.cc,
// relocations.cc.
#include <stdio.h>

#include <algorithm>

#include "lib/checked.h"
#include "object.h"
#include "print.h"

namespace skep::libbpf {
namespace {

void read_license(bpf_object& object, const ElfSection& s) {
  const size_t n = std::min(s.data.size(), sizeof(object.license) - 1);
  if (n > 0) memcpy(object.license, s.data.data(), n);  // an empty section has no address
  object.license[n] = '\0';
}

Result<void> read_version(bpf_object& object, const ElfSection& s) {
  if (s.data.size() != sizeof(object.kernel_version)) {
    LOG_WARN("invalid kver section in %s: 4 bytes expected\n", object.path.c_str());
    return fail(kBadFormat);
  }
  memcpy(&object.kernel_version, s.data.data(), sizeof(object.kernel_version));
  return {};
}

// Functions are the STT_FUNC symbols of executable sections. Each must lie inside its section, on instruction
// boundaries.
Result<void> collect_functions(bpf_object& object) {
  for (uint32_t i = 0; i < object.elf.symbol_count(); i++) {
    const ElfSymbol symbol = object.elf.symbol(i);
    if (symbol.type != kSymbolFunction || symbol.section == kUndefinedSection ||
        symbol.section >= object.elf.section_count()) {
      continue;
    }
    const ElfSection s = object.elf.section(symbol.section);
    if (!s.is_executable()) continue;
    if (symbol.size == 0 || symbol.size % sizeof(bpf_insn) != 0 || symbol.value % sizeof(bpf_insn) != 0 ||
        !range_fits(symbol.value, symbol.size, s.data.size())) {
      LOG_WARN("sec '%s': function '%s' crosses section boundary or is not made of whole instructions\n", s.name,
               symbol.name);
      return fail(kBadFormat);
    }
    if (symbol.size / sizeof(bpf_insn) > kMaxProgramInsns) {
      LOG_WARN("sec '%s': function '%s' has more than %zu instructions\n", s.name, symbol.name, kMaxProgramInsns);
      return fail(kProgramTooBig);
    }
    const auto bytes = s.data.subspan(symbol.value, symbol.size);
    if (reinterpret_cast<uintptr_t>(bytes.data()) % alignof(bpf_insn) != 0) {
      LOG_WARN("sec '%s': not aligned in the file\n", s.name);
      return fail(kBadFormat);
    }
    auto function = TRY(Unique<Function>::create());
    function->name = symbol.name;
    function->section = symbol.section;
    function->first_insn = static_cast<uint32_t>(symbol.value / sizeof(bpf_insn));
    function->insns = {reinterpret_cast<const bpf_insn*>(bytes.data()), symbol.size / sizeof(bpf_insn)};
    TRY(object.functions.push_back(std::move(function)));
  }
  const auto earlier = [](const Unique<Function>& a, const Unique<Function>& b) {
    return a->section != b->section ? a->section < b->section : a->first_insn < b->first_insn;
  };
  std::sort(object.functions.begin(), object.functions.end(), earlier);
  for (size_t i = 1; i < object.functions.size(); i++) {
    const Function& before = *object.functions[i - 1];
    const Function& f = *object.functions[i];
    if (before.section == f.section && before.first_insn + before.insns.size() > f.first_insn) {
      LOG_WARN("functions '%s' and '%s' overlap\n", before.name, f.name);
      return fail(kBadFormat);
    }
  }
  return {};
}

// Every function outside .text is a program.
Result<void> collect_programs(bpf_object& object) {
  for (uint32_t i = 0; i < object.elf.symbol_count(); i++) {
    // A static function elsewhere could be nobody's entry, and a call's relocation against it names only the section.
    const ElfSymbol symbol = object.elf.symbol(i);
    if (symbol.type != kSymbolFunction || symbol.bind != kBindLocal || symbol.section == kUndefinedSection ||
        symbol.section >= object.elf.section_count()) {
      continue;
    }
    const ElfSection s = object.elf.section(symbol.section);
    if (s.is_executable() && strcmp(s.name, ".text") != 0) {
      LOG_WARN("sec '%s': func '%s' is static and not supported\n", s.name, symbol.name);
      return fail(Errno::kEOPNOTSUPP);
    }
  }
  for (const auto& function : object.functions) {
    const char* section_name = object.elf.section(function->section).name;
    if (strcmp(section_name, ".text") == 0) continue;
    auto prog = TRY(Unique<bpf_program>::create());
    prog->object = &object;
    prog->function = function.get();
    prog->section_name = section_name;
    prog->autoload = section_name[0] != '?';
    prog->def = find_section_def(section_name);
    if (prog->def) {
      prog->type = prog->def->prog_type;
      prog->expected_attach_type = prog->def->attach_type;
      if (prog->def->sleepable) prog->flags |= BPF_F_SLEEPABLE;
    }
    TRY(object.programs.push_back(std::move(prog)));
  }
  return {};
}

Result<void> collect_sections(bpf_object& object) {
  std::span<const uint8_t> types, ext;
  bool wants_types = false;
  for (uint32_t i = 1; i < object.elf.section_count(); i++) {
    const ElfSection s = object.elf.section(i);
    const std::string_view name = s.name;
    if (name == "license") {
      read_license(object, s);
    } else if (name == "version") {
      TRY(read_version(object, s));
    } else if (name == BTF_ELF_SEC) {
      types = s.data;
    } else if (name == BTF_EXT_ELF_SEC) {
      ext = s.data;
    } else if (name == MAPS_ELF_SEC) {
      wants_types = true;
    }
  }
  if (!types.empty()) {
    auto parsed = btf::parse(types);
    if (parsed) {
      object.types = std::move(*parsed);
    } else if (parsed.error() == Errno::kENOMEM || wants_types) {
      LOG_WARN("Error loading ELF section .BTF: %d.\n", -static_cast<int>(parsed.error()));
      return fail(parsed.error());
    } else {
      LOG_WARN("Error loading ELF section .BTF: %d. Ignored.\n", -static_cast<int>(parsed.error()));
    }
  } else if (wants_types) {
    LOG_WARN("BTF is required, but is missing or corrupted.\n");
    return fail(Errno::kENOENT);
  }
  if (!ext.empty() && object.types) {
    auto parsed = BtfExt::parse(ext, *object.types);
    if (parsed) {
      object.ext = std::move(*parsed);
    } else if (parsed.error() == Errno::kENOMEM) {
      return fail(parsed.error());
    } else {
      LOG_WARN("Error loading ELF section .BTF.ext: %d. Ignored.\n", -static_cast<int>(parsed.error()));
    }
  }
  return {};
}

}  // namespace

Result<Unique<bpf_object>> open_image(Vec<uint8_t> image, const char* path, const char* name,
                                      const bpf_object_open_opts& options) {
  if ((options.kernel_log_buf == nullptr) != (options.kernel_log_size == 0) || options.kernel_log_size > UINT32_MAX) {
    LOG_WARN("kernel_log_buf and kernel_log_size must be given together\n");
    return fail(Errno::kEINVAL);
  }
  auto object = TRY(Unique<bpf_object>::create());
  object->image = std::move(image);
  object->path = TRY(Text::copy_of(path));
  object->name = TRY(Text::copy_of(name));
  object->relaxed_maps = options.relaxed_maps;
  object->log_buf = options.kernel_log_buf;
  object->log_size = options.kernel_log_size;
  object->log_level = options.kernel_log_level;
  if (options.kconfig || options.btf_custom_path) {
    LOG_WARN("options kconfig and btf_custom_path are not supported\n");
    return fail(Errno::kEOPNOTSUPP);
  }
  object->elf = TRY(ElfView::parse(object->image.span(), object->path.c_str()));
  TRY(collect_sections(*object));
  TRY(collect_functions(*object));
  TRY(collect_programs(*object));
  TRY(collect_maps(*object));
  TRY(collect_relocations(*object));
  TRY(fix_up_btf(*object));
  return object;
}

}  // namespace skep::libbpf

using namespace skep::libbpf;

bpf_object::~bpf_object() { unload_object(*this); }

bool bpf_map::uses_real_name() const {
  // ".data.x" has a second dot.
  return is_internal() && strchr(real_name + 1, '.') != nullptr;
}

bpf_map* bpf_object::find_map(uint32_t section, uint64_t offset) {
  for (const auto& map : maps) {
    if (map->section == section && (map->is_internal() || map->offset == offset)) return map.get();
  }
  return nullptr;
}

Function* bpf_object::find_function(uint32_t section, uint32_t insn) {
  // The last function that begins at or before the instruction.
  const auto after = std::upper_bound(functions.begin(), functions.end(), insn, [&](uint32_t i, const auto& f) {
    return f->section != section ? f->section > section : f->first_insn > i;
  });
  if (after == functions.begin()) return nullptr;
  Function* f = (after - 1)->get();
  return f->section == section && insn - f->first_insn < f->insns.size() ? f : nullptr;
}
