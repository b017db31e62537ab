// The maps that an object defines: records in .maps, described by BTF; records of struct bpf_map_def in maps; and one
// map for each section of global data.
#include <ctype.h>
#include <stdio.h>

#include <algorithm>

#include "lib/checked.h"
#include "object.h"
#include "print.h"

namespace skep::libbpf {
namespace {

// Struct bpf_map_def, as objects from before BTF have it.
struct LegacyMapDef {
  uint32_t type;
  uint32_t key_size;
  uint32_t value_size;
  uint32_t max_entries;
  uint32_t map_flags;
};

Result<bpf_map*> add_map(bpf_object& object) {
  auto map = TRY(Unique<bpf_map>::create());
  map->object = &object;
  bpf_map* raw = map.get();
  TRY(object.maps.push_back(std::move(map)));
  return raw;
}

// Reads the attributes of one map definition: the members of a struct whose types carry the values.
class DefinitionReader {
 public:
  DefinitionReader(const bpf_object& object, bpf_map& map, const char* name, bool is_inner)
      : types_(*object.types), strict_(!object.relaxed_maps), map_(map), name_(name), is_inner_(is_inner) {}

  Result<void> read(const btf_type& definition) {
    for (uint32_t i = 0; i < btf_vlen(&definition); i++) TRY(read_attribute(btf_members(&definition)[i]));
    if (map_.def.type == BPF_MAP_TYPE_UNSPEC) {
      LOG_WARN("map '%s': map type isn't specified.\n", name_);
      return fail(Errno::kEINVAL);
    }
    return {};
  }

 private:
  Result<void> read_attribute(const btf_member& member) {
    const std::string_view attribute = types_.string_at(member.name_off);
    MapDef& def = map_.def;
    if (attribute == "type") {
      def.type = TRY(number(member));
    } else if (attribute == "max_entries") {
      def.max_entries = TRY(number(member));
    } else if (attribute == "map_flags") {
      def.map_flags = TRY(number(member));
    } else if (attribute == "numa_node") {
      def.numa_node = TRY(number(member));
    } else if (attribute == "map_extra") {
      def.map_extra = TRY(number(member));
    } else if (attribute == "key_size") {
      TRY(set_size(def.key_size, TRY(number(member)), "key"));
    } else if (attribute == "value_size") {
      TRY(set_size(def.value_size, TRY(number(member)), "value"));
    } else if (attribute == "key") {
      map_.btf_key_type_id = TRY(pointee(member));
      TRY(set_size(def.key_size, TRY(size_of(map_.btf_key_type_id, "key")), "key"));
    } else if (attribute == "value") {
      map_.btf_value_type_id = TRY(pointee(member));
      TRY(set_size(def.value_size, TRY(size_of(map_.btf_value_type_id, "value")), "value"));
    } else if (attribute == "values") {
      TRY(read_values(member));
    } else if (attribute == "pinning") {
      if (TRY(number(member)) != 0) {
        LOG_WARN("map '%s': pinning is not supported: there is no BPF file system.\n", name_);
        return fail(Errno::kEOPNOTSUPP);
      }
    } else if (strict_) {
      LOG_WARN("map '%s': unknown field '%s'.\n", name_, attribute.data());
      return fail(Errno::kEOPNOTSUPP);
    } else {
      LOG_DEBUG("map '%s': ignoring unknown field '%s'.\n", name_, attribute.data());
    }
    return {};
  }

  // __uint(attribute, n) is a pointer to an array of n elements.
  Result<uint32_t> number(const btf_member& member) {
    const btf_type* pointer = types_.skip_modifiers(member.type);
    if (pointer && btf_is_ptr(pointer)) {
      const btf_type* array = types_.skip_modifiers(pointer->type);
      if (array && btf_is_array(array)) return btf_array(array)->nelems;
    }
    LOG_WARN("map '%s': attribute '%s': expected a number given with __uint().\n", name_,
             types_.string_at(member.name_off));
    return fail(Errno::kEINVAL);
  }

  // __type(attribute, T) is a pointer to T.
  Result<uint32_t> pointee(const btf_member& member) {
    const btf_type* pointer = types_.type(member.type);
    if (pointer && btf_is_ptr(pointer)) return pointer->type;
    LOG_WARN("map '%s': attribute '%s': expected a type given with __type().\n", name_,
             types_.string_at(member.name_off));
    return fail(Errno::kEINVAL);
  }

  Result<uint32_t> size_of(uint32_t id, const char* what) {
    const auto size = types_.size_of(id);
    if (!size) LOG_WARN("map '%s': can't determine %s size for type [%u].\n", name_, what, id);
    return size;
  }

  Result<void> set_size(uint32_t& field, uint32_t value, const char* what) {
    if (field != 0 && field != value) {
      LOG_WARN("map '%s': conflicting %s size %u != %u.\n", name_, what, field, value);
      return fail(Errno::kEINVAL);
    }
    field = value;
    return {};
  }

  // __array(values, T): an array without length of pointers to inner maps or to programs.
  Result<void> read_values(const btf_member& member) {
    const bool of_maps = map_.def.type == BPF_MAP_TYPE_ARRAY_OF_MAPS || map_.def.type == BPF_MAP_TYPE_HASH_OF_MAPS;
    if (is_inner_) {
      LOG_WARN("map '%s': multi-level inner maps not supported.\n", name_);
      return fail(Errno::kEOPNOTSUPP);
    }
    if (!of_maps && map_.def.type != BPF_MAP_TYPE_PROG_ARRAY) {
      LOG_WARN("map '%s': should be map-in-map or prog-array.\n", name_);
      return fail(Errno::kEOPNOTSUPP);
    }
    TRY(set_size(map_.def.value_size, sizeof(uint32_t), "value"));
    const btf_type* array = types_.skip_modifiers(member.type);
    const btf_type* pointer = array && btf_is_array(array) ? types_.skip_modifiers(btf_array(array)->type) : nullptr;
    const btf_type* target = pointer && btf_is_ptr(pointer) ? types_.skip_modifiers(pointer->type) : nullptr;
    if (!target || (of_maps ? !btf_is_struct(target) : !btf_is_func_proto(target))) {
      LOG_WARN("map '%s': attribute 'values': expected an array of pointers to maps or functions.\n", name_);
      return fail(Errno::kEINVAL);
    }
    if (!of_maps) return {};
    map_.inner = TRY(Unique<bpf_map>::create());
    map_.inner->object = map_.object;
    map_.inner->section = map_.section;
    char inner_name[256];
    snprintf(inner_name, sizeof(inner_name), "%s.inner", name_);
    map_.inner->name = TRY(Text::copy_of(inner_name));
    return DefinitionReader(*map_.object, *map_.inner, map_.inner->name.c_str(), true).read(*target);
  }

  const btf& types_;
  bool strict_;
  bpf_map& map_;
  const char* name_;
  bool is_inner_;
};

Result<void> collect_btf_map(bpf_object& object, uint32_t section, const btf_var_secinfo& place) {
  const btf& types = *object.types;
  const btf_type* variable = types.type(place.type);
  if (!variable || !btf_is_var(variable)) {
    LOG_WARN("DATASEC '.maps' holds something else than variables.\n");
    return fail(Errno::kEINVAL);
  }
  const char* name = types.name_of(*variable);
  if (name[0] == '\0') {
    LOG_WARN("a map in '.maps' has no name.\n");
    return fail(Errno::kEINVAL);
  }
  if (btf_var(variable)->linkage != BTF_VAR_GLOBAL_ALLOCATED) {
    LOG_WARN("map '%s': unsupported map linkage %s.\n", name,
             btf_var(variable)->linkage == BTF_VAR_STATIC ? "static" : "extern");
    return fail(Errno::kEOPNOTSUPP);
  }
  // The symbol says where the variable is; the BTF's offset is 0 until a linker sets it.
  const uint64_t section_bytes = object.elf.section(section).size;
  std::optional<uint64_t> offset;
  for (uint32_t i = 0; i < object.elf.symbol_count() && !offset; i++) {
    const ElfSymbol s = object.elf.symbol(i);
    if (s.section == section && s.type == kSymbolObject && strcmp(s.name, name) == 0) offset = s.value;
  }
  if (!offset || !range_fits(*offset, place.size, section_bytes)) {
    LOG_WARN("map '%s': its definition lies outside section '.maps'.\n", name);
    return fail(Errno::kEINVAL);
  }
  const btf_type* definition = types.skip_modifiers(variable->type);
  if (!definition || !btf_is_struct(definition)) {
    LOG_WARN("map '%s': unexpected def kind: it must be a struct.\n", name);
    return fail(Errno::kEINVAL);
  }
  bpf_map* map = TRY(add_map(object));
  map->name = TRY(Text::copy_of(name));
  map->section = section;
  map->offset = *offset;
  return DefinitionReader(object, *map, name, false).read(*definition);
}

Result<void> collect_btf_maps(bpf_object& object, uint32_t section) {
  const uint32_t id = object.types->find(MAPS_ELF_SEC, BTF_KIND_DATASEC);
  if (id == 0) {
    LOG_WARN("DATASEC '%s' not found.\n", MAPS_ELF_SEC);
    return fail(Errno::kENOENT);
  }
  const btf_type* datasec = object.types->type(id);
  for (uint32_t i = 0; i < btf_vlen(datasec); i++) {
    TRY(collect_btf_map(object, section, btf_var_secinfos(datasec)[i]));
  }
  return {};
}

// The records' length is whatever the object's compiler thought struct bpf_map_def to be.
Result<void> collect_legacy_maps(bpf_object& object, uint32_t section) {
  const ElfSection s = object.elf.section(section);
  const auto is_map = [&](const ElfSymbol& symbol) {
    return symbol.section == section && (symbol.type == kSymbolObject || symbol.type == kSymbolNoType);
  };
  size_t count = 0;
  for (uint32_t i = 0; i < object.elf.symbol_count(); i++) count += is_map(object.elf.symbol(i));
  if (count == 0 || s.data.empty() || s.data.size() % count != 0 || s.data.size() / count < sizeof(uint32_t)) {
    LOG_WARN("unable to determine legacy map definition size in %s\n", object.path.c_str());
    return fail(Errno::kEINVAL);
  }
  const size_t record = s.data.size() / count;
  for (uint32_t i = 0; i < object.elf.symbol_count(); i++) {
    const ElfSymbol symbol = object.elf.symbol(i);
    if (!is_map(symbol)) continue;
    if (!range_fits(symbol.value, record, s.data.size())) {
      LOG_WARN("map '%s': its definition lies outside section 'maps'.\n", symbol.name);
      return fail(Errno::kEINVAL);
    }
    const auto bytes = s.data.subspan(symbol.value, record);
    LegacyMapDef def = {};
    memcpy(&def, bytes.data(), std::min(record, sizeof(def)));
    const auto rest = bytes.subspan(std::min(record, sizeof(def)));
    if (!object.relaxed_maps && std::any_of(rest.begin(), rest.end(), [](uint8_t b) { return b != 0; })) {
      LOG_WARN("maps section in %s: \"%s\" has unrecognized, non-zero options\n", object.path.c_str(), symbol.name);
      return fail(Errno::kEINVAL);
    }
    bpf_map* map = TRY(add_map(object));
    map->name = TRY(Text::copy_of(symbol.name));
    map->section = section;
    map->offset = symbol.value;
    map->def = {.type = def.type,
                .key_size = def.key_size,
                .value_size = def.value_size,
                .max_entries = def.max_entries,
                .map_flags = def.map_flags};
  }
  return {};
}

// "<object>.bss", so cut that the kernel's 15 characters hold the section's name whole; ".data.x" stands for itself.
Result<Text> internal_map_name(const bpf_object& object, const char* section_name) {
  const std::string_view suffix = section_name;
  const std::string_view prefix = suffix.find('.', 1) != suffix.npos ? std::string_view() : object.name.view();
  constexpr size_t kRoom = BPF_OBJ_NAME_LEN - 1;
  const size_t suffix_chars = std::min(suffix.size(), kRoom);
  // As libbpf: seven characters stay reserved for the suffix even when it is shorter.
  const size_t prefix_chars = std::min(prefix.size(), kRoom - std::max<size_t>(suffix_chars, 7));
  char name[BPF_OBJ_NAME_LEN];
  snprintf(name, sizeof(name), "%.*s%.*s", static_cast<int>(prefix_chars), prefix.data(),
           static_cast<int>(suffix_chars), suffix.data());
  for (char* c = name; *c != '\0'; c++) {
    if (!isalnum(static_cast<unsigned char>(*c)) && *c != '_' && *c != '.') *c = '_';
  }
  return Text::copy_of(name);
}

Result<void> collect_data_map(bpf_object& object, uint32_t section, MapKind kind) {
  const ElfSection s = object.elf.section(section);
  if (s.size == 0) return {};
  if (s.size > kMaxDataSectionBytes) {
    LOG_WARN("sec '%s': more than %zu bytes of global data\n", s.name, kMaxDataSectionBytes);
    return fail(Errno::kE2BIG);
  }
  bpf_map* map = TRY(add_map(object));
  map->kind = kind;
  map->name = TRY(internal_map_name(object, s.name));
  map->real_name = s.name;
  map->section = section;
  map->def = {.type = BPF_MAP_TYPE_ARRAY,
              .key_size = sizeof(int),
              .value_size = static_cast<uint32_t>(s.size),
              .max_entries = 1,
              .map_flags = kind == MapKind::kRodata ? uint32_t{BPF_F_RDONLY_PROG} : 0};
  if (object.types) map->btf_value_type_id = object.types->find(s.name, BTF_KIND_DATASEC);
  TRY(map->initial.resize(s.size));
  if (!s.data.empty()) memcpy(map->initial.data(), s.data.data(), s.data.size());
  return {};
}

bool is_or_below(std::string_view name, std::string_view section) {
  return name == section || (name.starts_with(section) && name[section.size()] == '.');
}

}  // namespace

Result<void> collect_maps(bpf_object& object) {
  bool has_definitions = false;
  for (uint32_t i = 1; i < object.elf.section_count(); i++) {
    const ElfSection s = object.elf.section(i);
    const std::string_view name = s.name;
    if (name == MAPS_ELF_SEC || name == "maps") {
      if (std::exchange(has_definitions, true)) {
        LOG_WARN("%s has more than one section of map definitions\n", object.path.c_str());
        return fail(Errno::kEINVAL);
      }
      if (name == MAPS_ELF_SEC) {
        TRY(collect_btf_maps(object, i));
      } else {
        TRY(collect_legacy_maps(object, i));
      }
    }
  }
  for (uint32_t i = 1; i < object.elf.section_count(); i++) {
    const ElfSection s = object.elf.section(i);
    const std::string_view name = s.name;
    if (s.type == kSectionProgbits && is_or_below(name, ".data")) {
      TRY(collect_data_map(object, i, MapKind::kData));
    } else if (s.type == kSectionProgbits && is_or_below(name, ".rodata")) {
      TRY(collect_data_map(object, i, MapKind::kRodata));
    } else if (s.type == kSectionNobits && is_or_below(name, ".bss")) {
      TRY(collect_data_map(object, i, MapKind::kBss));
    }
  }
  return {};
}

}  // namespace skep::libbpf
