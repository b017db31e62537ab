// Loops by induction. Exploring every turn of a loop costs as much as running it. Instead:
//
//            entry S
//               |  anchors: what each place holds at the head
//      +----> head -----------------------------+
//      |        |  first turn, explored as it is |
//      |      body --- exits -->                 |
//      |        |  comes around with T           |
//      |        v
//      |   invariant W, wide enough for T and every later turn     (invariant.cc)
//      |        |
//      |      body, once, from W --- exits --> the rest of the program, once
//      |        |
//      +--------+  comes around with T':  is T' one more turn of what W says?
//                    yes: this path needs no further look
//                    no:  a wider W, from the start of W again; after a few, give up: T is explored turn by turn
//
// What W says has two parts. Some places (registers, stack slots) move regularly: each turn adds a number from lo … hi
// to them, which the values' distances to their anchors tell (values.h), so after n turns they lie in S + n * [lo, hi].
// All others lie in W's ranges in every turn. One of the regular places is the counter: it moves by at least one in one
// direction, and on coming around it is within `reach` of where it started. So there are at most reach / least step
// turns; that bounds n, and with it the ranges of the other regular places. By induction over the turns, every turn's
// state lies in W: the first by construction, the next because the path that came around was found to close.
//
// Nothing is taken on trust: whatever was guessed (bounds from the tests seen in the first turn, ranges) is proved when
// the paths behind W come around. A refusal behind an invariant may be the invariant's fault: then it is given up, and
// the loop is explored turn by turn, as if there had been none. So no program is refused because of induction.
//
// Behind W, a path's checkpoints compare everything (Checkpoint::exact) and serve only paths of the same entry, because
// what W's continuation relies on is known only at the end; links between values carry it over then.
//
// A run executes each explored instruction as often as the loops around it turn: run_length_ adds that up and is held
// to the limit on explored instructions, as if every turn had been explored.
#include "bpf/verifier/analysis.h"
#include "bpf/verifier/limits.h"

namespace skep::bpf::verifier {
namespace {

// Entries into loops that are kept count of; the loops of a program that has more are explored turn by turn from then
// on. Bounds memory: each takes some KiB until the load ends.
constexpr uint32_t kMaxLoopEntries = 8192;

}  // namespace

bool Analysis::at_head_of(const OpenLoop* loop) const {
  return loop && loop->depth == path_.state.depth() && shape_.forest.loops[loop->loop].head == path_.at;
}

bool Analysis::is_inside(const OpenLoop& loop) const {
  const uint32_t depth = path_.state.depth();
  if (depth < loop.depth) return false;
  return shape_.forest.contains(loop.loop, depth == loop.depth ? path_.at : path_.state.frame(loop.depth).call_site);
}

bool Analysis::is_under(const OpenLoop* loop) const {
  const OpenLoop* l = path_.loop.innermost;
  while (l && l != loop) l = l->outer;
  return l != nullptr;
}

void Analysis::leave_loops() {
  while (path_.loop.innermost && !is_inside(*path_.loop.innermost)) {
    path_.loop.assumed &= ~(1u << path_.loop.innermost->level);
    path_.loop.innermost = path_.loop.innermost->outer;
  }
}

bool Analysis::count_in_loop() {
  OpenLoop* const loop = assumed_in(path_.loop.innermost);
  if (!loop) {
    run_length_++;
    return true;
  }
  loop->cost++;
  const bool tries = loop->phase == LoopPhase::kInvariant && !loop->proved;
  if (!tries || loop->cost <= loop->budget) return true;
  too_long_ = loop;
  return refuse(Rule::kTooComplex, {kMaxInsns + 1});
}

Analysis::Visit Analysis::open_loop() {
  const uint32_t index = shape_.forest.innermost[path_.at];
  OpenLoop* const outer = path_.loop.innermost;
  const uint32_t level = outer ? outer->level + 1 : 0;
  if (!shape_.forest.loops[index].single_entry || shape_.forest.loops[index].repeats ||
      failures_[index] >= kMaxLoopFailures || level >= kMaxOpenLoops || loop_count_ >= kMaxLoopEntries ||
      statistics_.insns_given_up > kMaxInsnsGivenUp || !may_keep_checkpoint()) {
    return Visit::kContinue;
  }
  const bool fresh = path_.parent && path_.parent->serial + 1 == checkpoint_log_.size() &&
                     insns_at_last_checkpoint_ == statistics_.insns_processed && !path_.parent->entry_of &&
                     checkpoint_log_.back() == path_.at;
  if (!fresh && !add_checkpoint()) return Visit::kRefused;
  void* place = platform::allocate(sizeof(OpenLoop));
  if (!place) return refuse_memory(), Visit::kRefused;
  auto* loop = new (place) OpenLoop;
  loop->next = all_loops_;
  all_loops_ = loop;
  loop_count_++;
  loop->loop = index;
  loop->depth = path_.state.depth();
  loop->outer = outer;
  loop->level = level;
  loop->first_value = static_cast<ValueId>(values_.count());
  path_.parent->entry_of = loop;
  open_loops_++;
  path_.loop.innermost = loop;
  if (!place_anchors(*loop)) return Visit::kRefused;
  loop->entry = path_.state.share();
  return Visit::kContinue;
}

// Whatever the loop's instructions name may move.
bool Analysis::place_anchors(OpenLoop& loop) {
  const LoopShape& shape = shape_.forest.loops[loop.loop];
  if (!own_top()) return false;
  const auto anchor = [&](uint32_t place, Reg& r) {
    if (r.kind == RegKind::kNotInit) return true;
    const auto v = values_.create_anchor(r.value);
    if (!v) return refuse_memory();
    if (loop.first_anchor == kNoValue) loop.first_anchor = *v;
    loop.last_anchor = *v;
    loop.motions[place].at_entry = *v;
    r.value = *v;
    return true;
  };
  const uint16_t live = shape_.live[path_.at].any();
  for (uint32_t r = 0; r < kRegisters; r++) {
    if ((shape.writes & live) >> r & 1 && !anchor(r, top_->regs[r])) return false;
  }
  for (uint32_t i = 0; i < top_->stack.size(); i++) {
    Slot& slot = top_->stack[i];
    if ((shape.slots >> i & 1) != 0 && slot.bytes[0] == ByteKind::kSpill && !anchor(kRegisters + i, slot.reg)) {
      return false;
    }
  }
  return true;
}

Analysis::Visit Analysis::come_around(OpenLoop& loop) {
  if (loop.phase == LoopPhase::kInvariant) {
    bool good = true;
    const bool closed = closes(loop, good);
    if (!good) return Visit::kRefused;
    if (closed) {
      // What is read behind the invariant is read of this path's stack. (Paths that hang from the invariant itself have
      // passed that on already, and compare all of the stack.)
      for (uint32_t f = 0; f < path_.state.depth(); f++) mark_slots_read(f, loop.read[f]);
      return Visit::kCovered;
    }
  }
  return widen_invariant(loop);
}

// Makes an invariant that also holds for the path's state, and goes on from it.
Analysis::Visit Analysis::widen_invariant(OpenLoop& loop) {
  const bool first = loop.phase == LoopPhase::kFirstTurn;
  State invariant;
  bool made = false;
  if (!loop.proved && ++loop.rounds <= kMaxInvariants)
    made = build_invariant(loop, first ? loop.entry : loop.invariant, invariant);
  if (!made && out_of_memory()) return Visit::kRefused;
  const bool waits = loop.phase == LoopPhase::kInvariant && !loop.proved;
  if (!made) {
    if (waits) {
      give_up(loop);
      return Visit::kRestarted;
    }
    if (!first) return unroll_from_here(loop);
    unroll(loop);
    return Visit::kContinue;
  }
  if (waits) {
    retreat(loop);
  } else {
    if (!remember_retreat(loop)) return Visit::kRefused;
    loop.phase = LoopPhase::kInvariant;
  }
  // The state that came around first must be one of those that the invariant stands for.
  loop.invariant = std::move(invariant);
  bool good = true;
  if (!closes(loop, good)) {
    if (!good) return Visit::kRefused;
    unroll(loop);
    return Visit::kRestarted;
  }
  return assume(loop) ? Visit::kRestarted : Visit::kRefused;
}

// Other turns of this entry were proved; this path goes on alone.
Analysis::Visit Analysis::unroll_from_here(OpenLoop& loop) {
  void* place = platform::allocate(sizeof(OpenLoop));
  if (!place) return refuse_memory(), Visit::kRefused;
  auto* alone = new (place) OpenLoop;
  alone->next = all_loops_;
  all_loops_ = alone;
  loop_count_++;
  alone->loop = loop.loop;
  alone->depth = loop.depth;
  alone->outer = loop.outer;
  alone->level = loop.level;
  alone->phase = LoopPhase::kUnrolled;
  path_.loop.innermost = alone;
  path_.loop.assumed &= ~(1u << loop.level);
  return Visit::kContinue;
}

bool Analysis::assume(OpenLoop& loop) {
  path_.state = loop.invariant.share();
  path_.loop.innermost = &loop;
  path_.loop.assumed |= 1u << loop.level;
  if (!ok(assumptions_.push_back(&loop)) || !add_checkpoint()) return false;
  path_.parent->invariant_of = &loop;
  return true;
}

bool Analysis::remember_retreat(OpenLoop& loop) {
  Path& to = loop.retreat;
  to.state = path_.state.share();
  to.at = path_.at;
  to.came_from = path_.came_from;
  to.root = path_.root;
  to.parent = path_.parent;
  if (to.parent) to.parent->references++;
  for (uint32_t f = 0; f < kMaxCallDepth; f++) to.written[f] = path_.written[f];
  to.length = path_.length;
  to.decisions = path_.decisions;
  to.loop = path_.loop;
  loop.waiting = waiting_.size();
  loop.checkpoints = checkpoint_log_.size();
  loop.processed = statistics_.insns_processed;
  loop.run_length = run_length_;
  loop.first_turn = loop.cost;
  loop.budget =
      loop.cost + kInvariantBudget + uint64_t{kInvariantBudgetPerInsn} * shape_.forest.loops[loop.loop].length;
  loop.claims = claims_;
  loop.stacks.clear();
  for (const Subprogram& s : shape_.subprograms) {
    if (!ok(loop.stacks.push_back(s.stack_bytes))) return false;
  }
  return true;
}

void Analysis::forget_retreat(OpenLoop& loop) {
  drop_reference(loop.retreat.parent);
  loop.retreat.parent = nullptr;
  loop.retreat.state.clear();
}

// Back to where the loop's invariant was first assumed, with all that was explored since undone.
void Analysis::retreat(OpenLoop& to) {
  drop_reference(path_.parent);
  path_.parent = nullptr;
  while (waiting_.size() > to.waiting) {
    drop_reference(waiting_.back().parent);
    waiting_.pop_back();
  }
  while (assumptions_.back() != &to) {
    forget_retreat(*assumptions_.back());
    assumptions_.pop_back();
  }
  assumptions_.pop_back();
  drop_checkpoints_from(to.checkpoints);
  // Loops around it that went on from their first turn since then are back in it.
  for (OpenLoop* outer = to.outer; outer; outer = outer->outer) {
    if (outer->phase != LoopPhase::kInvariant || outer->checkpoints < to.checkpoints) continue;
    outer->phase = LoopPhase::kFirstTurn;
    outer->proved = false;
    outer->rounds = 0;
  }
  // What the turns behind invariants wrote down of facts is more than what holds without them: that does no harm. But a
  // stack that seems deeper may lead to a refusal.
  for (size_t i = 0; i < to.stacks.size(); i++) shape_.subprograms[i].stack_bytes = to.stacks[i];
  statistics_.insns_given_up += statistics_.insns_processed - to.processed;
  to.processed = statistics_.insns_processed;
  run_length_ = to.run_length;
  to.cost = to.first_turn;
  if (request_.recorder && claims_ > to.claims) request_.recorder->take_back(to.claims);
  claims_ = to.claims;

  const Path& from = to.retreat;
  path_.state = from.state.share();
  path_.at = from.at;
  path_.came_from = from.came_from;
  path_.root = from.root;
  path_.parent = from.parent;
  if (path_.parent) path_.parent->references++;
  for (uint32_t f = 0; f < kMaxCallDepth; f++) path_.written[f] = from.written[f];
  path_.length = from.length;
  path_.decisions = from.decisions;
  path_.loop = from.loop;
}

void Analysis::give_up(OpenLoop& loop) {
  retreat(loop);
  unroll(loop);
}

void Analysis::unroll(OpenLoop& loop) {
  forget_retreat(loop);
  loop.phase = LoopPhase::kUnrolled;
  loop.invariant.clear();
  if (failures_[loop.loop] < UINT8_MAX) failures_[loop.loop]++;
  statistics_.loops_unrolled++;
}

bool Analysis::retreat_from_refusal() {
  if (assumptions_.empty()) return false;
  if (rejection_.rule == Rule::kNoMemory || rejection_.rule == Rule::kInterrupted) return false;
  give_up(too_long_ ? *too_long_ : *assumptions_.back());
  too_long_ = nullptr;
  rejection_ = {};
  return true;
}

// What one run executes in the loop, at most: the first turn, and what lies behind the invariant as often as it turns.
uint64_t Analysis::length_of(const OpenLoop& loop) {
  if (loop.phase != LoopPhase::kInvariant) return loop.cost;
  return loop.first_turn + (loop.cost - loop.first_turn) * loop.turns;
}

bool Analysis::turns_are_affordable(const OpenLoop& loop) const {
  return length_of(loop) <= kMaxInsns - std::min<uint64_t>(run_length_, kMaxInsns);
}

void Analysis::invariant_proved(OpenLoop& loop, const Checkpoint& at) {
  assumptions_.pop_back();  // the youngest: exploring is depth first
  for (uint32_t f = 0; f < kMaxCallDepth; f++) loop.read[f] = at.read[f];
  forget_retreat(loop);
  loop.proved = true;
  statistics_.loops_proved++;
}

void Analysis::close_loop(OpenLoop& loop) {
  loop.closed = true;
  open_loops_--;
  loop.entry.clear();
  loop.invariant.clear();
  const uint64_t total = length_of(loop);
  if (OpenLoop* outer = assumed_in(loop.outer)) {
    outer->cost += total;
  } else {
    run_length_ += total;
  }
}

// Counters are found by what their loop compares them with.
void Analysis::note_test(const Insn& insn, const Reg& left, const Reg& right, bool taken) {
  for (OpenLoop* loop = path_.loop.innermost; loop; loop = loop->outer) {
    if (loop->phase != LoopPhase::kFirstTurn) continue;
    const auto moves = [&](ValueId v) {
      const ValueId anchor = values_.anchor_of(v);
      return anchor != kNoValue && anchor >= loop->first_anchor && anchor <= loop->last_anchor;
    };
    const bool swapped = !moves(left.value) && moves(right.value);
    if (!swapped && !moves(left.value)) continue;
    const Reg& counter = swapped ? right : left;
    const ValueId anchor = values_.anchor_of(counter.value);
    SeenTest& test = loop->tests[loop->test_count++ % OpenLoop::kTests];
    test = {.anchor = anchor,
            .step = values_.step_from(anchor, counter.value).value_or(Step{}),
            .op = insn.op,
            .half = insn.width == Width::k32,
            .outcome = taken,
            .swapped = swapped,
            .bound = swapped ? left.var : right.var};
  }
}

}  // namespace skep::bpf::verifier
