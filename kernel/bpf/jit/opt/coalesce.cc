#include "bpf/jit/opt/coalesce.h"

#include <algorithm>

namespace skep::bpf::jit {
namespace {

constexpr uint32_t kFarthest = 64;  // steps looked at on either side of a move

// Steps whose only result is in `dst`, wherever that is.
bool has_free_destination(const Step& step) {
  switch (step.form) {
    case Form::kPlain:
      return is_alu(step.op) || step.op == Op::kLoad || step.op == Op::kLoadSx || step.op == Op::kLoadImm64;
    case Form::kRotate:
    case Form::kShiftAdd:
      return true;
    default:
      return false;
  }
}

// By BPF's rules, a result of 32 bits has a zero upper half.
bool makes_zero_extended(const Step& step) {
  if (step.form != Form::kPlain) return step.form == Form::kRotate && step.width == Width::k32;
  if (step.op == Op::kToLe || step.op == Op::kToBe || step.op == Op::kBswap) return step.size <= 4;
  if (is_alu(step.op)) return step.width == Width::k32;
  return step.op == Op::kLoad && step.size <= 4;
}

// Reads that a step cannot make from another register: arguments, the exit's r0, what an atomic operation exchanges.
bool reads_by_convention(const Step& step, uint8_t r) {
  if ((step.use & reg_bit(r)) == 0) return false;
  if (step.form == Form::kRotate || step.form == Form::kShiftAdd) return false;
  if (step.form != Form::kPlain) return step.form != Form::kArrayLookup && step.form != Form::kPerCpuLookup;
  return !is_alu(step.op) && !is_cond_jump(step.op) && step.op != Op::kLoad && step.op != Op::kLoadSx &&
         step.op != Op::kStoreReg && step.op != Op::kStoreImm;
}

// Makes a step read `to` where it reads `from`.
void read_from(Step& step, uint8_t from, uint8_t to) {
  const bool computes = step.form != Form::kPlain || is_alu(step.op);
  if ((step.use & reg_bit(from)) == 0) return;
  if (reads_right(step) || step.form == Form::kArrayLookup || step.form == Form::kPerCpuLookup) {
    if (step.src == from) step.src = to;
  }
  if (reads_left(step)) {
    uint8_t& left = computes ? step.left : step.dst;
    if (left == from) left = to;
  }
  step.refresh();
}

class Move {
 public:
  Move(Code& code, std::span<const bool> is_target, std::span<RegSet> live, InsnIndex at)
      : code_(code), is_target_(is_target), live_(live), at_(at), from_(code[at].src), to_(code[at].dst) {}

  bool coalesce() {
    if (!find_definition() || !may_follow()) return false;
    code_[definition_].dst = to_;
    code_[definition_].refresh();
    // An operation on its own destination stays one on what it read: `left` is named separately.
    for (InsnIndex n = definition_ + 1; n < at_; n++) read_from(code_[n], from_, to_);
    for (InsnIndex n = at_ + 1; n < last_; n++) read_from(code_[n], from_, to_);
    code_[at_].become(Form::kGone);
    for (InsnIndex n = definition_ + 1; n < last_; n++) live_[n - code_.start()] |= reg_bit(to_);
    return true;
  }

 private:
  // The step that made the value, behind which nothing touches `to`.
  bool find_definition() {
    if (is_target_[at_]) return false;
    const InsnIndex first = std::max(code_.start(), at_ - std::min(at_, kFarthest));
    for (InsnIndex n = at_; n > first;) {
      const Step& step = code_[--n];
      if ((step.def & reg_bit(from_)) != 0) {
        definition_ = n;
        return has_free_destination(step) && (code_[at_].width == Width::k64 || makes_zero_extended(step));
      }
      if (((step.use | step.def | step.before) & reg_bit(to_)) != 0 || !straight(step)) return false;
      if (reads_by_convention(step, from_) || is_target_[n]) return false;
    }
    return false;
  }
  static bool straight(const Step& step) { return falls_through(step) && !jumps(step); }

  // Whether every later reader of `from` can read `to` instead. last_ is behind the last of them.
  bool may_follow() {
    bool overwritten = false;  // `to` has a new value
    for (InsnIndex n = at_ + 1; n <= at_ + kFarthest && n < code_.end(); n++) {
      last_ = n;
      if (is_target_[n]) return !live_at(n);
      const Step& step = code_[n];
      if (((step.use | step.before) & reg_bit(from_)) != 0) {
        if (overwritten || reads_by_convention(step, from_) || (step.before & reg_bit(from_)) != 0) return false;
      }
      if (jumps(step) && live_at(step.target)) return false;
      last_ = n + 1;
      if ((step.def & reg_bit(from_)) != 0 || !falls_through(step)) return true;
      overwritten |= (step.def & reg_bit(to_)) != 0;
      if (n + 1 < code_.end() && !live_at(n + 1)) return true;
    }
    return false;
  }
  bool live_at(InsnIndex n) const { return (live_[n - code_.start()] & reg_bit(from_)) != 0; }

  Code& code_;
  const std::span<const bool> is_target_;
  const std::span<RegSet> live_;
  const InsnIndex at_;
  const uint8_t from_, to_;
  InsnIndex definition_ = 0;
  InsnIndex last_ = 0;
};

}  // namespace

bool coalesce_moves(Code& code, std::span<const bool> is_target, std::span<RegSet> live) {
  bool changed = false;
  for (InsnIndex at = code.start(); at < code.end(); at++) {
    const Step& step = code[at];
    if (!step.is(Op::kMov) || step.use_imm || step.src == step.dst || step.src >= kFrameRegister) continue;
    changed |= Move(code, is_target, live, at).coalesce();
  }
  return changed;
}

}  // namespace skep::bpf::jit
