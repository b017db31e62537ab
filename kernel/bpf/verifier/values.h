// Where scalars come from. Each scalar that an instruction produces on the path being explored is a node that names the
// (at most two) values it was computed or refined from. When the verifier relies on a scalar's bounds, it demands the
// node: the node and all it came from become precise. A checkpoint's register then matters to pruning only if its node
// was demanded by what was explored after the checkpoint (Linux walks back through the instructions for the same end).
//
// Inside loops a node also knows by how much it differs from the value that its register or stack slot had at the
// loop's head: that is how induction.cc sees counters. Pointers that move in loops have nodes for this end only.
//
// Exploration is depth first: when a path ends, every checkpoint younger than the next pending branch is complete and
// has copied its marks, so the nodes made since then are dropped (as long as no loop is open: its turns are tied to
// each other by link()).
#pragma once

#include <stdint.h>

#include <optional>

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

// How far a number is from another one: the second plus a number from lo … hi. With `half`, only the low 32 bits are
// so. All arithmetic is modulo 2^64 (2^32).
struct Step {
  int32_t lo = 0;
  int32_t hi = 0;
  bool half = false;

  constexpr bool within(const Step& o) const { return lo >= o.lo && hi <= o.hi && (o.half || !half); }
  // Both ways, one after the other; nothing when the sum grows too large to be of use.
  static constexpr std::optional<Step> sum(const Step& a, const Step& b) {
    Step s{.half = a.half || b.half};
    if (__builtin_add_overflow(a.lo, b.lo, &s.lo) || __builtin_add_overflow(a.hi, b.hi, &s.hi)) return std::nullopt;
    return s;
  }
  static constexpr Step hull(const Step& a, const Step& b) {
    return {a.lo < b.lo ? a.lo : b.lo, a.hi > b.hi ? a.hi : b.hi, a.half || b.half};
  }
};

class Values {
 public:
  explicit Values(Scratch& scratch) : nodes_(scratch), links_(scratch), work_(scratch) {}

  // A new value computed from `a` and `b` (kNoValue for none). ENOMEM.
  [[nodiscard]] Result<ValueId> create(ValueId a = kNoValue, ValueId b = kNoValue) { return add({.from = {a, b}}); }
  // ... that is `a` plus a step.
  [[nodiscard]] Result<ValueId> create_moved(ValueId a, ValueId b, const Step& by) {
    Node n{.from = {a, b}};
    if (a != kNoValue) {
      const Node& origin = nodes_[a];
      if (origin.is_anchor) {
        n.anchor = a;
        n.step = by;
      } else if (origin.anchor != kNoValue) {
        if (const auto sum = Step::sum(origin.step, by)) {
          n.anchor = origin.anchor;
          n.step = *sum;
        }
      }
    }
    return add(n);
  }
  // The value that something has at a loop's head: those computed from it keep their distance to it.
  [[nodiscard]] Result<ValueId> create_anchor(ValueId a, ValueId b = kNoValue) {
    return add({.from = {a, b}, .is_anchor = true});
  }

  // The step from `anchor` to `v`, when it is known.
  std::optional<Step> step_from(ValueId anchor, ValueId v) const {
    if (v == kNoValue || anchor == kNoValue) return std::nullopt;
    if (v == anchor) return Step{};
    if (nodes_[v].is_anchor || nodes_[v].anchor != anchor) return std::nullopt;
    return nodes_[v].step;
  }
  // The anchor that `v` keeps its distance to; kNoValue for none.
  ValueId anchor_of(ValueId v) const { return v == kNoValue || nodes_[v].is_anchor ? v : nodes_[v].anchor; }

  // Marks `v` and everything it came from. ENOMEM.
  [[nodiscard]] Result<void> demand(ValueId v, Demand how = Demand::kRelied) {
    if (!wants(v, how)) return {};
    TRY(mark(v, how));
    while (!work_.empty()) {
      const Node n = nodes_[work_.back()];
      work_.pop_back();
      if (wants(n.from[0], how)) TRY(mark(n.from[0], how));
      if (wants(n.from[1], how)) TRY(mark(n.from[1], how));
      for (uint32_t i = n.links; i != kNoLink; i = links_[i].next) {
        const ValueId to = links_[i].to;
        if (to < nodes_.size() && wants(to, how)) TRY(mark(to, how));
      }
    }
    return {};
  }

  // From now on `v` also stands for `other`, which reaches the same place on another path: whoever demands `v` demands
  // both. ENOMEM.
  [[nodiscard]] Result<void> link(ValueId v, ValueId other) {
    if (v == kNoValue || v == other || !wants(other, Demand::kRelied)) return {};
    if (nodes_[v].demand != Demand::kNone) TRY(demand(other, nodes_[v].demand));
    if (nodes_[v].demand == Demand::kRelied) return {};
    TRY(links_.push_back({other, nodes_[v].links}));
    nodes_[v].links = static_cast<uint32_t>(links_.size() - 1);
    if (v < first_linked_) first_linked_ = v;
    return {};
  }

  bool is_demanded(ValueId v) const { return v != kNoValue && nodes_[v].demand != Demand::kNone; }
  bool is_relied_on(ValueId v) const { return v != kNoValue && nodes_[v].demand == Demand::kRelied; }

  size_t count() const { return nodes_.size(); }
  // Forgets the values from number `count` on. What was linked to one that stays, stays so; where that was one of the
  // forgotten, a new value may take its number, and then matters more than it need.
  void drop_from(size_t count) {
    while (nodes_.size() > count) nodes_.pop_back();
    if (first_linked_ < count) return;
    links_.clear();
    first_linked_ = kNobody;
  }

 private:
  static constexpr uint32_t kNoLink = ~0u;
  static constexpr ValueId kNobody = ~0u;
  static constexpr size_t kFirstNodes = 24;  // enough for many programs
  struct Node {
    ValueId from[2] = {kNoValue, kNoValue};
    ValueId anchor = kNoValue;
    Step step = {};
    uint32_t links = kNoLink;  // first of links_
    bool is_anchor = false;
    Demand demand = Demand::kNone;
  };
  struct Link {
    ValueId to;
    uint32_t next;
  };
  Result<ValueId> add(const Node& n) {
    if (nodes_.empty()) {
      TRY(nodes_.reserve(kFirstNodes));
      TRY(nodes_.push_back({}));
    }
    TRY(nodes_.push_back(n));
    return static_cast<ValueId>(nodes_.size() - 1);
  }
  bool wants(ValueId v, Demand how) const { return v != kNoValue && nodes_[v].demand < how; }
  Result<void> mark(ValueId v, Demand how) {
    nodes_[v].demand = how;
    return work_.push_back(v);
  }

  ScratchVec<Node> nodes_;          // [0] is kNoValue
  ScratchVec<Link> links_;          // lists, one per node
  ValueId first_linked_ = kNobody;  // the smallest that has one
  ScratchVec<ValueId> work_;        // of demand(); kept to reuse its memory
};

}  // namespace skep::bpf::verifier
