// The kernel's symbol table, built into the image by scripts/kallsyms.py. Read-only after linking: every function here
// is lock-free and may be called from any context.
//
// The table's form (section .rodata.kallsyms, all labels global):
//   kallsyms_count      u64: number of symbols
//   kallsyms_base       u64: address that the offsets count from (the lowest symbol)
//   kallsyms_text_end   u64: end of the last text symbol
//   kallsyms_offsets    u32[count]: address - base, ascending; at one address the preferred name first
//   kallsyms_types      char[count]: nm's letters, 't' and 'T' for functions
//   kallsyms_name_at    u32[count]: where the name begins in kallsyms_names
//   kallsyms_names      NUL-terminated names
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <optional>
#include <string_view>

#include "lib/format.h"
#include "lib/result.h"

namespace skep::kallsyms {

struct Symbol {
  std::string_view name;  // as linked (mangled); NUL-terminated
  uint64_t address = 0;
  uint64_t size = 0;  // up to the next symbol's address, padding included
  char type = '?';
  bool is_function() const { return type == 't' || type == 'T'; }
};

size_t count();
Symbol symbol_at(size_t index);  // index < count(), ascending addresses

// The symbol whose range holds `address`.
std::optional<Symbol> find_by_address(uint64_t address);

// By linked name, or by demangled qualified name without parameters ("skep::vfs::open"). ENOENT; EADDRNOTAVAIL when the
// name stands for several functions (overloads, file-local names).
Result<Symbol> find_by_name(std::string_view name);

// Writes "name+0x12/0x80", or the address alone when no symbol holds it.
void print_address(TextSink& out, uint64_t address);

}  // namespace skep::kallsyms
