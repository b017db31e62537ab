#include "bpf/jit/opt/idioms.h"

namespace skep::bpf::jit {
namespace {

constexpr uint8_t kNobody = 0xff;

// Remembers, along straight-line code, which shift made a register's value, and which registers hold what was shifted:
// the one that it was read from, until that is overwritten, and a copy of that. A value is named by a register and when
// that was written.
class Shifts {
 public:
  struct Shift {
    bool left;
    Width width;
    uint8_t source;
    uint8_t count;
    uint32_t version;  // of the source
  };

  // Paths meet before the instruction `at`.
  void clear(InsnIndex at) {
    known_ = kNoRegs;
    begin_ = at;
  }
  bool any() const { return known_ != kNoRegs; }
  // Follows one step.
  void follow(const Step& step, InsnIndex at) {
    const uint32_t now = at + 1;
    known_ &= ~step.def;
    if (step.def != reg_bit(step.dst)) return for_each_in(step.def, [&](uint8_t r) { written_[r] = now; });
    const uint32_t version_of_left = written_[step.left];
    written_[step.dst] = now;
    if (step.form != Form::kPlain || (step.op == Op::kMov ? step.use_imm : !step.use_imm)) return;
    if (step.op == Op::kLsh || step.op == Op::kRsh) {
      known_ |= reg_bit(step.dst);
      of_[step.dst] = {.left = step.op == Op::kLsh,
                       .width = step.width,
                       .source = step.left,
                       .count = static_cast<uint8_t>(step.imm & (step.width == Width::k64 ? 63 : 31)),
                       .version = version_of_left};
    } else if (step.op == Op::kMov && step.src != step.dst && !holds(copy_[step.src], written_[step.src])) {
      copy_[step.src] = {.width = step.width, .holder = step.dst, .version = written_[step.src], .made = now};
    }
  }

  // nullptr when the value is no shifted one.
  const Shift* operator[](uint8_t r) const { return (known_ & reg_bit(r)) != 0 ? &of_[r] : nullptr; }
  // A register that holds what was shifted, kNobody when none is known to.
  uint8_t holder(const Shift& shift) const {
    if (written_[shift.source] == shift.version) return shift.source;
    const Copy& copy = copy_[shift.source];
    const bool whole = copy.width == Width::k64 || shift.width == Width::k32;
    return whole && holds(copy, shift.version) ? copy.holder : kNobody;
  }

 private:
  struct Copy {
    Width width = Width::k64;  // of 32 bits: the low half is the same
    uint8_t holder = 0;
    uint32_t version = 0;  // of what was copied
    uint32_t made = 0;
  };
  bool holds(const Copy& copy, uint32_t version) const {
    return copy.made > begin_ && copy.version == version && written_[copy.holder] == copy.made;
  }

  RegSet known_ = kNoRegs;
  InsnIndex begin_ = 0;
  uint32_t written_[kRegisterLimit] = {};  // by which instruction, counted from 1
  Shift of_[kRegisterLimit];               // of those in known_
  Copy copy_[kRegisterLimit];  // the oldest of each register's value: later ones are often what a shift overwrites
};

// The sum of two shifts in opposite directions.
void find_rotation(Step& step, const Shifts& shifts) {
  const bool joins = step.op == Op::kOr || step.op == Op::kAdd || step.op == Op::kXor;
  if (!joins || step.use_imm) return;
  const auto* a = shifts[step.left];
  const auto* b = shifts[step.src];
  if (a == nullptr || b == nullptr) return;
  const int bits = step.width == Width::k64 ? 64 : 32;
  // Counts of 1 … bits - 1 that add up to bits: no bit is in both parts.
  const bool rotates = a->left != b->left && a->source == b->source && a->version == b->version &&
                       a->width == step.width && b->width == step.width && a->count + b->count == bits;
  const uint8_t holder = rotates ? shifts.holder(*a) : kNobody;
  if (holder == kNobody) return;
  step.imm = a->left ? a->count : b->count;
  step.left = holder;
  step.become(Form::kRotate);
}

void find_shift_add(Step& step, const Shifts& shifts) {
  const auto is_scale = [](const auto* s) {
    return s != nullptr && s->left && s->width == Width::k64 && s->count >= 1 && s->count <= 3;
  };
  if (step.form != Form::kPlain || step.op != Op::kAdd || step.width != Width::k64 || step.use_imm) return;
  if (step.left == kFrameRegister || step.src == kFrameRegister) return;
  const bool of_left = is_scale(shifts[step.left]);
  if (!of_left && !is_scale(shifts[step.src])) return;
  const auto& shift = *shifts[of_left ? step.left : step.src];
  const uint8_t holder = shifts.holder(shift);
  if (holder == kNobody) return;
  const uint8_t added = of_left ? step.src : step.left;
  step.imm = shift.count;
  step.left = holder;
  step.src = added;
  step.become(Form::kShiftAdd);
}

}  // namespace

void find_idioms(Code& code, std::span<const bool> is_target, const JitTarget& target) {
  Shifts shifts;
  for (InsnIndex at = code.start(); at < code.end(); at++) {
    if (is_target[at]) shifts.clear(at);
    Step& step = code[at];
    if (step.form == Form::kPlain && shifts.any()) {
      if (target.zbb) find_rotation(step, shifts);
      if (target.zba) find_shift_add(step, shifts);
    }
    shifts.follow(step, at);
  }
}

}  // namespace skep::bpf::jit
