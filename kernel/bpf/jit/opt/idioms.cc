#include "bpf/jit/opt/idioms.h"

namespace skep::bpf::jit {
namespace {

// Remembers, along straight-line code, which shift made a register's value, for as long as both the register and what
// was shifted keep their values.
class Shifts {
 public:
  void clear() {
    for (Shift& s : of_) s = {};
  }
  // Follows one step.
  void follow(const Step& step) {
    const RegSet written = writes(step);
    for (uint8_t r = 0; r < kRegisterLimit; r++) {
      if ((written & (reg_bit(r) | reg_bit(of_[r].source))) != 0) of_[r] = {};
    }
    const bool shifts = step.is(Op::kLsh) || step.is(Op::kRsh);
    if (!shifts || !step.use_imm || step.left == step.dst) return;
    of_[step.dst] = {.known = true,
                     .left = step.op == Op::kLsh,
                     .width = step.width,
                     .source = step.left,
                     .count = static_cast<uint8_t>(step.imm & (step.width == Width::k64 ? 63 : 31))};
  }

  struct Shift {
    bool known = false;
    bool left = false;
    Width width = Width::k64;
    uint8_t source = 0;
    uint8_t count = 0;
  };
  const Shift& operator[](uint8_t r) const { return of_[r]; }

 private:
  Shift of_[kRegisterLimit];
};

// Calls `visit(step, shifts)` for each plain step.
template <typename Visit>
void walk(Code& code, std::span<const bool> is_target, Visit visit) {
  Shifts shifts;
  for (InsnIndex at = code.start(); at < code.end(); at++) {
    if (is_target[at]) shifts.clear();
    Step& step = code[at];
    if (step.form == Form::kPlain) visit(step, shifts);
    shifts.follow(step);
  }
}

}  // namespace

void find_rotations(Code& code, std::span<const bool> is_target) {
  walk(code, is_target, [](Step& step, const Shifts& shifts) {
    const bool joins = step.op == Op::kOr || step.op == Op::kAdd || step.op == Op::kXor;
    if (!joins || step.use_imm) return;
    const auto& a = shifts[step.left];
    const auto& b = shifts[step.src];
    const int bits = step.width == Width::k64 ? 64 : 32;
    // Counts of 1 … bits - 1 that add up to bits: no bit is in both parts.
    const bool rotates = a.known && b.known && a.left != b.left && a.source == b.source && a.width == step.width &&
                         b.width == step.width && a.count + b.count == bits;
    if (!rotates) return;
    step.form = Form::kRotate;
    step.imm = a.left ? a.count : b.count;
    step.left = a.source;
  });
}

void find_shift_adds(Code& code, std::span<const bool> is_target) {
  const auto is_scale = [](const auto& s) {
    return s.known && s.left && s.width == Width::k64 && s.count >= 1 && s.count <= 3;
  };
  walk(code, is_target, [&](Step& step, const Shifts& shifts) {
    if (step.op != Op::kAdd || step.width != Width::k64 || step.use_imm) return;
    if (step.left == kFrameRegister || step.src == kFrameRegister) return;
    const bool of_left = is_scale(shifts[step.left]);
    if (!of_left && !is_scale(shifts[step.src])) return;
    const auto& shift = shifts[of_left ? step.left : step.src];
    const uint8_t added = of_left ? step.src : step.left;
    step.form = Form::kShiftAdd;
    step.imm = shift.count;
    step.left = shift.source;
    step.src = added;
  });
}

}  // namespace skep::bpf::jit
