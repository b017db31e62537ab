// Loops by one depth-first walk. While a node is on the walk's path, an edge back to it makes it the head of a loop;
// the heads on the path that a node lies in form a chain, ordered from the innermost outwards by their position on the
// path. (Wei, Mao, Zou, Chen: "A New Algorithm for Identifying Loops in Decompilation", 2007, describes the walk.)
#include "bpf/verifier/loops.h"

#include "bpf/verifier/cfg.h"

namespace skep::bpf::verifier {
namespace {

class LoopFinder {
 public:
  explicit LoopFinder(const Shape& shape)
      : shape_(shape), position_(shape.scratch), around_(shape.scratch), marks_(shape.scratch), path_(shape.scratch) {}

  Result<void> run() {
    const size_t count = shape_.code.size();
    TRY(position_.resize(count));
    TRY(around_.resize(count));
    TRY(marks_.resize(count));
    for (uint32_t& h : around_) h = kNone;
    for (const Subprogram& s : shape_.subprograms) TRY(walk(s.start));
    return {};
  }

  bool is_head(InsnIndex i) const { return (marks_[i] & kHead) != 0; }
  bool has_other_entry(InsnIndex i) const { return (marks_[i] & kOtherEntry) != 0; }
  // The head of the innermost loop around i (not i itself); kNone.
  InsnIndex around(InsnIndex i) const { return around_[i]; }
  static constexpr InsnIndex kNone = ~0u;

 private:
  enum : uint8_t { kSeen = 1, kHead = 2, kOtherEntry = 4 };
  struct Visit {
    InsnIndex at;
    uint8_t next_edge;
  };

  uint32_t edges(InsnIndex at, InsnIndex (&to)[2]) const {
    const Insn& insn = shape_.code[at];
    uint32_t n = 0;
    if (insn.op == Op::kExit) return 0;
    if (insn.op != Op::kJa) to[n++] = at + (insn.op == Op::kLoadImm64 ? 2 : 1);
    if (insn.op == Op::kJa || insn.op == Op::kMayGoto || is_conditional_jump(insn.op)) to[n++] = insn.target;
    return n;
  }

  // Enters `head` into the chain of loops around `node`.
  void put_into(InsnIndex node, InsnIndex head) {
    if (node == head || head == kNone) return;
    while (around_[node] != kNone) {
      const InsnIndex next = around_[node];
      if (next == head) return;
      if (position_[next] < position_[head]) {
        around_[node] = head;
        node = head;
        head = next;
      } else {
        node = next;
      }
    }
    if (node != head) around_[node] = head;
  }

  void meet_again(InsnIndex from, InsnIndex to) {
    if (position_[to] > 0) {
      marks_[to] |= kHead;
      put_into(from, to);
      return;
    }
    // A loop that was left already is entered again, not through its head, when its head is off the path.
    InsnIndex head = around_[to];
    while (head != kNone && position_[head] == 0) {
      marks_[head] |= kOtherEntry;
      head = around_[head];
    }
    if (head != kNone) put_into(from, head);
  }

  Result<void> walk(InsnIndex start) {
    TRY(path_.push_back({start, 0}));
    marks_[start] |= kSeen;
    position_[start] = 1;
    while (!path_.empty()) {
      Visit& v = path_.back();
      const InsnIndex at = v.at;
      InsnIndex to[2];
      if (v.next_edge >= edges(at, to)) {
        position_[at] = 0;
        path_.pop_back();
        if (!path_.empty()) put_into(path_.back().at, around_[at]);
        continue;
      }
      const InsnIndex next = to[v.next_edge++];
      if ((marks_[next] & kSeen) != 0) {
        meet_again(at, next);
        continue;
      }
      marks_[next] |= kSeen;
      TRY(path_.push_back({next, 0}));
      position_[next] = static_cast<uint32_t>(path_.size());
    }
    return {};
  }

  const Shape& shape_;
  ScratchVec<uint32_t> position_;  // on the walk's path, from 1; 0: not on it
  ScratchVec<InsnIndex> around_;
  ScratchVec<uint8_t> marks_;
  ScratchVec<Visit> path_;
};

uint64_t stored_slots(const Insn& insn) {
  const bool stores = insn.op == Op::kStoreReg || insn.op == Op::kStoreImm || insn.op == Op::kAtomic;
  if (!stores || insn.dst != kFrameRegister || insn.offset >= 0) return 0;
  const auto slot = static_cast<uint32_t>(-insn.offset - 1) / 8;
  return slot < 64 ? uint64_t{1} << slot : 0;
}

void note_insn(LoopShape& loop, const Insn& insn) {
  loop.length++;
  loop.writes |= register_use(insn).writes;
  loop.slots |= stored_slots(insn);
  if (!insn.use_imm || (insn.op != Op::kAdd && insn.op != Op::kSub)) return;
  const int32_t by = insn.op == Op::kAdd ? insn.imm : static_cast<int32_t>(-static_cast<int64_t>(insn.imm));
  int32_t& least = loop.least_add[insn.dst];
  int32_t& most = loop.most_add[insn.dst];
  const bool first = least == 0 && most == 0;
  if (first || by < least) least = by;
  if (first || by > most) most = by;
}

}  // namespace

Result<void> find_loops(Shape& shape) {
  LoopForest& forest = shape.forest;
  LoopFinder finder(shape);
  TRY(finder.run());
  const auto count = static_cast<InsnIndex>(shape.code.size());
  TRY(forest.innermost.resize(count));
  for (InsnIndex i = 0; i < count; i++) {
    forest.innermost[i] = kNoLoop;
    if (!finder.is_head(i)) continue;
    forest.innermost[i] = static_cast<uint32_t>(forest.loops.size());
    TRY(forest.loops.push_back({.head = i, .single_entry = !finder.has_other_entry(i)}));
  }
  const auto loop_around = [&](InsnIndex i) {
    const InsnIndex head = finder.around(i);
    return head == LoopFinder::kNone ? kNoLoop : forest.innermost[head];
  };
  for (InsnIndex i = 0; i < count; i++) {
    if (finder.is_head(i)) {
      forest.loops[forest.innermost[i]].outer = loop_around(i);
    } else {
      forest.innermost[i] = loop_around(i);
    }
  }
  for (InsnIndex i = 0; i < count; i++) {
    if (shape.code[i].second_slot) continue;
    for (uint32_t l = forest.innermost[i]; l != kNoLoop; l = forest.loops[l].outer) {
      note_insn(forest.loops[l], shape.code[i]);
      if (shape.is_repeat_point[i] != 0) forest.loops[l].repeats = true;
    }
  }
  return {};
}

}  // namespace skep::bpf::verifier
