#include "btf_ext.h"

#include <string.h>

#include "lib/checked.h"
#include "print.h"

namespace skep::libbpf {
namespace {

struct Header {
  uint16_t magic;
  uint8_t version;
  uint8_t flags;
  uint32_t header_bytes;
  // From the end of the header.
  uint32_t functions_at;
  uint32_t functions_bytes;
  uint32_t lines_at;
  uint32_t lines_bytes;
  // Only in headers of at least 32 bytes.
  uint32_t core_at;
  uint32_t core_bytes;
};
constexpr size_t kHeaderBytesWithoutCore = offsetof(Header, core_at);

Failure refuse(const char* what) {
  LOG_WARN(".BTF.ext is damaged: %s\n", what);
  return fail(Errno::kEINVAL);
}

uint32_t load_u32(std::span<const uint8_t> bytes, size_t at) {
  uint32_t v;
  memcpy(&v, bytes.data() + at, sizeof(v));
  return v;
}

// A table: the size of its records, then per section {name, number of records, the records}.
Result<Vec<ExtBlock>> parse_table(std::span<const uint8_t> table, uint32_t least_record, const btf& types) {
  Vec<ExtBlock> blocks;
  if (table.empty()) return blocks;
  if (table.size() < 4) return refuse("a table is cut off");
  const uint32_t record_bytes = load_u32(table, 0);
  if (record_bytes < least_record || record_bytes % 4 != 0) return refuse("a table's records have a wrong size");
  table = table.subspan(4);
  while (!table.empty()) {
    if (table.size() < 8) return refuse("a table is cut off");
    const char* section = types.string_at(load_u32(table, 0));
    const uint64_t bytes = uint64_t{load_u32(table, 4)} * record_bytes;
    if (!section) return refuse("a section's name lies outside");
    if (bytes == 0) return refuse("a section without records");
    if (bytes > table.size() - 8) return refuse("a table is cut off");
    TRY(blocks.push_back({.section = section, .record_bytes = record_bytes, .records = table.subspan(8, bytes)}));
    table = table.subspan(8 + bytes);
  }
  return blocks;
}

}  // namespace

uint32_t ExtBlock::insn_offset(size_t i) const { return load_u32(records, i * record_bytes); }

Result<BtfExt> BtfExt::parse(std::span<const uint8_t> bytes, const btf& types) {
  Header header = {};
  if (bytes.size() < kHeaderBytesWithoutCore) return refuse("shorter than its header");
  memcpy(&header, bytes.data(), kHeaderBytesWithoutCore);
  if (header.magic != BTF_MAGIC) return refuse("wrong magic number");
  if (header.version != BTF_VERSION || header.flags != 0) return refuse("unknown version or flags");
  if (header.header_bytes < kHeaderBytesWithoutCore || header.header_bytes > bytes.size()) {
    return refuse("wrong header length");
  }
  if (header.header_bytes >= sizeof(Header)) memcpy(&header, bytes.data(), sizeof(Header));
  const auto body = bytes.subspan(header.header_bytes);

  const auto table = [&](uint32_t at, uint32_t length, uint32_t least_record) -> Result<Vec<ExtBlock>> {
    if (length == 0) return Vec<ExtBlock>();
    if (at % 4 != 0 || !range_fits(at, length, body.size())) return refuse("a table lies outside");
    return parse_table(body.subspan(at, length), least_record, types);
  };
  BtfExt ext;
  ext.functions_ = TRY(table(header.functions_at, header.functions_bytes, sizeof(bpf_func_info)));
  ext.lines_ = TRY(table(header.lines_at, header.lines_bytes, sizeof(bpf_line_info)));
  ext.core_ = TRY(table(header.core_at, header.core_bytes, sizeof(CoreRelocation)));
  return ext;
}

}  // namespace skep::libbpf
