// Checkpoints. Where paths meet, the state is kept; a later path that arrives with a state that a completely explored
// checkpoint covers needs no further look. A checkpoint covers a state when every run from that state is like a run
// that was found safe:
//   - registers that are dead here, and stack slots that were not read after the checkpoint, do not matter;
//   - a scalar whose bounds nobody relied on after the checkpoint may be any scalar;
//   - everything else must lie within what the checkpoint knew, copies being copies (ids).
// What was relied on after the checkpoint is then relied on in the arriving path too, and passed on to its checkpoints.
#include "bpf/verifier/analysis.h"
#include "bpf/verifier/limits.h"

namespace skep::bpf::verifier {
namespace {

// As Linux: a checkpoint every so many jumps and instructions, fewer inside a loop that is being unrolled, where a
// checkpoint serves only the same turn of another path.
constexpr uint32_t kJumpsBetween = 2;
constexpr uint32_t kInsnsBetween = 8;
constexpr uint32_t kJumpsBetweenInLoop = 20;
constexpr uint32_t kInsnsBetweenInLoop = 100;
// Checkpoints of one instruction that are looked at, youngest first: exploration is depth first, so what an old one
// covers comes after what the young ones cover.
constexpr uint32_t kMaxLookedAt = 64;
// Different ids in one state: more than its registers and stack slots only when it holds that many references.
constexpr size_t kMaxIdPairs = 256;
// States of other paths at one instruction, all of them different in what matters, after which the next is joined with
// them.
constexpr uint32_t kPathsApart = 4;

}  // namespace

uint16_t Analysis::live_registers(const State& state, uint32_t frame_no, InsnIndex at) const {
  if (frame_no == state.top()) return shape_.live[at].any();
  constexpr uint16_t kLostByCall = 0x3f;
  const Frame& callee = state.frame(frame_no + 1);
  if (callee.kind == FrameKind::kCallback) return shape_.live[callee.call_site].any();  // it returns to the call itself
  return shape_.live[state.frame(frame_no + 1).call_site + 1].any() & static_cast<uint16_t>(~kLostByCall);
}

bool Analysis::ids_match(uint32_t old_id, uint32_t new_id) {
  for (const IdPair& p : id_pairs_) {
    if (p.old_id == old_id) return p.new_id == new_id;
    if (p.new_id == new_id) return false;
  }
  // Without memory to remember the pair, or with too many to look through each time, nothing can be said.
  if (id_pairs_.size() >= kMaxIdPairs) return false;
  return id_pairs_.push_back({old_id, new_id}).has_value();
}

bool Analysis::register_covered(const Reg& old, const Reg& now, bool precise, bool exactly) {
  if (exactly) {
    return old.kind == now.kind && old.or_null == now.or_null && old.read_only == now.read_only &&
           old.record == now.record && old.slice == now.slice && old.dynptr_slot == now.dynptr_slot &&
           old.frame == now.frame && old.object == now.object && old.off == now.off && old.var == now.var;
  }
  if (old.kind == RegKind::kNotInit) return true;
  if (old.kind != now.kind) return false;
  if (old.is_scalar()) {
    if (!precise) return true;
    if (!now.var.subset_of(old.var)) return false;
    return old.id == 0 || (now.id != 0 && old.off == now.off && ids_match(old.id, now.id));
  }
  if (old.or_null != now.or_null || old.read_only != now.read_only || old.record != now.record ||
      old.slice != now.slice || old.dynptr_slot != now.dynptr_slot || old.frame != now.frame ||
      old.object != now.object || old.off != now.off || !now.var.subset_of(old.var)) {
    return false;
  }
  return old.id == 0 || ids_match(old.id, now.id);
}

// What is held is held under the same roles: a later release means the same in both states.
bool Analysis::held_match(const State& old, const State& now, bool exactly) {
  const ScratchVec<Held>& a = old.frame(0).held;
  const ScratchVec<Held>& b = now.frame(0).held;
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); i++) {
    if (a[i].lock_of != b[i].lock_of || (!exactly && !ids_match(a[i].id, b[i].id))) return false;
  }
  return true;
}

bool Analysis::slot_covered(const Slot& old, const Slot& now, bool precise, bool exactly) {
  const uint32_t spilled = old.spilled_bytes();
  const uint32_t now_spilled = now.spilled_bytes();
  uint32_t first = 0;
  if (old.holds_dynptr()) return now.holds_dynptr() && register_covered(old.reg, now.reg, precise, exactly);
  if (exactly && spilled != now_spilled) return false;
  if (spilled > 0) {
    if (spilled == now_spilled) {
      if (!register_covered(old.reg, now.reg, precise, exactly)) return false;
    } else {
      // A number that nobody relied on may be any bytes that were written.
      if (precise || old.reg.is_pointer() || now.holds_pointer()) return false;
      for (uint32_t i = 0; i < spilled; i++) {
        if (now.bytes[i] == ByteKind::kInvalid || now.bytes[i] == ByteKind::kDynptr) return false;
      }
    }
    first = spilled;
  }
  for (uint32_t i = first; i < kSlotBytes; i++) {
    const ByteKind o = old.bytes[i];
    const ByteKind n = now.bytes[i];
    if (o == n) continue;
    if (exactly) return false;
    if (o == ByteKind::kInvalid) continue;
    if (o != ByteKind::kMisc || n == ByteKind::kInvalid || n == ByteKind::kDynptr) return false;
    if (n == ByteKind::kSpill && now.reg.is_pointer()) return false;
  }
  return true;
}

// The checkpoint's loops count on how far `old` was from what it was at their heads: so must `now` be.
bool Analysis::distances_agree(ValueId old, ValueId now) const {
  if (old == now) return true;
  const ValueId anchor = values_.anchor_of(old);
  if (anchor == kNoValue) return true;
  const auto then = values_.step_from(anchor, old);
  const auto here = values_.step_from(anchor, now);
  return then && here && here->within(*then);
}

bool Analysis::same_calls(const State& a, const State& b) {
  if (a.depth() != b.depth()) return false;
  for (uint32_t f = 0; f < a.depth(); f++) {
    const Frame& x = a.frame(f);
    const Frame& y = b.frame(f);
    if (x.kind != y.kind || (f > 0 && x.call_site != y.call_site)) return false;
  }
  return true;
}

bool Analysis::covers(Checkpoint& old, Compare how) {
  const State& now = path_.state;
  if (!same_calls(old.state, now)) return false;
  for (uint32_t f = 0; f < now.depth(); f++) {
    const uint32_t before = old.state.frame(f).turns;
    const uint32_t turns = now.frame(f).turns;
    if (how == Compare::kEqual ? before != turns : before > turns) return false;
  }
  const bool exactly = how == Compare::kEqual;
  const bool all_precise = request_.exact_pruning || how == Compare::kWithin || old.exact;
  const bool in_loop = !exactly && assumed_in(old.loop) != nullptr;
  // What told the two apart last time, most often does so again: a loop's counter.
  const uint32_t suspect = old.told_apart_by;
  if (suspect < kRegisters) {
    const uint32_t top = now.top();
    const Reg& a = old.state.frame(top).regs[suspect];
    const bool precise = all_precise || (old.precise_regs[top] >> suspect & 1) != 0;
    if ((exactly || precise) && a.is_scalar() && !now.frame(top).regs[suspect].var.subset_of(a.var)) return false;
  }
  id_pairs_.clear();
  if (!held_match(old.state, now, exactly)) return false;
  for (uint32_t f = now.depth(); f-- > 0;) {
    const Frame& a = old.state.frame(f);
    const Frame& b = now.frame(f);
    const uint16_t live = live_registers(now, f, path_.at);
    for (uint32_t r = 0; r < kRegisters; r++) {
      if (!exactly && (live >> r & 1) == 0) continue;
      const bool precise = all_precise || (old.precise_regs[f] >> r & 1) != 0;
      if (!register_covered(a.regs[r], b.regs[r], precise, exactly) ||
          (in_loop && !distances_agree(a.regs[r].value, b.regs[r].value))) {
        if (f == now.top()) old.told_apart_by = static_cast<uint8_t>(r);
        return false;
      }
    }
    if (exactly && a.stack.size() != b.stack.size()) return false;
    const Slot empty{};
    for (uint32_t i = 0; i < a.stack.size(); i++) {
      const uint64_t bit = uint64_t{1} << i;
      if (how == Compare::kByDemand && !old.exact && (old.read[f] & bit) == 0) continue;
      const bool precise = all_precise || (old.precise_slots[f] & bit) != 0;
      const Slot& here = i < b.stack.size() ? b.stack[i] : empty;
      if (!slot_covered(a.stack[i], here, precise, exactly)) return false;
      if (in_loop && a.stack[i].bytes[0] == ByteKind::kSpill &&
          !distances_agree(a.stack[i].reg.value, here.reg.value)) {
        return false;
      }
    }
  }
  return true;
}

// Behind an invariant, what is relied on is known when the last turn is explored: until then, the two are linked.
bool Analysis::inherit_all(const Checkpoint& old) {
  for (uint32_t f = 0; f < path_.state.depth(); f++) {
    mark_slots_read(f, ~uint64_t{0});
    const Frame& then = old.state.frame(f);
    const Frame& now = path_.state.frame(f);
    const uint16_t live = live_registers(path_.state, f, path_.at);
    for (uint32_t r = 0; r < kRegisters; r++) {
      if ((live >> r & 1) != 0 && !ok(values_.link(then.regs[r].value, now.regs[r].value))) return false;
    }
    for (uint32_t i = 0; i < then.stack.size() && i < now.stack.size(); i++) {
      const bool spills = then.stack[i].bytes[0] == ByteKind::kSpill && now.stack[i].bytes[0] == ByteKind::kSpill;
      if (spills && !ok(values_.link(then.stack[i].reg.value, now.stack[i].reg.value))) return false;
    }
  }
  return true;
}

bool Analysis::inherit_demands(const Checkpoint& old, Compare how) {
  if (how == Compare::kByDemand && old.exact) return inherit_all(old);
  const bool all_precise = request_.exact_pruning || how == Compare::kWithin;
  for (uint32_t f = 0; f < path_.state.depth(); f++) {
    const uint64_t read = how == Compare::kWithin ? ~uint64_t{0} : old.read[f];
    mark_slots_read(f, read);
    const Frame& now = path_.state.frame(f);
    const uint16_t live = live_registers(path_.state, f, path_.at);
    for (uint32_t r = 0; r < kRegisters; r++) {
      const bool precise = all_precise || (old.precise_regs[f] >> r & 1) != 0;
      const bool relied = (old.relied_regs[f] >> r & 1) != 0 ||
                          (how == Compare::kWithin && values_.is_relied_on(old.state.frame(f).regs[r].value));
      const Demand kind = relied ? Demand::kRelied : Demand::kCompared;
      if (precise && (live >> r & 1) != 0 && !demand(now.regs[r], kind)) return false;
    }
    for (uint32_t i = 0; i < now.stack.size(); i++) {
      const uint64_t bit = uint64_t{1} << i;
      const bool precise = (read & bit) != 0 && (all_precise || (old.precise_slots[f] & bit) != 0);
      const Demand kind = (old.relied_slots[f] & bit) != 0 ? Demand::kRelied : Demand::kCompared;
      if (precise && now.stack[i].bytes[0] == ByteKind::kSpill && !demand(now.stack[i].reg, kind)) return false;
    }
  }
  return true;
}

// Copies of one number whose values were told apart at a loop's head: what was learned of the one that was compared
// served the other, so when one matters, both do, and that they are copies.
bool Analysis::demand_copies(Checkpoint& c) {
  id_pairs_.clear();
  const auto collect = [&](const Reg& r) {
    if (!r.is_scalar() || r.id == 0 || !values_.is_demanded(r.value)) return true;
    for (const IdPair& p : id_pairs_) {
      if (p.old_id == r.id && p.new_id == r.value) return true;
    }
    return ok(id_pairs_.push_back({r.id, r.value}));
  };
  const auto pass_on = [&](const Reg& r) {
    if (!r.is_scalar() || r.id == 0) return true;
    for (const IdPair& p : id_pairs_) {
      if (p.old_id != r.id || p.new_id == r.value) continue;
      const Demand how = values_.is_relied_on(p.new_id) ? Demand::kRelied : Demand::kCompared;
      if (!demand(r, how)) return false;
    }
    return true;
  };
  const auto each = [&](const auto& visit) {
    for (uint32_t f = 0; f < c.state.depth(); f++) {
      for (const Reg& r : c.state.frame(f).regs) {
        if (!visit(r)) return false;
      }
      for (const Slot& slot : c.state.frame(f).stack) {
        if (slot.bytes[0] == ByteKind::kSpill && !visit(slot.reg)) return false;
      }
    }
    return true;
  };
  return each(collect) && (id_pairs_.empty() || each(pass_on));
}

bool Analysis::complete(Checkpoint& c) {
  if (c.entry_of) close_loop(*c.entry_of);
  if (c.invariant_of) invariant_proved(*c.invariant_of, c);
  if (c.exact) return true;
  if (shape_.has_loops && !demand_copies(c)) return false;
  for (uint32_t f = 0; f < c.state.depth(); f++) {
    const Frame& frame = c.state.frame(f);
    for (uint32_t r = 0; r < kRegisters; r++) {
      if (frame.regs[r].is_scalar() && values_.is_demanded(frame.regs[r].value)) {
        c.precise_regs[f] |= static_cast<uint16_t>(1u << r);
        if (values_.is_relied_on(frame.regs[r].value)) c.relied_regs[f] |= static_cast<uint16_t>(1u << r);
      }
    }
    for (uint32_t i = 0; i < frame.stack.size(); i++) {
      const Slot& slot = frame.stack[i];
      if (slot.bytes[0] == ByteKind::kSpill && slot.reg.is_scalar() && values_.is_demanded(slot.reg.value)) {
        c.precise_slots[f] |= uint64_t{1} << i;
        if (values_.is_relied_on(slot.reg.value)) c.relied_slots[f] |= uint64_t{1} << i;
      }
    }
  }
  return true;
}

void Analysis::drop_reference(Checkpoint* c) {
  while (c && --c->references == 0) {
    Checkpoint* parent = c->parent;
    c->state.clear();
    c->next = free_checkpoints_;
    free_checkpoints_ = c;
    statistics_.live_states--;
    c = parent;
  }
}

// Their memory goes with the scratch's, and what they hold is of its memory too.
Checkpoint* Analysis::take_checkpoint() {
  void* place = free_checkpoints_;
  if (free_checkpoints_) {
    free_checkpoints_ = free_checkpoints_->next;
  } else {
    place = shape_.scratch.allocate(sizeof(Checkpoint));
  }
  return place ? new (place) Checkpoint : nullptr;
}

bool Analysis::add_checkpoint() {
  // A scalar's id that no other register or slot shares says nothing: without it, more states are covered.
  if (!own_top()) return false;
  for (Reg& r : top_->regs) {
    if (!r.is_scalar() || r.id == 0) continue;
    bool shared = false;
    for (uint32_t f = 0; f < path_.state.depth() && !shared; f++) {
      const Frame& frame = path_.state.frame(f);
      for (const Reg& other : frame.regs) shared = shared || (&other != &r && other.id == r.id);
      for (const Slot& slot : frame.stack)
        shared = shared || (slot.bytes[0] == ByteKind::kSpill && slot.reg.id == r.id);
    }
    if (!shared) r.forget_copies();
  }

  Checkpoint* c = take_checkpoint();
  if (!c) return refuse_memory();
  c->state = path_.state.share();
  c->at = path_.at;
  c->parent = path_.parent;
  c->references = 2;
  for (uint32_t f = 0; f < kMaxCallDepth; f++) {
    c->written[f] = path_.written[f];
    path_.written[f] = 0;
  }
  c->loop = assumed_in(path_.loop.innermost);
  c->exact = path_.loop.assumed != 0;
  c->serial = checkpoint_log_.size();
  c->next = checkpoints_[path_.at];
  checkpoints_[path_.at] = c;
  path_.parent = c;
  if (!ok(checkpoint_log_.push_back(path_.at))) return false;

  statistics_.total_states++;
  statistics_.live_states++;
  if (statistics_.live_states > statistics_.peak_states) statistics_.peak_states = statistics_.live_states;
  jumps_at_last_checkpoint_ = jumps_processed_;
  insns_at_last_checkpoint_ = statistics_.insns_processed;
  return check_memory();
}

// Takes back every checkpoint since the one with this number. Paths hang from none of them any more.
void Analysis::drop_checkpoints_from(size_t serial) {
  while (checkpoint_log_.size() > serial) {
    Checkpoint*& list = checkpoints_[checkpoint_log_.back()];
    checkpoint_log_.pop_back();
    while (list && list->serial >= serial) {
      Checkpoint* c = list;
      list = c->next;
      c->next = nullptr;
      if (c->entry_of && !c->entry_of->closed) {
        c->entry_of->closed = true;
        open_loops_--;
      }
      drop_reference(c);
    }
  }
}

// Joining where paths meet. n branches in a row that each teach something different about the same number (its range,
// one of its bits) make up to 2^n states, none of which covers another. So when several met here already, the path goes
// on with less: what told it apart is widened until it covers those states too, and later ones find it. It is a guess
// that this is enough to prove the rest safe: a program that is refused after such a guess is verified once more
// without (verify()). Not in loops, whose counters must not be widened.
bool Analysis::may_join_paths() const {
  if (request_.keep_paths_apart || request_.unroll_loops || path_.loop.innermost) return false;
  if (!shape_.has_loops) return true;
  for (uint32_t f = 0; f < path_.state.depth(); f++) {
    const InsnIndex at = f == path_.state.top() ? path_.at : path_.state.frame(f + 1).call_site;
    if (shape_.forest.innermost[at] != kNoLoop) return false;
  }
  return true;
}

bool Analysis::join_paths(const Checkpoint& with, bool& changed) {
  if (!same_calls(with.state, path_.state)) return true;
  if (!own_top()) return false;
  const auto is_apart = [](const Reg& then, const Reg& now) {
    return then.is_scalar() && now.is_scalar() && !now.var.subset_of(then.var);
  };
  const auto join = [&](Reg& now, const Scalar64& var) {
    changed = true;
    return make_scalar(now, var, now.value);
  };
  for (uint32_t n = 0; n < path_.state.depth(); n++) {
    const Frame& then = with.state.frame(n);
    const uint16_t live = live_registers(path_.state, n, path_.at);
    Frame* f = nullptr;
    for (uint32_t r = 0; r < kRegisters; r++) {
      const Reg& now = path_.state.frame(n).regs[r];
      if ((live & with.precise_regs[n] & 1u << r) == 0 || !is_apart(then.regs[r], now)) continue;
      if (!f && !own_frame(n, f)) return false;
      if (!join(f->regs[r], widened(then.regs[r].var, now.var))) return false;
    }
    for (size_t i = 0; i < path_.state.frame(n).stack.size() && i < then.stack.size(); i++) {
      const Slot& now = path_.state.frame(n).stack[i];
      if ((with.precise_slots[n] & with.read[n] & uint64_t{1} << i) == 0 || now.spilled_bytes() == 0 ||
          now.spilled_bytes() != then.stack[i].spilled_bytes() || !is_apart(then.stack[i].reg, now.reg)) {
        continue;
      }
      if (!f && !own_frame(n, f)) return false;
      Reg& reg = f->stack[i].reg;
      if (!join(reg, widened(then.stack[i].reg.var, reg.var).zero_extended(now.spilled_bytes() * 8))) return false;
    }
  }
  joined_paths_ = joined_paths_ || changed;
  return true;
}

// The path that is taken up next, when this one ends, jumps to this very place. (A checkpoint inside a loop serves one
// turn only, which is seldom worth its cost.)
bool Analysis::other_side_comes_here() const {
  if (waiting_.empty() || path_.loop.innermost) return false;
  const Insn& left = shape_.code[waiting_.back().at];
  return is_conditional_jump(left.op) && left.target == path_.at;
}

Analysis::Visit Analysis::visit_prune_point() {
  const uint32_t jumps = jumps_processed_ - jumps_at_last_checkpoint_;
  const uint32_t insns = statistics_.insns_processed - insns_at_last_checkpoint_;
  const bool repeats = shape_.is_repeat_point[path_.at] != 0;
  if (repeats && shape_.code[path_.at].op != Op::kMayGoto && path_.state.frame(path_.state.top()).helper_call == 0) {
    if (!own_top()) return Visit::kRefused;
    top_->helper_call = ++last_helper_call_;
  }
  bool add = (repeats || other_side_comes_here() || (jumps >= kJumpsBetween && insns >= kInsnsBetween)) &&
             may_keep_checkpoint();
  uint32_t looked_at = 0;
  uint32_t apart = 0;
  const Checkpoint* youngest_apart = nullptr;
  for (Checkpoint** link = &checkpoints_[path_.at]; *link && looked_at < kMaxLookedAt;) {
    Checkpoint& c = **link;
    const OpenLoop* const inside = assumed_in(c.loop);
    if (inside && inside->closed) {  // what it is good for is over
      *link = c.next;
      c.next = nullptr;
      drop_reference(&c);
      continue;
    }
    if (c.invariant_of || (inside && !is_under(inside))) {
      link = &c.next;
      continue;
    }
    looked_at++;
    if (c.branches != 0 && repeats && repeats_since(c)) {
      // Still on this path, one turn later and nothing new since: all further turns are like those explored. The
      // checkpoint does not know yet what matters after it, so everything does.
      if (covers(c, Compare::kWithin)) {
        c.hits++;
        return inherit_demands(c, Compare::kWithin) ? Visit::kCovered : Visit::kRefused;
      }
      link = &c.next;
      continue;
    }
    if (c.branches != 0) {
      // Still on this path: the program has come around a loop.
      if (c.state.repeats == path_.state.repeats && covers(c, Compare::kEqual)) {
        refuse(Rule::kInfiniteLoop, {path_.at});
        return Visit::kRefused;
      }
      if (jumps < kJumpsBetweenInLoop && insns < kInsnsBetweenInLoop) add = false;
    } else if (covers(c, Compare::kByDemand)) {
      c.hits++;
      return inherit_demands(c, Compare::kByDemand) ? Visit::kCovered : Visit::kRefused;
    } else if (apart++ == 0) {
      youngest_apart = &c;
    }
    if (add) c.misses++;
    if (c.misses > c.hits * 3 + 3 && !c.entry_of && &c != youngest_apart) {  // not worth comparing with
      *link = c.next;
      c.next = nullptr;
      drop_reference(&c);
      continue;
    }
    link = &c.next;
  }
  if (looked_at > statistics_.max_states_per_insn) statistics_.max_states_per_insn = looked_at;
  if (apart >= kPathsApart && may_join_paths()) {
    bool changed = false;
    if (!join_paths(*youngest_apart, changed)) return Visit::kRefused;
    if (changed) add = may_keep_checkpoint();
  }
  if (!add) return Visit::kContinue;
  return add_checkpoint() ? Visit::kContinue : Visit::kRefused;
}

}  // namespace skep::bpf::verifier
