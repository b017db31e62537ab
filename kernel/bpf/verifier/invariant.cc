// What is assumed of a loop's turns, and the proof that a turn keeps it. induction.cc tells how the two are used.
#include <algorithm>
#include <bit>

#include "bpf/verifier/analysis.h"
#include "bpf/verifier/limits.h"

namespace skep::bpf::verifier {
namespace {

Scalar64 add(const Scalar64& a, const Scalar64& b, bool half) {
  return half ? Scalar64::alu_half(Op::kAdd, a, b) : Scalar64::alu(Op::kAdd, a, b);
}

// Every number from lo to hi; when all are multiples of one step, that is known too.
Scalar64 multiples(int64_t lo, int64_t hi, const Step& step) {
  Scalar64 s = Scalar64::signed_between(lo, hi);
  if (step.lo == step.hi && step.lo != 0) {
    const unsigned zeros = static_cast<unsigned>(std::countr_zero(static_cast<uint32_t>(step.lo)));
    const auto bits = Tnum<64>::intersect(s.bits, {0, ~((uint64_t{1} << zeros) - 1)});
    if (bits) s.bits = *bits;
    if (!s.reduce()) return Scalar64::signed_between(lo, hi);
  }
  return s;
}

bool same_object(const Reg& a, const Reg& b) {
  return a.kind == b.kind && a.or_null == b.or_null && a.read_only == b.read_only && a.frame == b.frame &&
         a.object == b.object && a.record == b.record && a.slice == b.slice && a.dynptr_slot == b.dynptr_slot &&
         a.reference() == b.reference();
}

// A turn gives back what it was handed out, and nothing else.
bool same_held(const State& a, const State& b) {
  return std::ranges::equal(a.frame(0).held, b.frame(0).held,
                            [](const Held& x, const Held& y) { return x.id == y.id && x.lock_of == y.lock_of; });
}

bool advances(const Step& s) { return s.lo > 0 || s.hi < 0; }
uint64_t least_advance(const Step& s) {
  return s.lo > 0 ? static_cast<uint64_t>(s.lo) : static_cast<uint64_t>(-int64_t{s.hi});
}

// Whether something that starts anywhere in `from` could come round the number circle before it is that far away. Its
// distance would then not tell how many turns it took.
bool may_come_round(const Scalar64& from, const Step& s, uint64_t reach) {
  const uint64_t furthest = reach + static_cast<uint64_t>(std::max(int64_t{s.hi}, -int64_t{s.lo}));
  if (s.half) return furthest >= UINT32_MAX || from.half_arc.size > UINT32_MAX - furthest;
  return furthest >= uint64_t{1} << 62 || from.arc.size > ~uint64_t{0} - furthest;
}

Op mirrored(Op op) {
  switch (op) {
    case Op::kJgt:
      return Op::kJlt;
    case Op::kJge:
      return Op::kJle;
    case Op::kJlt:
      return Op::kJgt;
    case Op::kJle:
      return Op::kJge;
    case Op::kJsgt:
      return Op::kJslt;
    case Op::kJsge:
      return Op::kJsle;
    case Op::kJslt:
      return Op::kJsgt;
    case Op::kJsle:
      return Op::kJsge;
    default:
      return op;
  }
}

}  // namespace

// Growing in big steps, it is soon wide enough.
Scalar64 Analysis::widened(const Scalar64& a, const Scalar64& b) {
  const uint64_t most = std::max(a.umax(), b.umax());
  for (const unsigned bits : {8u, 16u, 32u}) {
    if (most >> bits == 0) return Scalar64::between(0, (uint64_t{1} << bits) - 1);
  }
  return Scalar64::unknown();
}

const Reg* Analysis::at_place(const State& state, uint32_t place) const {
  const Frame& f = state.frame(state.top());
  if (place < kRegisters) return &f.regs[place];
  const uint32_t slot = place - kRegisters;
  return slot < f.stack.size() && f.stack[slot].bytes[0] == ByteKind::kSpill ? &f.stack[slot].reg : nullptr;
}

// ---- Making an invariant --------------------------------------------------------------------------------------------

// A register of the invariant. Regular ones get their range later, when the number of turns is known.
bool Analysis::join_register(OpenLoop& loop, uint32_t place, const Reg& before, const Reg& now, Reg& out, bool& good) {
  const bool first = loop.phase == LoopPhase::kFirstTurn;
  Motion* const motion = place < kLoopPlaces ? &loop.motions[place] : nullptr;
  if (motion && (first || motion->regular) && same_object(before, now) && !now.or_null) {
    const ValueId anchor = assumes(loop) ? motion->in_invariant : motion->at_entry;
    if (auto step = values_.step_from(anchor, now.value)) {
      if (first && place < kRegisters) {
        const LoopShape& shape = shape_.forest.loops[loop.loop];
        const bool only = step->lo == 0 || shape.least_add[place] != 0;
        if (only) *step = Step::hull(*step, {shape.least_add[place], shape.most_add[place], false});
      }
      if (!first) *step = Step::hull(*step, motion->step);
      const auto value = values_.create_anchor(before.value, now.value);
      if (!value) return good = refuse_memory();
      motion->regular = true;
      motion->step = *step;
      motion->in_invariant = *value;
      out = before;
      if (!before.record) out.id = 0;
      if (out.is_scalar()) out.off = 0;
      out.value = *value;
      return true;
    }
  }
  if (motion) motion->regular = false;
  if (before.kind == RegKind::kNotInit || !same_object(before, now)) {
    out = {};
    return true;
  }
  out = before;
  const bool untouched = before.value == now.value && before.value < loop.first_value;
  if (before.is_scalar()) {
    // What no turn touches stays the value that it is, for the loops around this one too.
    if (!untouched) {
      const auto value = values_.create(before.value, now.value);
      if (!value) return good = refuse_memory();
      out.value = *value;
    }
    if (before.id == 0 || before.id != now.id || before.off != now.off) out.forget_copies();
    if (motion && first && before.value == motion->at_entry && now.value != before.value) {
      out.var = widened(before.var, now.var);
    } else if (!now.var.subset_of(before.var)) {
      out.var = motion && motion->widened++ > 1 ? Scalar64::unknown() : widened(before.var, now.var);
      if (before.var.subset_of(out.var) && before.var == out.var) out.var = Scalar64::unknown();
    }
    return true;
  }
  const bool same = before.off == now.off && now.var.subset_of(before.var) && before.id == now.id;
  if (!same) out = {};
  if (same && !untouched) out.value = kNoValue;
  return true;
}

bool Analysis::join_slot(OpenLoop& loop, uint32_t place, const Slot& before, const Slot& now, Slot& out) {
  bool good = true;
  const uint32_t spilled = before.spilled_bytes();
  out = before;
  if (before.holds_dynptr() || now.holds_dynptr()) {
    // It stays what it is, or nobody may count on it.
    const bool same = before.holds_dynptr() && now.holds_dynptr() && same_object(before.reg, now.reg) &&
                      before.reg.off == now.reg.off && before.reg.id == now.reg.id;
    if (!same) out = {};
    if (place < kLoopPlaces) loop.motions[place].regular = false;
    return true;
  }
  uint32_t from = 0;
  if (spilled > 0 && spilled == now.spilled_bytes()) {
    if (!join_register(loop, place, before.reg, now.reg, out.reg, good)) return false;
    from = spilled;
    if (out.reg.kind == RegKind::kNotInit) {
      for (uint32_t i = 0; i < spilled; i++) out.bytes[i] = ByteKind::kInvalid;
    }
  } else {
    if (place < kLoopPlaces) loop.motions[place].regular = false;
    out.reg = {};
    if (before.holds_pointer() || now.holds_pointer()) {
      for (ByteKind& b : out.bytes) b = ByteKind::kInvalid;
      return true;
    }
  }
  for (uint32_t i = from; i < kSlotBytes; i++) {
    const ByteKind a = before.bytes[i];
    const ByteKind b = now.bytes[i];
    if (a == ByteKind::kInvalid || b == ByteKind::kInvalid) {
      out.bytes[i] = ByteKind::kInvalid;
    } else if (a != b || a == ByteKind::kSpill) {
      out.bytes[i] = ByteKind::kMisc;
    }
  }
  return good;
}

bool Analysis::build_invariant(OpenLoop& loop, const State& before, State& out) {
  const State& now = path_.state;
  if (before.depth() != now.depth() || !same_held(before, now)) return false;
  if (loop.phase == LoopPhase::kFirstTurn) {
    for (Motion& m : loop.motions) {
      const ValueId at_entry = m.at_entry;
      m = {};
      m.at_entry = at_entry;
    }
  }
  out = now.share();
  for (uint32_t f = 0; f < now.depth(); f++) {
    const auto owned = out.own(f);
    if (!owned) return refuse_memory();
    Frame& made = **owned;
    const Frame& a = before.frame(f);
    const Frame& b = now.frame(f);
    const bool own = f == now.top();
    const uint16_t live = live_registers(now, f, path_.at);
    bool good = true;
    for (uint32_t r = 0; r < kRegisters; r++) {
      if ((live >> r & 1) == 0) {
        made.regs[r] = {};
        if (own) loop.motions[r].regular = false;
        continue;
      }
      if (!join_register(loop, own ? r : kLoopPlaces, a.regs[r], b.regs[r], made.regs[r], good)) return false;
    }
    const Slot empty;
    if (!ok(made.stack.resize(a.stack.size()))) return false;
    for (uint32_t i = 0; i < a.stack.size(); i++) {
      const Slot& here = i < b.stack.size() ? b.stack[i] : empty;
      if (!join_slot(loop, own ? kRegisters + i : kLoopPlaces, a.stack[i], here, made.stack[i])) return false;
    }
  }
  return choose_counter(loop) && set_ranges(loop, out);
}

// ---- The counter ----------------------------------------------------------------------------------------------------

// How far from where it started the counter is at most, in the direction in which it moves. Modulo 2^64, or 2^32 when
// only the low half moves regularly.
bool Analysis::reached_by(const OpenLoop& loop, uint32_t place, const Scalar64& now, uint64_t& reach) const {
  const Step& step = loop.motions[place].step;
  const Reg* const start = at_place(loop.entry, place);
  if (!start) return false;
  const auto far = [&]<unsigned Bits>(const Arc<Bits>& from, const Arc<Bits>& to) {
    using Word = WordOf<Bits>;
    const Word nearest =
        step.lo > 0 ? static_cast<Word>(to.base - from.base) : static_cast<Word>(from.end() - to.end());
    if (to.size > kAllOnes<Bits> - nearest) return false;
    reach = uint64_t{nearest} + to.size;
    // From a known start in equal steps: only multiples of the step are reached.
    if (from.is_constant() && step.lo == step.hi) reach -= reach % least_advance(step);
    return true;
  };
  if (!step.half) return far.template operator()<64>(start->var.arc, now.arc);
  return now.fits_half() && far.template operator()<32>(start->var.half_arc, now.half_arc);
}

// From a test that was seen on the way: as long as its outcome is the same, the counter is within some range.
bool Analysis::guess_reach(const OpenLoop& loop, uint32_t place, uint64_t& reach) const {
  const Motion& motion = loop.motions[place];
  const Reg* const start = at_place(loop.entry, place);
  const uint32_t kept = std::min(loop.test_count, OpenLoop::kTests);
  for (uint32_t i = 1; i <= kept; i++) {
    const SeenTest& test = loop.tests[(loop.test_count - i) % OpenLoop::kTests];
    if (test.anchor != motion.at_entry) continue;
    Scalar64 range;
    Scalar64 bound = test.bound;
    if (!Scalar64::refine(test.swapped ? mirrored(test.op) : test.op, test.half, range, bound, test.outcome)) continue;
    const bool up = motion.step.lo > 0;
    const int64_t rest = up ? int64_t{motion.step.hi} - test.step.hi : int64_t{test.step.lo} - motion.step.lo;
    if (rest < 0) continue;
    if (test.half || motion.step.half) {
      if (range.half_arc.is_full()) continue;
      reach = up ? range.half_arc.end() - start->var.half_arc.base : start->var.half_arc.end() - range.half_arc.base;
      reach &= UINT32_MAX;
    } else {
      if (range.arc.is_full()) continue;
      reach = up ? range.arc.end() - start->var.arc.base : start->var.arc.end() - range.arc.base;
    }
    if (__builtin_add_overflow(reach, static_cast<uint64_t>(rest), &reach) || reach > kMaxInsns * uint64_t{64})
      continue;
    if (start->var.is_constant() && motion.step.lo == motion.step.hi) reach -= reach % least_advance(motion.step);
    return true;
  }
  return false;
}

bool Analysis::choose_counter(OpenLoop& loop) {
  const uint32_t before = loop.counter;
  loop.counter = kLoopPlaces;
  uint64_t fewest = ~uint64_t{0};
  for (uint32_t place = 0; place < kLoopPlaces; place++) {
    Motion& motion = loop.motions[place];
    if (!motion.regular || !advances(motion.step)) continue;
    const Reg* const now = at_place(path_.state, place);
    const Reg* const start = at_place(loop.entry, place);
    if (!now || !start || !now->is_scalar() || !start->is_scalar()) continue;
    uint64_t reach = 0;
    if (!guess_reach(loop, place, reach)) continue;
    // Here it is farther: it may be that the test comes at another point of the turn.
    uint64_t here = 0;
    if (!reached_by(loop, place, now->var, here)) continue;
    if (here > reach) {
      if (motion.widened++ > 2 || here > kMaxInsns * uint64_t{64}) continue;
      reach = here;
    }
    if (place == before && loop.reach > reach) reach = loop.reach;
    if (may_come_round(start->var, motion.step, reach)) continue;
    const uint64_t turns = reach / least_advance(motion.step);
    if (turns == 0 || turns >= fewest || turns > kMaxInsns) continue;
    fewest = turns;
    loop.counter = place;
    loop.reach = reach;
  }
  loop.turns = fewest;
  return loop.counter != kLoopPlaces;
}

// The ranges of what moves regularly, after one to loop.turns turns.
bool Analysis::set_ranges(OpenLoop& loop, State& out) {
  Frame& made = *out.own(out.top()).value_or(nullptr);
  const auto turns = static_cast<int64_t>(loop.turns);
  const auto reach = static_cast<int64_t>(loop.reach);
  for (uint32_t place = 0; place < kLoopPlaces; place++) {
    const Motion& motion = loop.motions[place];
    if (!motion.regular) continue;
    Reg& r = place < kRegisters ? made.regs[place] : made.stack[place - kRegisters].reg;
    const Reg& start = *at_place(loop.entry, place);
    const Step& step = motion.step;
    if (r.is_pointer()) r.off = start.off;
    if (place == loop.counter) {
      const bool up = step.lo > 0;
      const Scalar64 from = start.var.is_constant() ? start.var
                            : up ? Scalar64::constant(step.half ? start.var.half_arc.base : start.var.arc.base)
                                 : Scalar64::constant(step.half ? start.var.half_arc.end() : start.var.arc.end());
      const int64_t low = up ? step.lo : -reach;
      const int64_t high = up ? reach : step.hi;
      // From the nearest place where it may have started: that need not be a multiple of the step away.
      const bool known = start.var.is_constant();
      r.var = add(from, known ? multiples(low, high, step) : Scalar64::signed_between(low, high), step.half);
      continue;
    }
    const int64_t lo = step.lo < 0 ? step.lo * turns : step.lo;
    const int64_t hi = step.hi > 0 ? step.hi * turns : step.hi;
    r.var = add(start.var, multiples(lo, hi, step), step.half);
    if (r.is_pointer() && (r.var.smin() <= -kMaxPointerOffset || r.var.smax() >= kMaxPointerOffset)) return false;
  }
  return true;
}

// ---- The proof ------------------------------------------------------------------------------------------------------

bool Analysis::register_closes(OpenLoop& loop, uint32_t place, const Reg& assumed, const Reg& now, bool& good) {
  const Motion* const motion = place < kLoopPlaces ? &loop.motions[place] : nullptr;
  if (motion && motion->regular) {
    if (!same_object(assumed, now)) return false;
    const ValueId anchor = assumes(loop) ? motion->in_invariant : motion->at_entry;
    const auto step = values_.step_from(anchor, now.value);
    if (!step || !step->within(motion->step)) return false;
    if (motion->step.half && !now.var.fits_half()) return false;
    if (place == loop.counter) {
      uint64_t reach = 0;
      if (!reached_by(loop, place, now.var, reach) || reach > loop.reach) return false;
      // The number of turns relies on its bounds.
      if (!ok(values_.demand(assumed.value)) || !ok(values_.demand(now.value))) return good = false;
    }
  } else if (!register_covered(assumed, now, true, false)) {
    return false;
  } else if (assumed.value != kNoValue && assumed.value < loop.first_value) {
    return assumed.value == now.value;
  }
  if (!ok(values_.link(assumed.value, now.value))) return good = false;
  return true;
}

bool Analysis::closes(OpenLoop& loop, bool& good) {
  const State& assumed = loop.invariant;
  const State& now = path_.state;
  if (assumed.depth() != now.depth() || !same_held(assumed, now)) return false;
  id_pairs_.clear();
  const Slot empty;
  for (uint32_t f = now.depth(); f-- > 0;) {
    const Frame& a = assumed.frame(f);
    const Frame& b = now.frame(f);
    const bool own = f == now.top();
    const uint16_t live = live_registers(now, f, path_.at);
    for (uint32_t r = 0; r < kRegisters; r++) {
      if ((live >> r & 1) == 0) continue;
      if (!register_closes(loop, own ? r : kLoopPlaces, a.regs[r], b.regs[r], good)) return false;
    }
    for (uint32_t i = 0; i < a.stack.size(); i++) {
      const Slot& then = a.stack[i];
      const Slot& here = i < b.stack.size() ? b.stack[i] : empty;
      const uint32_t place = own ? kRegisters + i : kLoopPlaces;
      const bool regular = own && loop.motions[place].regular;
      if (regular && then.spilled_bytes() != here.spilled_bytes()) return false;
      if (then.spilled_bytes() > 0 && then.spilled_bytes() == here.spilled_bytes()) {
        if (!register_closes(loop, place, then.reg, here.reg, good)) return false;
        if (regular) {  // its number was compared, not its range; the rest of the slot is bytes
          Slot rest = here;
          rest.reg = then.reg;
          if (!slot_covered(then, rest, false, false)) return false;
          continue;
        }
      }
      if (!slot_covered(then, here, true, false)) return false;
    }
  }
  return true;
}

}  // namespace skep::bpf::verifier
