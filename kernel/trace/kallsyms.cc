#include "trace/kallsyms.h"

#include "trace/demangle.h"

extern "C" {
extern const uint64_t kallsyms_count;
extern const uint64_t kallsyms_base;
extern const uint64_t kallsyms_text_end;
extern const uint32_t kallsyms_offsets[];
extern const char kallsyms_types[];
extern const uint32_t kallsyms_name_at[];
extern const char kallsyms_names[];
}

namespace skep::kallsyms {

size_t count() { return kallsyms_count; }

Symbol symbol_at(size_t index) {
  Symbol s;
  s.name = std::string_view(&kallsyms_names[kallsyms_name_at[index]]);
  s.address = kallsyms_base + kallsyms_offsets[index];
  s.type = kallsyms_types[index];
  // Several names may stand at one address; the size reaches to the next address.
  size_t next = index + 1;
  while (next < kallsyms_count && kallsyms_offsets[next] == kallsyms_offsets[index]) next++;
  uint64_t end = next < kallsyms_count ? kallsyms_base + kallsyms_offsets[next] : s.address;
  if (s.is_function() && end > kallsyms_text_end) end = kallsyms_text_end;
  s.size = end > s.address ? end - s.address : 0;
  return s;
}

std::optional<Symbol> find_by_address(uint64_t address) {
  if (kallsyms_count == 0 || address < kallsyms_base) return std::nullopt;
  const uint64_t offset = address - kallsyms_base;
  size_t low = 0, high = kallsyms_count;  // the first symbol above `offset` lies in [low, high]
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (kallsyms_offsets[middle] <= offset) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == 0) return std::nullopt;
  size_t index = low - 1;
  while (index > 0 && kallsyms_offsets[index - 1] == kallsyms_offsets[index]) index--;
  const Symbol s = symbol_at(index);
  if (address - s.address >= s.size) return std::nullopt;
  return s;
}

Result<Symbol> find_by_name(std::string_view name) {
  if (name.empty()) return fail(Errno::kENOENT);
  std::optional<Symbol> found;
  for (const bool linked : {true, false}) {  // a linked name wins over a qualified one that reads the same
    for (size_t i = 0; i < kallsyms_count; i++) {
      const std::string_view candidate(&kallsyms_names[kallsyms_name_at[i]]);
      if (linked ? candidate != name : !qualified_name_is(candidate, name)) continue;
      const Symbol s = symbol_at(i);
      // A constructor's complete and base variants share one address.
      if (found && found->address != s.address) return fail(Errno::kEADDRNOTAVAIL);
      found = s;
    }
    if (found) return *found;
  }
  return fail(Errno::kENOENT);
}

void print_address(TextSink& out, uint64_t address) {
  const auto s = find_by_address(address);
  if (!s) {
    format_to(out, "{#x}", address);
    return;
  }
  print_qualified_name(out, s->name);
  format_to(out, "+{#x}/{#x}", address - s->address, s->size);
}

}  // namespace skep::kallsyms
