// The stack, byte by byte. A slot is eight bytes; a register stored at a slot's start is kept with all that is known of
// it (a spill), anything else is bytes that are some number, zero, or never written.
#include "bpf/verifier/analysis.h"
#include "bpf/verifier/limits.h"

namespace skep::bpf::verifier {

using std::string_view_literals::operator""sv;  // a length that is not counted at run time

namespace {

uint32_t slot_of(int32_t off) { return static_cast<uint32_t>(-off - 1) / kSlotBytes; }
uint32_t byte_of(int32_t off) { return static_cast<uint32_t>(off + static_cast<int32_t>(kStackBytes)) % kSlotBytes; }

// A bit for each slot that [off, off + size) touches.
uint64_t slots_between(int32_t off, uint32_t size) {
  const uint32_t last = slot_of(off);
  const uint32_t first = slot_of(off + static_cast<int32_t>(size) - 1);
  uint64_t mask = 0;
  for (uint32_t i = first; i <= last; i++) mask |= uint64_t{1} << i;
  return mask;
}

// Nobody may read it: never written, or a helper's business.
bool is_unreadable(ByteKind kind) { return kind == ByteKind::kInvalid || kind == ByteKind::kDynptr; }

ByteKind byte_at(const Frame& f, int32_t off) {
  const uint32_t slot = slot_of(off);
  return slot < f.stack.size() ? f.stack[slot].bytes[byte_of(off)] : ByteKind::kInvalid;
}

}  // namespace

bool Analysis::own_frame(uint32_t frame_no, Frame*& out) {
  if (frame_no == path_.state.top()) {
    out = top_;
    return true;
  }
  const auto f = path_.state.own(frame_no);
  if (!f) return refuse_memory();
  out = *f;
  return true;
}

bool Analysis::grow_stack(Frame& f, int32_t lowest) {
  const size_t slots = slot_of(lowest) + 1;
  return f.stack.size() >= slots || ok(pool_.grow_stack(f, slots));
}

void Analysis::note_stack_use(const Frame& f, int32_t lowest) {
  uint32_t& used = shape_.subprograms[f.subprogram].stack_bytes;
  const auto depth = static_cast<uint32_t>(-lowest);
  if (depth > used) used = depth;
}

// Tells the checkpoints of this path that the slots' contents at that time still mattered.
void Analysis::mark_slots_read(uint32_t frame_no, uint64_t slots) {
  slots &= ~path_.written[frame_no];
  for (Checkpoint* c = path_.parent; c && slots != 0; c = c->parent) {
    slots &= ~c->read[frame_no];  // what it knows, those before it know too
    c->read[frame_no] |= slots;
    slots &= ~c->written[frame_no];
  }
}

// Linux: check_stack_access_within_bounds. `off` is the whole fixed offset.
bool Analysis::check_stack_bounds(uint8_t regno, const Reg& base, int32_t off, uint32_t size, Access access,
                                  std::string_view how) {
  const Frame& f = path_.state.frame(base.frame);
  const auto last = static_cast<int64_t>(size == 0 ? 0 : size - 1);
  const int64_t lowest = access == Access::kWrite ? -static_cast<int64_t>(kStackBytes)
                                                  : -static_cast<int64_t>(f.stack.size() * kSlotBytes);
  if (base.var.is_constant()) {
    const int64_t at = off + static_cast<int64_t>(base.var.value());
    if (at >= lowest && at + last < 0) {
      note_stack_use(f, static_cast<int32_t>(at));
      return true;
    }
    return refuse(Rule::kStackBounds, {at, size}, regno, kNoRegister, how);
  }
  if (!request_.privileged) {
    return refuse(Rule::kStackVariableUnprivileged,
                  {static_cast<int64_t>(base.var.bits.value), static_cast<int64_t>(base.var.bits.mask)}, regno);
  }
  const int64_t smin = base.var.smin();
  const int64_t smax = base.var.smax();
  if (smax >= kMaxPointerOffset || smin <= -kMaxPointerOffset) {
    return refuse(Rule::kStackUnbounded, {}, regno, kNoRegister, how);
  }
  if (off + smin < lowest || off + smax + last >= 0 || off + smin >= 0) {
    return refuse(Rule::kStackBoundsVariable,
                  {static_cast<int64_t>(base.var.bits.value), static_cast<int64_t>(base.var.bits.mask), size}, regno,
                  kNoRegister, how);
  }
  note_stack_use(f, static_cast<int32_t>(off + smin));
  return true;
}

bool Analysis::read_stack(const Place& place, Reg& out, bool for_register) {
  const Reg base = reg(place.reg);
  const int32_t off = base.off + place.off;
  if (!base.var.is_constant() && !for_register) {
    return refuse(
        Rule::kStackVariableAtomic,
        {static_cast<int64_t>(base.var.bits.value), static_cast<int64_t>(base.var.bits.mask), off, place.size},
        place.reg);
  }
  if (!check_stack_bounds(place.reg, base, off, place.size, Access::kRead, " read from"sv)) return false;
  if (!base.var.is_constant()) return read_stack_variable(place, base, out);
  Frame* f = nullptr;
  if (!own_frame(base.frame, f)) return false;
  return read_stack_fixed(*f, base.frame, off + static_cast<int32_t>(base.var.value()), place.size, out, for_register);
}

bool Analysis::read_stack_fixed(Frame& f, uint32_t frame_no, int32_t off, uint32_t size, Reg& out, bool for_register) {
  const uint32_t index = slot_of(off);
  const uint32_t first = byte_of(off);
  Slot& slot = f.stack[index];
  const uint32_t spilled = slot.spilled_bytes();
  if (slot.holds_pointer()) {
    if (size != kSlotBytes) return refuse(Rule::kFillSize);
    mark_slots_read(frame_no, uint64_t{1} << index);
    if (!for_register) return make_scalar(out, Scalar64::unknown());
    out = slot.reg;
    return true;
  }
  bool all_zero = true;
  for (uint32_t i = 0; i < size; i++) {
    const ByteKind kind = slot.bytes[first + i];
    if (is_unreadable(kind)) return refuse(Rule::kStackUninit, {off, i, size});
    all_zero = all_zero && kind == ByteKind::kZero;
  }
  mark_slots_read(frame_no, uint64_t{1} << index);
  if (spilled > 0 && first == 0 && size == spilled) {
    out = slot.reg;
    return true;
  }
  if (first + size <= spilled) {
    const Scalar64 part = Scalar64::alu(Op::kRsh, slot.reg.var, Scalar64::constant(first * 8));
    return make_scalar(out, part.zero_extended(size * 8), slot.reg.value);
  }
  return make_scalar(out, all_zero ? Scalar64::constant(0) : Scalar64::unknown().zero_extended(size * 8));
}

bool Analysis::read_stack_variable(const Place& place, const Reg& base, Reg& out) {
  const auto lowest = static_cast<int32_t>(base.off + place.off + base.var.smin());
  const auto end = static_cast<int32_t>(base.off + place.off + base.var.smax()) + static_cast<int32_t>(place.size);
  const Frame& f = path_.state.frame(base.frame);
  bool all_zero = true;
  for (int32_t off = lowest; off < end; off++) {
    const ByteKind kind = byte_at(f, off);
    if (is_unreadable(kind)) {
      return refuse(Rule::kStackUninitVariable,
                    {static_cast<int64_t>(base.var.bits.value), static_cast<int64_t>(base.var.bits.mask), off - lowest,
                     place.size},
                    place.reg);
    }
    if (kind == ByteKind::kSpill) {
      const Reg& spilled = f.stack[slot_of(off)].reg;
      if (!spilled.is_constant(0)) {
        all_zero = false;
      } else if (!demand(spilled)) {
        return false;
      }
    } else if (kind != ByteKind::kZero) {
      all_zero = false;
    }
  }
  mark_slots_read(base.frame, slots_between(lowest, static_cast<uint32_t>(end - lowest)));
  return make_scalar(out, all_zero ? Scalar64::constant(0) : Scalar64::unknown().zero_extended(place.size * 8));
}

bool Analysis::write_stack(const Place& place, const Reg& value) {
  const Reg base = reg(place.reg);
  const int32_t off = base.off + place.off;
  if (!check_stack_bounds(place.reg, base, off, place.size, Access::kWrite, " write to"sv)) return false;
  Frame* f = nullptr;
  if (!own_frame(base.frame, f)) return false;
  const auto lowest = static_cast<int32_t>(off + base.var.smin());
  const auto bytes = static_cast<uint32_t>(base.var.smax() - base.var.smin()) + place.size;
  if (!destroy_dynptrs(base.frame, lowest, bytes)) return false;
  if (!base.var.is_constant()) return write_stack_variable(*f, base, off, place.size, value);
  return write_stack_fixed(*f, base.frame, off + static_cast<int32_t>(base.var.value()), place.size, value);
}

// A spill is about to be overwritten in part: what is left of it are bytes of some number, or zeros.
bool Analysis::scrub_slot(Slot& slot) {
  if (slot.bytes[0] != ByteKind::kSpill) return true;
  ByteKind left = ByteKind::kMisc;
  if (slot.reg.is_constant(0)) {
    if (!demand(slot.reg)) return false;
    left = ByteKind::kZero;
  }
  for (ByteKind& b : slot.bytes) {
    if (b == ByteKind::kSpill) b = left;
  }
  slot.reg = {};
  return true;
}

bool Analysis::write_stack_fixed(Frame& f, uint32_t frame_no, int32_t off, uint32_t size, const Reg& value) {
  if (!grow_stack(f, off)) return false;
  const uint32_t index = slot_of(off);
  const uint32_t first = byte_of(off);
  Slot& slot = f.stack[index];
  if (value.is_pointer()) {
    if (size != kSlotBytes) return refuse(Rule::kSpillSize);
    if (value.kind == RegKind::kStack && frame_no != path_.state.top()) return refuse(Rule::kStackPointerEscapes);
  }
  if (size == kSlotBytes) {
    path_.written[frame_no] |= uint64_t{1} << index;
  } else if (!scrub_slot(slot)) {
    return false;
  }
  if (first != 0) {
    ByteKind kind = ByteKind::kMisc;
    if (value.is_constant(0)) {
      if (!demand(value)) return false;
      kind = ByteKind::kZero;
    }
    for (uint32_t i = 0; i < size; i++) slot.bytes[first + i] = kind;
    return true;
  }
  Reg kept = value;
  if (size < kSlotBytes) {
    const Scalar64 part = value.var.zero_extended(size * 8);
    // Only an unchanged number is still a copy of the register's.
    if (part != value.var && !make_scalar(kept, part, value.value)) return false;
  }
  kept.origin = path_.at;
  slot.reg = kept;
  for (uint32_t i = 0; i < size; i++) slot.bytes[i] = ByteKind::kSpill;
  return true;
}

// Any of the bytes may be written: each keeps no more than what holds before and after.
bool Analysis::write_stack_variable(Frame& f, const Reg& base, int32_t off, uint32_t size, const Reg& value) {
  const auto lowest = static_cast<int32_t>(off + base.var.smin());
  const auto end = static_cast<int32_t>(off + base.var.smax()) + static_cast<int32_t>(size);
  if (!grow_stack(f, lowest)) return false;
  const bool writes_zero = value.is_constant(0);
  if (writes_zero && !demand(value)) return false;
  for (int32_t at = lowest; at < end; at++) {
    Slot& slot = f.stack[slot_of(at)];
    if (!scrub_slot(slot)) return false;
    ByteKind& kind = slot.bytes[byte_of(at)];
    if (!(writes_zero && kind == ByteKind::kZero)) kind = ByteKind::kMisc;
  }
  return true;
}

// Linux: check_stack_range_initialized.
bool Analysis::check_stack_range(uint8_t regno, uint32_t size, bool zero_size_ok, bool fill, Access access) {
  const Reg base = reg(regno);
  if (size == 0 && !zero_size_ok) return refuse(Rule::kZeroSize, {}, regno);
  const std::string_view how = " indirect access to"sv;
  if (!check_stack_bounds(regno, base, base.off, size, Access::kWrite, how)) return false;
  const bool fixed = base.var.is_constant();
  if (fixed && (fill || size == 0)) return true;

  Frame* f = nullptr;
  if (!own_frame(base.frame, f)) return false;
  const auto lowest = static_cast<int32_t>(base.off + base.var.smin());
  const auto end = static_cast<int32_t>(base.off + base.var.smax()) + static_cast<int32_t>(size);
  for (int32_t off = lowest; off < end; off++) {
    if (is_unreadable(byte_at(*f, off))) {
      if (fixed) {
        return refuse(Rule::kStackUninitRange, {lowest, off - lowest, size}, regno, kNoRegister, " indirect");
      }
      return refuse(
          Rule::kStackUninitVariable,
          {static_cast<int64_t>(base.var.bits.value), static_cast<int64_t>(base.var.bits.mask), off - lowest, size},
          regno, kNoRegister, " indirect");
    }
    if (access == Access::kRead) continue;
    Slot& slot = f->stack[slot_of(off)];
    if (!scrub_slot(slot)) return false;
    slot.bytes[byte_of(off)] = ByteKind::kMisc;
  }
  mark_slots_read(base.frame, slots_between(lowest, static_cast<uint32_t>(end - lowest)));
  return true;
}

}  // namespace skep::bpf::verifier
