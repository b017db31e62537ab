#include "bpf/jit/opt/idioms.h"

namespace skep::bpf::jit {
namespace {

// Remembers, along straight-line code, which shift made a register's value, for as long as both the register and what
// was shifted keep their values.
class Shifts {
 public:
  void clear() { known_ = kNoRegs; }
  bool any() const { return known_ != kNoRegs; }
  // Follows one step.
  void follow(const Step& step) {
    if (known_ != kNoRegs) {
      const RegSet written = step.def;
      known_ &= ~written;
      for_each_in(known_, [&](uint8_t r) {
        if ((written & reg_bit(of_[r].source)) != 0) known_ &= ~reg_bit(r);
      });
    }
    const bool shifts = step.op == Op::kLsh || step.op == Op::kRsh;
    if (!shifts || step.form != Form::kPlain || !step.use_imm || step.left == step.dst) return;
    known_ |= reg_bit(step.dst);
    of_[step.dst] = {.left = step.op == Op::kLsh,
                     .width = step.width,
                     .source = step.left,
                     .count = static_cast<uint8_t>(step.imm & (step.width == Width::k64 ? 63 : 31))};
  }

  struct Shift {
    bool left = false;
    Width width = Width::k64;
    uint8_t source = 0;
    uint8_t count = 0;
  };
  // nullptr when the value is no shifted one.
  const Shift* operator[](uint8_t r) const { return (known_ & reg_bit(r)) != 0 ? &of_[r] : nullptr; }

 private:
  RegSet known_ = kNoRegs;
  Shift of_[kRegisterLimit];
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
  const bool rotates = a->left != b->left && a->source == b->source && a->width == step.width &&
                       b->width == step.width && a->count + b->count == bits;
  if (!rotates) return;
  step.imm = a->left ? a->count : b->count;
  step.left = a->source;
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
  const uint8_t added = of_left ? step.src : step.left;
  step.imm = shift.count;
  step.left = shift.source;
  step.src = added;
  step.become(Form::kShiftAdd);
}

}  // namespace

void find_idioms(Code& code, std::span<const bool> is_target, const JitTarget& target) {
  Shifts shifts;
  for (InsnIndex at = code.start(); at < code.end(); at++) {
    if (is_target[at]) shifts.clear();
    Step& step = code[at];
    if (step.form == Form::kPlain && shifts.any()) {
      if (target.zbb) find_rotation(step, shifts);
      if (target.zba) find_shift_add(step, shifts);
    }
    shifts.follow(step);
  }
}

}  // namespace skep::bpf::jit
