// Dynamic pointers: 16 bytes of stack that a helper fills, that programs hand to helpers and touch none of. Both slots
// carry the same Reg: `object` is a DynptrType, `off` 0 for the lower half and 8 for the upper one, `id` what a ring
// buffer's record is held as. Pointers into the memory behind one (slices) name it by frame and slot, and go with it.
// Linux: process_dynptr_func, mark_stack_slots_dynptr, destroy_if_dynptr_stack_slot.
#include "bpf/verifier/analysis.h"
#include "bpf/verifier/limits.h"
#include "uapi/bpf_helper_ids.h"

namespace skep::bpf::verifier {

// The slot of the lower half that a stack pointer points at; false after a refusal.
bool Analysis::dynptr_place(uint8_t regno, uint32_t& slot) {
  const Reg& r = reg(regno);
  if (r.kind != RegKind::kStack) return bad_argument(regno, "fp");
  if (!r.var.is_constant()) return refuse(Rule::kDynptrVariable, {}, regno);
  const int64_t off = r.off + static_cast<int64_t>(r.var.value());
  const bool fits = off >= -static_cast<int64_t>(kStackBytes) && off <= -static_cast<int64_t>(kDynptrBytes);
  if (off % kSlotBytes != 0 || !fits) return refuse(Rule::kDynptrOffset, {off}, regno);
  slot = static_cast<uint32_t>(-off) / kSlotBytes - 1;
  return true;
}

// An argument that the helper makes a dynptr of.
bool Analysis::check_new_dynptr(CallFacts& call, uint8_t regno) {
  uint32_t slot = 0;
  if (!dynptr_place(regno, slot)) return false;
  if (call.helper->id == BPF_FUNC_dynptr_from_mem && reg(1).kind != RegKind::kMapValue) {
    return refuse(Rule::kDynptrMemory, {reg(1).type_code()}, 1);
  }
  const Reg& r = reg(regno);
  if (!check_stack_bounds(regno, r, r.off, kDynptrBytes, Access::kWrite, " indirect access to")) return false;
  call.new_dynptr = regno;
  return true;
}

// An argument that is a dynptr already; `released` by the call.
bool Analysis::check_dynptr(CallFacts& call, uint8_t regno, bool released) {
  if (reg(regno).kind == RegKind::kDynptr) {
    if (released) return refuse(Rule::kDynptrNotAcquired, {regno}, regno);
    call.dynptr_frame = reg(regno).frame;
    call.dynptr_slot = kNoSlot;
    return true;
  }
  uint32_t slot = 0;
  if (!dynptr_place(regno, slot)) return false;
  const uint8_t frame_no = reg(regno).frame;
  const Frame& f = path_.state.frame(frame_no);
  const bool is_one = slot < f.stack.size() && f.stack[slot].holds_dynptr() && f.stack[slot].reg.off == 0;
  if (released && (!is_one || f.stack[slot].reg.object != kRingbufDynptr)) {
    return refuse(Rule::kDynptrNotAcquired, {regno}, regno);
  }
  if (!is_one) return refuse(Rule::kDynptrUninit, {regno}, regno);
  mark_slots_read(frame_no, uint64_t{3} << (slot - 1));
  call.dynptr_frame = frame_no;
  call.dynptr_slot = static_cast<uint8_t>(slot);
  if (released) call.released_dynptr = f.stack[slot].reg.id;
  return true;
}

// Makes the two slots a dynptr; what was there is gone.
bool Analysis::make_dynptr(const CallFacts& call) {
  const Reg at = reg(call.new_dynptr);
  uint32_t slot = 0;
  if (!dynptr_place(call.new_dynptr, slot)) return false;
  const int32_t off = at.off + static_cast<int32_t>(at.var.value());
  if (!destroy_dynptrs(at.frame, off, kDynptrBytes)) return false;
  Reg made;
  made.kind = RegKind::kDynptr;
  made.object = call.helper->id == BPF_FUNC_dynptr_from_mem ? kLocalDynptr : kRingbufDynptr;
  made.var = Scalar64::constant(0);
  made.origin = path_.at;
  if (made.object == kRingbufDynptr && !acquire(made.id)) return false;
  Frame* f = nullptr;
  if (!own_frame(at.frame, f) || !grow_stack(*f, off)) return false;
  for (const uint32_t half : {0u, 1u}) {
    Slot& s = f->stack[slot - half];
    s.reg = made;
    s.reg.off = static_cast<int32_t>(half * kSlotBytes);
    for (ByteKind& b : s.bytes) b = ByteKind::kDynptr;
  }
  path_.written[at.frame] |= uint64_t{3} << (slot - 1);
  return true;
}

// The dynptr goes, and all pointers into the memory behind it.
bool Analysis::drop_dynptr(uint32_t frame_no, uint32_t slot) {
  Frame* owner = nullptr;
  if (!own_frame(frame_no, owner)) return false;
  for (const uint32_t s : {slot, slot - 1}) owner->stack[s] = {};
  return forget_slices(frame_no, static_cast<uint8_t>(slot));
}

bool Analysis::forget_slices(uint32_t frame_no, uint8_t slot) {
  return forget_pointers(
      [&](const Reg& r) { return r.kind == RegKind::kMem && r.slice && r.frame == frame_no && r.dynptr_slot == slot; });
}

// The bytes [off, off + size) of a frame's stack are about to be written.
bool Analysis::destroy_dynptrs(uint32_t frame_no, int32_t off, uint32_t size) {
  const uint32_t last = static_cast<uint32_t>(-off - 1) / kSlotBytes;
  const uint32_t first = static_cast<uint32_t>(-(off + static_cast<int32_t>(size))) / kSlotBytes;
  for (uint32_t i = first; i <= last; i++) {
    const Frame& f = path_.state.frame(frame_no);
    if (i >= f.stack.size() || !f.stack[i].holds_dynptr()) continue;
    const Reg& r = f.stack[i].reg;
    if (r.object == kRingbufDynptr) return refuse(Rule::kDynptrOverwritten, {r.id, r.origin});
    if (!drop_dynptr(frame_no, r.off == 0 ? i : i + 1)) return false;
  }
  return true;
}

}  // namespace skep::bpf::verifier
