// An object between open and close: the maps, functions and programs that its ELF file defines, and what has been
// loaded. Life: open (parse, collect; no system call) -> [the user's changes] -> load (BTF, maps, link, programs) ->
// close.
#pragma once

#include <bpf/libbpf.h>

#include "btf.h"
#include "btf_ext.h"
#include "elf_view.h"
#include "errors.h"
#include "limits.h"
#include "memory.h"
#include "section_defs.h"

namespace skep::libbpf {

enum class MapKind : uint8_t {
  kUser,    // defined in .maps or maps
  kRodata,  // the others hold global data
  kData,
  kBss,
};

struct MapDef {
  uint32_t type = BPF_MAP_TYPE_UNSPEC;  // whatever number the object says; the kernel judges it
  uint32_t key_size = 0;
  uint32_t value_size = 0;
  uint32_t max_entries = 0;
  uint32_t map_flags = 0;
  uint32_t numa_node = 0;
  uint64_t map_extra = 0;
};

struct Function;

// One element that the object's text gives a map of maps or of programs.
struct MapSlot {
  uint32_t index = 0;
  bpf_map* map = nullptr;          // or
  bpf_program* program = nullptr;  // this one
};

struct Relocation {
  enum class Kind : uint8_t {
    kMap,           // lddw of a map
    kMapValue,      // lddw of an address inside a map of global data
    kCall,          // call of a subprogram
    kFunctionAddr,  // lddw of a subprogram's address, for a callback
  };
  Kind kind = Kind::kMap;
  uint32_t insn = 0;  // in the function
  bpf_map* map = nullptr;
  Function* function = nullptr;
  uint64_t offset = 0;  // kMapValue: into the value
};

// A function of the object: a program's entry, or a subprogram in .text.
struct Function {
  const char* name = "";
  uint32_t section = 0;
  uint32_t first_insn = 0;  // in the section
  std::span<const bpf_insn> insns;
  Vec<Relocation> relocations;
};

}  // namespace skep::libbpf

struct bpf_map {
  bpf_object* object = nullptr;
  skep::libbpf::Text name;     // as the kernel gets it, possibly longer
  const char* real_name = "";  // of the section, for global data
  skep::libbpf::MapKind kind = skep::libbpf::MapKind::kUser;
  uint32_t section = 0;
  uint64_t offset = 0;  // in the section
  skep::libbpf::MapDef def;
  uint32_t btf_key_type_id = 0;
  uint32_t btf_value_type_id = 0;
  uint32_t ifindex = 0;
  skep::libbpf::Vec<uint8_t> initial;  // global data
  skep::libbpf::Unique<bpf_map> inner;
  int inner_fd = -1;
  skep::libbpf::Vec<skep::libbpf::MapSlot> slots;
  bool autocreate = true;
  bool reused = false;
  int fd = -1;
  void* mapped = nullptr;  // the kernel's memory of a global data map, for skeletons

  bool is_internal() const { return kind != skep::libbpf::MapKind::kUser; }
  // ".data.counters" is known by its own name, ".data" as "<object>.data".
  bool uses_real_name() const;
  const char* shown_name() const { return uses_real_name() ? real_name : name.c_str(); }
};

struct bpf_program {
  bpf_object* object = nullptr;
  const skep::libbpf::Function* function = nullptr;
  const char* section_name = "";
  const skep::libbpf::SectionDef* def = nullptr;
  enum bpf_prog_type type = BPF_PROG_TYPE_UNSPEC;
  enum bpf_attach_type expected_attach_type = {};
  uint32_t flags = 0;
  uint32_t ifindex = 0;
  bool autoload = true;
  bool autoattach = true;
  uint32_t log_level = 0;
  char* log_buf = nullptr;
  size_t log_size = 0;
  // After linking: the function, its subprograms behind it, and their records.
  skep::libbpf::Vec<bpf_insn> insns;
  skep::libbpf::Vec<uint8_t> func_info;
  skep::libbpf::Vec<uint8_t> line_info;
  uint32_t func_info_record = 0;
  uint32_t line_info_record = 0;
  bool linked = false;
  int fd = -1;

  const char* name() const { return function->name; }
};

struct bpf_object {
  skep::libbpf::Text name;
  skep::libbpf::Text path;
  skep::libbpf::Vec<uint8_t> image;  // names, instructions and records point into it
  skep::libbpf::ElfView elf;
  char license[skep::libbpf::kMaxLicenseBytes] = {};
  uint32_t kernel_version = 0;
  bool relaxed_maps = false;
  char* log_buf = nullptr;
  size_t log_size = 0;
  uint32_t log_level = 0;
  skep::libbpf::Unique<btf> types;
  skep::libbpf::Unique<btf> kernel_types;  // read when a program needs them
  skep::libbpf::BtfExt ext;
  skep::libbpf::Vec<skep::libbpf::Unique<skep::libbpf::Function>> functions;  // ordered by section and first_insn
  skep::libbpf::Vec<skep::libbpf::Unique<bpf_program>> programs;
  skep::libbpf::Vec<skep::libbpf::Unique<bpf_map>> maps;
  bool loaded = false;                // load was tried
  std::optional<bool> shares_arrays;  // whether the kernel has BPF_F_MMAPABLE; unknown until asked

  bpf_object() = default;
  ~bpf_object();

  bpf_map* find_map(uint32_t section, uint64_t offset);
  // The function with this instruction of the section; nullptr when there is none.
  skep::libbpf::Function* find_function(uint32_t section, uint32_t insn);
};

namespace skep::libbpf {

// open.cc: everything that needs no system call. The image is the object's from then on.
Result<Unique<bpf_object>> open_image(Vec<uint8_t> image, const char* path, const char* name,
                                      const bpf_object_open_opts& options);
// map_defs.cc: fills object.maps from sections .maps, maps and the data sections.
Result<void> collect_maps(bpf_object& object);
// relocations.cc: reads the relocations of program sections and of .maps.
Result<void> collect_relocations(bpf_object& object);
// link.cc: a program's instructions and records, subprograms appended, map file descriptors filled in.
Result<void> link_program(bpf_object& object, bpf_program& prog);
// fixups.cc: sizes and offsets of the BTF's DATASECs, which clang leaves to a linker.
Result<void> fix_up_btf(bpf_object& object);

// load.cc.
Result<void> load_object(bpf_object& object);
void unload_object(bpf_object& object);

}  // namespace skep::libbpf
