// What a linker would do to an object's BTF and clang leaves undone: a DATASEC's size, where its global variables lie,
// and their order. The kernel refuses a BTF without them.
#include <algorithm>

#include "object.h"
#include "print.h"

namespace skep::libbpf {
namespace {

std::optional<ElfSymbol> find_variable(const bpf_object& object, uint32_t section, const char* name) {
  for (uint32_t i = 0; i < object.elf.symbol_count(); i++) {
    const ElfSymbol s = object.elf.symbol(i);
    if (s.section == section && s.type == kSymbolObject && strcmp(s.name, name) == 0) return s;
  }
  return std::nullopt;
}

Result<void> fix_up_datasec(bpf_object& object, btf_type& datasec) {
  const btf& types = *object.types;
  const char* name = types.name_of(datasec);
  uint32_t section = 0;
  for (uint32_t i = 1; i < object.elf.section_count() && section == 0; i++) {
    const ElfSection s = object.elf.section(i);
    if (strcmp(s.name, name) == 0 && (s.type == kSectionProgbits || s.type == kSectionNobits)) section = i;
  }
  if (section == 0) {
    LOG_DEBUG("BTF: no ELF section for DATASEC '%s'\n", name);  // externs: .ksyms, .kconfig
    return {};
  }
  const uint64_t bytes = object.elf.section(section).size;
  if (bytes > UINT32_MAX) return fail(kBadFormat);
  datasec.size = static_cast<uint32_t>(bytes);
  btf_var_secinfo* places = btf_var_secinfos(&datasec);
  for (uint32_t i = 0; i < btf_vlen(&datasec); i++) {
    const btf_type* variable = types.type(places[i].type);
    // Functions can stand in a DATASEC too. Clang gives the offset of a static variable itself.
    if (!btf_is_var(variable) || btf_var(variable)->linkage == BTF_VAR_STATIC) continue;
    const auto symbol = find_variable(object, section, types.name_of(*variable));
    if (!symbol || symbol->value > UINT32_MAX) {
      LOG_WARN("BTF: no symbol for variable '%s' of section '%s'\n", types.name_of(*variable), name);
      return fail(Errno::kENOENT);
    }
    places[i].offset = static_cast<uint32_t>(symbol->value);
  }
  std::sort(places, places + btf_vlen(&datasec),
            [](const btf_var_secinfo& a, const btf_var_secinfo& b) { return a.offset < b.offset; });
  return {};
}

// A hidden global function is verified like a static one: its callers' knowledge of the arguments counts.
void mark_static_if_hidden(const bpf_object& object, btf_type& function) {
  if (btf_vlen(&function) != BTF_FUNC_GLOBAL) return;
  const char* name = object.types->name_of(function);
  for (uint32_t i = 0; i < object.elf.symbol_count(); i++) {
    const ElfSymbol s = object.elf.symbol(i);
    if (s.type != kSymbolFunction || strcmp(s.name, name) != 0) continue;
    if (s.visibility == kVisibilityHidden || s.visibility == kVisibilityInternal) {
      function.info &= ~uint32_t{BTF_MAX_VLEN};  // a function's linkage is its vlen
    }
    return;
  }
}

}  // namespace

Result<void> fix_up_btf(bpf_object& object) {
  if (!object.types) return {};
  for (uint32_t id = 1; id < object.types->type_count(); id++) {
    btf_type& t = *object.types->mutable_type(id);
    if (btf_is_datasec(&t)) {
      TRY(fix_up_datasec(object, t));
    } else if (btf_is_func(&t)) {
      mark_static_if_hidden(object, t);
    }
  }
  return {};
}

}  // namespace skep::libbpf
