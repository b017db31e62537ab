#include "arch/riscv/fdt.h"

#include <string.h>

#include "lib/checked.h"

namespace skep::arch {

namespace {
constexpr uint32_t kMagic = 0xd00dfeed;
constexpr uint32_t kHeaderBytes = 40;
constexpr uint32_t kLastCompatibleVersion = 17;
constexpr uint32_t kBeginNode = 1, kEndNode = 2, kProp = 3, kNop = 4, kEnd = 9;

uint32_t big_endian(const uint8_t* p) {
  return uint32_t{p[0]} << 24 | uint32_t{p[1]} << 16 | uint32_t{p[2]} << 8 | uint32_t{p[3]};
}
}  // namespace

uint32_t Fdt::total_bytes(std::span<const uint8_t, 8> header) {
  return big_endian(header.data()) == kMagic ? big_endian(header.data() + 4) : 0;
}

Result<Fdt> Fdt::parse(Bytes blob) {
  if (blob.size() < kHeaderBytes || big_endian(blob.data()) != kMagic) return fail(Errno::kEINVAL);
  const auto header = [&](uint32_t index) { return big_endian(blob.data() + size_t{4} * index); };
  const uint32_t total = header(1), structure = header(2), strings = header(3), version = header(5);
  const uint32_t strings_bytes = header(8), structure_bytes = header(9);
  if (total > blob.size() || version < kLastCompatibleVersion || structure % 4 != 0 ||
      !range_fits(structure, structure_bytes, total) || !range_fits(strings, strings_bytes, total)) {
    return fail(Errno::kEINVAL);
  }
  Fdt fdt;
  fdt.structure_ = blob.subspan(structure, structure_bytes);
  fdt.strings_ = blob.subspan(strings, strings_bytes);
  return fdt;
}

std::string_view Fdt::string_from(Bytes block, uint32_t offset) const {
  if (offset >= block.size()) return {};
  const char* start = reinterpret_cast<const char*>(block.data()) + offset;
  return {start, strnlen(start, block.size() - offset)};
}

Fdt::Token Fdt::token_at(uint32_t offset) const {
  Token end{.kind = kEnd, .next = offset, .name = {}, .value = {}};
  if (!range_fits(offset, 4, structure_.size())) return end;
  Token t;
  t.kind = big_endian(structure_.data() + offset);
  t.next = offset + 4;
  if (t.kind == kBeginNode) {
    t.name = string_from(structure_, t.next);
    if (t.next + t.name.size() >= structure_.size()) return end;  // the name has no end
    t.next = align_up(static_cast<uint32_t>(t.next + t.name.size() + 1), 4U);
  } else if (t.kind == kProp) {
    if (!range_fits(t.next, 8, structure_.size())) return end;
    const uint32_t bytes = big_endian(structure_.data() + t.next);
    t.name = string_from(strings_, big_endian(structure_.data() + t.next + 4));
    if (!range_fits(t.next + 8, bytes, structure_.size())) return end;
    t.value = structure_.subspan(t.next + 8, bytes);
    t.next = align_up(t.next + 8 + bytes, 4U);
  } else if (t.kind != kEndNode && t.kind != kNop) {
    return end;
  }
  return t;
}

Fdt::Node Fdt::root() const {
  uint32_t at = 0;
  Token t = token_at(at);
  while (t.kind == kNop) t = token_at(at = t.next);
  return {t.next, ""};
}

std::optional<Fdt::Node> Fdt::next_child(uint32_t at) const {
  for (;;) {
    const Token t = token_at(at);
    if (t.kind == kBeginNode) return Node{t.next, t.name};
    if (t.kind == kEndNode || t.kind == kEnd) return std::nullopt;
    at = t.next;
  }
}

uint32_t Fdt::end_of(Node node) const {
  uint32_t at = node.offset;
  for (uint32_t depth = 1; depth > 0;) {
    const Token t = token_at(at);
    if (t.kind == kEnd) break;
    if (t.kind == kBeginNode) depth++;
    if (t.kind == kEndNode) depth--;
    at = t.next;
  }
  return at;
}

std::optional<Fdt::Node> Fdt::find_child(Node parent, std::string_view name) const {
  std::optional<Node> found;
  for_each_child(parent, [&](Node child) {
    if (child.name == name || (child.name.starts_with(name) && child.name[name.size()] == '@')) found = child;
    return !found;
  });
  return found;
}

std::optional<Fdt::Bytes> Fdt::find_property(Node node, std::string_view name) const {
  // A node's properties come before its children.
  for (uint32_t at = node.offset;;) {
    const Token t = token_at(at);
    if (t.kind == kProp && t.name == name) return t.value;
    if (t.kind != kProp && t.kind != kNop) return std::nullopt;
    at = t.next;
  }
}

std::string_view Fdt::string_property(Node node, std::string_view name) const {
  const auto value = find_property(node, name);
  return value ? string_from(*value, 0) : std::string_view();
}

bool Fdt::is_compatible(Node node, std::string_view what) const {
  const auto value = find_property(node, "compatible");
  if (!value) return false;
  for (uint32_t at = 0; at < value->size();) {
    const std::string_view entry = string_from(*value, at);
    if (entry == what) return true;
    at += static_cast<uint32_t>(entry.size()) + 1;
  }
  return false;
}

std::optional<uint32_t> Fdt::u32_at(Bytes value, size_t index) {
  if (!range_fits(index * 4, 4, value.size())) return std::nullopt;
  return big_endian(value.data() + index * 4);
}

std::optional<uint64_t> Fdt::number_at(Bytes value, size_t index, uint32_t cells) {
  uint64_t n = 0;
  for (uint32_t i = 0; i < cells; i++) {
    const auto cell = u32_at(value, index + i);
    if (!cell) return std::nullopt;
    n = n << 32 | *cell;
  }
  return n;
}

std::optional<uint32_t> Fdt::u32_property(Node node, std::string_view name) const {
  const auto value = find_property(node, name);
  if (!value) return std::nullopt;
  return u32_at(*value, 0);
}

}  // namespace skep::arch
