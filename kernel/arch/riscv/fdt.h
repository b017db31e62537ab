// The flattened device tree, read in place. Devicetree Specification 0.4, "Flattened Devicetree (DTB) Format". Every
// offset and length is checked: a damaged blob yields missing nodes and properties, never a wild read.
#pragma once

#include <stdint.h>

#include <optional>
#include <span>
#include <string_view>

#include "lib/result.h"

namespace skep::arch {

class Fdt {
 public:
  using Bytes = std::span<const uint8_t>;

  struct Node {
    uint32_t offset = 0;  // of the token after the node's name, in the structure block
    std::string_view name;
  };

  // EINVAL when `blob` does not hold a whole version-17 tree.
  static Result<Fdt> parse(Bytes blob);
  // totalsize of the header at `blob`, 0 when it is no device tree: how much to map before parse().
  static uint32_t total_bytes(std::span<const uint8_t, 8> header);

  Node root() const;
  std::optional<Node> find_child(Node parent, std::string_view name) const;  // with or without "@unit"
  std::optional<Bytes> find_property(Node node, std::string_view name) const;

  // Calls visit(Node) for each direct child; stops when it returns false.
  template <typename Visit>
  void for_each_child(Node parent, Visit&& visit) const {
    uint32_t at = parent.offset;
    while (auto child = next_child(at)) {
      if (!visit(*child)) return;
      at = end_of(*child);
    }
  }

  bool is_compatible(Node node, std::string_view what) const;
  // The string of a property, "" when there is none.
  std::string_view string_property(Node node, std::string_view name) const;
  std::optional<uint32_t> u32_property(Node node, std::string_view name) const;

  static std::optional<uint32_t> u32_at(Bytes value, size_t index);  // the index-th 32-bit cell
  // `cells` (1 or 2) cells from cell `index` on, as one number.
  static std::optional<uint64_t> number_at(Bytes value, size_t index, uint32_t cells);

 private:
  struct Token {
    uint32_t kind = 0;
    uint32_t next = 0;      // offset after the token and its data
    std::string_view name;  // node or property name
    Bytes value;
  };
  Token token_at(uint32_t offset) const;
  // The first child node at or after `at`, which lies inside the parent, behind its properties or an earlier child.
  std::optional<Node> next_child(uint32_t at) const;
  uint32_t end_of(Node node) const;
  std::string_view string_from(Bytes block, uint32_t offset) const;

  Bytes structure_;
  Bytes strings_;
};

}  // namespace skep::arch
