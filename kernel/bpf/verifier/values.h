// Where scalars come from. Each scalar that an instruction produces on the path being explored is a node that names the
// (at most two) values it was computed or refined from. When the verifier relies on a scalar's bounds, it demands the
// node: the node and all it came from become precise. A checkpoint's register then matters to pruning only if its node
// was demanded by what was explored after the checkpoint (Linux walks back through the instructions for the same end).
//
// Exploration is depth first: when a path ends, every checkpoint younger than the next pending branch is complete and
// has copied its marks, so the nodes made since then are dropped.
#pragma once

#include <stdint.h>

#include "bpf/memory.h"

namespace skep::bpf::verifier {

using ValueId = uint32_t;
inline constexpr ValueId kNoValue = 0;

// How much a value matters.
enum class Demand : uint8_t {
  kNone,
  kCompared,  // a path ended because its value lay within an earlier one's: so must that of others (pruning only)
  kRelied,    // its bounds made something safe: it must not be widened
};

class Values {
 public:
  // A new value computed from `a` and `b` (kNoValue for none). ENOMEM.
  [[nodiscard]] Result<ValueId> create(ValueId a = kNoValue, ValueId b = kNoValue) {
    if (nodes_.empty()) TRY(nodes_.push_back({}));
    TRY(nodes_.push_back({{a, b}, Demand::kNone}));
    return static_cast<ValueId>(nodes_.size() - 1);
  }

  // Marks `v` and everything it came from. ENOMEM.
  [[nodiscard]] Result<void> demand(ValueId v, Demand how = Demand::kRelied) {
    if (!wants(v, how)) return {};
    TRY(mark(v, how));
    while (!work_.empty()) {
      const Node n = nodes_[work_.back()];
      work_.pop_back();
      if (wants(n.from[0], how)) TRY(mark(n.from[0], how));
      if (wants(n.from[1], how)) TRY(mark(n.from[1], how));
    }
    return {};
  }

  bool is_demanded(ValueId v) const { return v != kNoValue && nodes_[v].demand != Demand::kNone; }
  bool is_relied_on(ValueId v) const { return v != kNoValue && nodes_[v].demand == Demand::kRelied; }

  size_t count() const { return nodes_.size(); }
  void drop_from(size_t count) {
    while (nodes_.size() > count) nodes_.pop_back();
  }

 private:
  struct Node {
    ValueId from[2] = {kNoValue, kNoValue};
    Demand demand = Demand::kNone;
  };
  bool wants(ValueId v, Demand how) const { return v != kNoValue && nodes_[v].demand < how; }
  Result<void> mark(ValueId v, Demand how) {
    nodes_[v].demand = how;
    return work_.push_back(v);
  }

  Vec<Node> nodes_;    // [0] is kNoValue
  Vec<ValueId> work_;  // of demand(); kept to reuse its memory
};

}  // namespace skep::bpf::verifier
