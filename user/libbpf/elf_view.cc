#include "elf_view.h"

#include <string.h>

#include "lib/checked.h"
#include "limits.h"
#include "print.h"

namespace skep::libbpf {
namespace {

struct FileHeader {
  uint8_t magic[4];
  uint8_t bits;   // 2: 64
  uint8_t order;  // 1: little endian
  uint8_t version;
  uint8_t padding[9];
  uint16_t type;     // 1: relocatable
  uint16_t machine;  // 247: BPF
  uint32_t version2;
  uint64_t entry;
  uint64_t program_headers;
  uint64_t section_headers;
  uint32_t flags;
  uint16_t header_bytes;
  uint16_t program_header_bytes;
  uint16_t program_header_count;
  uint16_t section_header_bytes;
  uint16_t section_header_count;
  uint16_t section_names;
};
static_assert(sizeof(FileHeader) == 64);

struct SectionHeader {
  uint32_t name;
  uint32_t type;
  uint64_t flags;
  uint64_t address;
  uint64_t offset;
  uint64_t size;
  uint32_t link;
  uint32_t info;
  uint64_t alignment;
  uint64_t entry_bytes;
};
static_assert(sizeof(SectionHeader) == 64);

struct SymbolEntry {
  uint32_t name;
  uint8_t info;
  uint8_t other;
  uint16_t section;
  uint64_t value;
  uint64_t size;
};
static_assert(sizeof(SymbolEntry) == 24);

struct RelEntry {
  uint64_t offset;
  uint64_t info;
};

constexpr uint16_t kTypeRelocatable = 1;
constexpr uint16_t kMachineNone = 0;  // clang before 3.9
constexpr uint16_t kMachineBpf = 247;

// Files need not keep alignment.
template <typename T>
T load(std::span<const uint8_t> bytes, uint64_t offset) {
  T value;
  memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

}  // namespace

const char* ElfView::string_at(std::span<const uint8_t> table, uint32_t offset) {
  if (offset >= table.size()) return nullptr;
  return reinterpret_cast<const char*>(table.data() + offset);
}

Result<ElfSection> ElfView::decode_section(uint32_t index) const {
  const auto header = load<SectionHeader>(image_, section_table_ + uint64_t{index} * sizeof(SectionHeader));
  ElfSection s{
      .type = header.type, .flags = header.flags, .size = header.size, .link = header.link, .info = header.info};
  s.name = string_at(section_names_, header.name);
  if (!s.name) return fail(kBadFormat);
  if (header.type != kSectionNobits && header.type != 0) {
    if (!range_fits(header.offset, header.size, image_.size())) return fail(kBadFormat);
    s.data = image_.subspan(header.offset, header.size);
  }
  return s;
}

ElfSection ElfView::section(uint32_t index) const { return decode_section(index).value_or(ElfSection{}); }

Result<ElfSymbol> ElfView::decode_symbol(uint32_t index) const {
  const auto entry = load<SymbolEntry>(symbols_, uint64_t{index} * sizeof(SymbolEntry));
  ElfSymbol s{.type = static_cast<uint8_t>(entry.info & 0xf),
              .bind = static_cast<uint8_t>(entry.info >> 4),
              .visibility = static_cast<uint8_t>(entry.other & 3),
              .section = entry.section,
              .value = entry.value,
              .size = entry.size};
  s.name = string_at(symbol_names_, entry.name);
  if (!s.name) return fail(kBadFormat);
  if (s.section < kFirstReservedSection && s.section >= section_count_) return fail(kBadFormat);
  if (s.type == kSymbolSection && s.section < section_count_) s.name = section(s.section).name;
  return s;
}

ElfSymbol ElfView::symbol(uint32_t index) const { return decode_symbol(index).value_or(ElfSymbol{}); }

ElfReloc ElfView::reloc(const ElfSection& s, uint32_t index) {
  const auto entry = load<RelEntry>(s.data, uint64_t{index} * kRelBytes);
  return {.offset = entry.offset,
          .type = static_cast<uint32_t>(entry.info & 0xffffffff),
          .symbol = static_cast<uint32_t>(entry.info >> 32)};
}

Result<ElfView> ElfView::parse(std::span<const uint8_t> image, const char* object_name) {
  ElfView view;
  view.image_ = image;
  if (image.size() < sizeof(FileHeader) || memcmp(image.data(), "\177ELF", 4) != 0) {
    LOG_WARN("elf: '%s' is not an ELF file\n", object_name);
    return fail(kNotElf);
  }
  const auto header = load<FileHeader>(image, 0);
  if (header.bits != 2) {
    LOG_WARN("elf: '%s' is not a 64-bit ELF object\n", object_name);
    return fail(kBadFormat);
  }
  if (header.order != 1) {
    LOG_WARN("elf: '%s' has another byte order than this machine\n", object_name);
    return fail(kBadEndian);
  }
  if (header.type != kTypeRelocatable || (header.machine != kMachineBpf && header.machine != kMachineNone)) {
    LOG_WARN("elf: '%s' is not a relocatable object for BPF (type %u, machine %u)\n", object_name, header.type,
             header.machine);
    return fail(kBadFormat);
  }
  view.section_table_ = header.section_headers;
  view.section_count_ = header.section_header_count;
  if (header.section_header_bytes != sizeof(SectionHeader) || header.section_names >= header.section_header_count ||
      !range_fits(header.section_headers, uint64_t{header.section_header_count} * sizeof(SectionHeader),
                  image.size())) {
    LOG_WARN("elf: '%s' is cut off or damaged: its section headers lie outside the file\n", object_name);
    return fail(kNotElf);
  }

  const auto names =
      load<SectionHeader>(image, view.section_table_ + uint64_t{header.section_names} * sizeof(SectionHeader));
  if (names.type != kSectionStrtab || names.size == 0 || !range_fits(names.offset, names.size, image.size()) ||
      image[names.offset + names.size - 1] != 0) {
    LOG_WARN("elf: '%s' has no valid table of section names\n", object_name);
    return fail(kNotElf);
  }
  view.section_names_ = image.subspan(names.offset, names.size);

  uint32_t symbol_table = 0;
  for (uint32_t i = 0; i < view.section_count_; i++) {
    const auto s = view.decode_section(i);
    if (!s) {
      LOG_WARN("elf: '%s' is cut off or damaged: section #%u lies outside the file\n", object_name, i);
      return fail(kNotElf);
    }
    if (s->type == kSectionRel && s->data.size() % kRelBytes != 0) {
      LOG_WARN("elf: '%s': relocation section '%s' has a broken size\n", object_name, s->name);
      return fail(kBadFormat);
    }
    if (s->type != kSectionSymtab) continue;
    if (symbol_table != 0 || s->data.size() % sizeof(SymbolEntry) != 0) {
      LOG_WARN("elf: '%s' has more than one symbol table, or a broken one\n", object_name);
      return fail(kBadFormat);
    }
    symbol_table = i;
    view.symbols_ = s->data;
    view.symbol_count_ = static_cast<uint32_t>(s->data.size() / sizeof(SymbolEntry));
    const uint32_t names_index = s->link;
    const auto symbol_names = names_index < view.section_count_ ? view.decode_section(names_index) : fail(kBadFormat);
    if (!symbol_names || symbol_names->type != kSectionStrtab || symbol_names->data.empty() ||
        symbol_names->data.back() != 0) {
      LOG_WARN("elf: '%s' has no valid table of symbol names\n", object_name);
      return fail(kBadFormat);
    }
    view.symbol_names_ = symbol_names->data;
  }
  if (symbol_table == 0) {
    LOG_WARN("elf: '%s' has no symbol table\n", object_name);
    return fail(kBadFormat);
  }
  for (uint32_t i = 0; i < view.symbol_count_; i++) {
    if (!view.decode_symbol(i)) {
      LOG_WARN("elf: '%s': symbol #%u has a name or section outside its table\n", object_name, i);
      return fail(kBadFormat);
    }
  }
  return view;
}

}  // namespace skep::libbpf
