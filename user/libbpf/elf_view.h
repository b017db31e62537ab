// A relocatable 64-bit little-endian ELF file, read in place. System V ABI, "Object Files"; the numbers of BPF objects
// are those of "BPF ELF relocations" in Linux's Documentation/bpf/llvm_reloc.rst. Pure: trusts no field, allocates
// nothing.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <span>

#include "errors.h"

namespace skep::libbpf {

inline constexpr uint32_t kSectionProgbits = 1;
inline constexpr uint32_t kSectionSymtab = 2;
inline constexpr uint32_t kSectionStrtab = 3;
inline constexpr uint32_t kSectionNobits = 8;
inline constexpr uint32_t kSectionRel = 9;
inline constexpr uint64_t kSectionExecutable = 4;

inline constexpr uint16_t kUndefinedSection = 0;
inline constexpr uint16_t kFirstReservedSection = 0xff00;

inline constexpr uint8_t kSymbolNoType = 0;
inline constexpr uint8_t kSymbolObject = 1;
inline constexpr uint8_t kSymbolFunction = 2;
inline constexpr uint8_t kSymbolSection = 3;
inline constexpr uint8_t kBindLocal = 0;
inline constexpr uint8_t kBindGlobal = 1;
inline constexpr uint8_t kBindWeak = 2;
inline constexpr uint8_t kVisibilityInternal = 1;
inline constexpr uint8_t kVisibilityHidden = 2;

inline constexpr uint32_t kRelocBpf64_64 = 1;     // an lddw's 64-bit immediate
inline constexpr uint32_t kRelocBpf64_Abs64 = 2;  // 64 bits of data
inline constexpr uint32_t kRelocBpf64_32 = 10;    // a call's immediate

struct ElfSection {
  const char* name = "";
  uint32_t type = 0;
  uint64_t flags = 0;
  uint64_t size = 0;  // also of a section without bytes in the file (kSectionNobits)
  uint32_t link = 0;
  uint32_t info = 0;
  std::span<const uint8_t> data;

  bool is_executable() const { return type == kSectionProgbits && (flags & kSectionExecutable) != 0; }
};

struct ElfSymbol {
  const char* name = "";  // of a section symbol: the section's name
  uint8_t type = 0;
  uint8_t bind = 0;
  uint8_t visibility = 0;
  uint16_t section = 0;
  uint64_t value = 0;
  uint64_t size = 0;
};

struct ElfReloc {
  uint64_t offset = 0;
  uint32_t type = 0;
  uint32_t symbol = 0;
};

class ElfView {
 public:
  ElfView() = default;

  // Checks headers, section bounds, string tables and the symbol table. `image` must outlive the view, its names and
  // spans. kNotElf, kBadFormat or kBadEndian, the reason printed under `object_name`.
  static Result<ElfView> parse(std::span<const uint8_t> image, const char* object_name);

  uint32_t section_count() const { return section_count_; }
  ElfSection section(uint32_t index) const;  // index < section_count()
  uint32_t symbol_count() const { return symbol_count_; }
  ElfSymbol symbol(uint32_t index) const;  // index < symbol_count()

  // For a section of type kSectionRel.
  static uint32_t reloc_count(const ElfSection& s) { return static_cast<uint32_t>(s.data.size() / kRelBytes); }
  static ElfReloc reloc(const ElfSection& s, uint32_t index);

 private:
  static constexpr size_t kRelBytes = 16;

  // The NUL-terminated string at `offset` of a string table that ends with NUL; nullptr when it lies outside.
  static const char* string_at(std::span<const uint8_t> table, uint32_t offset);
  Result<ElfSection> decode_section(uint32_t index) const;
  Result<ElfSymbol> decode_symbol(uint32_t index) const;

  std::span<const uint8_t> image_;
  uint64_t section_table_ = 0;
  uint32_t section_count_ = 0;
  std::span<const uint8_t> section_names_;
  std::span<const uint8_t> symbols_;
  std::span<const uint8_t> symbol_names_;
  uint32_t symbol_count_ = 0;
};

}  // namespace skep::libbpf
