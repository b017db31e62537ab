#include "bpf/jit/opt/induction.h"

#include <algorithm>

namespace skep::bpf::jit {
namespace {

using riscv::fits_signed;

constexpr uint8_t kNobody = 0xff;

// p = base + (i << shift), 64 bits.
struct Sum {
  uint8_t base = kNobody;
  uint8_t counter = kNobody;
  uint8_t shift = 0;
};

bool is_increment(const Step& step) {
  return step.op == Op::kAdd && step.use_imm && step.left == step.dst && step.width == Width::k64 &&
         step.form == Form::kPlain;
}

// The sum that a step computes with `counter` in it.
bool is_sum_of(const Step& step, uint8_t counter, Sum& sum) {
  const bool adds = step.is(Op::kAdd) && step.width == Width::k64 && !step.use_imm;
  if (!adds && step.form != Form::kShiftAdd) return false;
  const uint8_t shift = adds ? 0 : static_cast<uint8_t>(step.imm);
  if (step.left == counter && step.src != counter) {
    sum = {.base = step.src, .counter = counter, .shift = shift};
  } else if (adds && step.src == counter && step.left != counter) {
    sum = {.base = step.left, .counter = counter};
  } else {
    return false;
  }
  return step.dst != counter && step.dst != sum.base && sum.base != kFrameRegister;
}

// A test of the counter against a constant that does not depend on which of two values is larger.
bool is_end_test(const Step& step, uint8_t counter) {
  return (step.is(Op::kJne) || step.is(Op::kJeq)) && step.dst == counter && step.use_imm && step.width == Width::k64;
}

class CounterOf {
 public:
  CounterOf(const InductionContext& cx, uint8_t loop, InsnIndex increment)
      : cx_(cx), loop_(cx.loops[loop]), number_(loop), increment_(increment), counter_(cx.code[increment].dst) {}

  Result<bool> replace() {
    if (!find_uses() || !leaves_dead()) return false;
    // Shifted, two different counters can be the same address.
    if (sum_.shift != 0 && end_test_ != kNoTest) return false;
    const int64_t step = scaled(cx_.code[increment_].imm);
    const int64_t end = end_test_ == kNoTest ? 0 : scaled(cx_.code[end_test_].imm);
    choose_bias();
    if (!fits_signed(step, 32) || !fits_signed(end + bias_, 32)) return false;
    return rewrite(static_cast<int32_t>(step), static_cast<int32_t>(end));
  }

 private:
  static constexpr InsnIndex kNoTest = ~InsnIndex{0};

  int64_t scaled(int32_t value) const { return static_cast<int64_t>(value) << sum_.shift; }

  // True when, in the loop, the counter is only advanced, once, tested, at most once, and added to one base that does
  // not change.
  bool find_uses() {
    for (InsnIndex at = loop_.first; at <= loop_.last; at++) {
      const Step& step = cx_.code[at];
      const RegSet bit = reg_bit(counter_);
      if (((step.use | step.def) & bit) == 0 || at == increment_) continue;
      Sum sum;
      if (is_end_test(step, counter_) && end_test_ == kNoTest) {
        end_test_ = at;
      } else if ((step.def & bit) == 0 && is_sum_of(step, counter_, sum) &&
                 (sum_.base == kNobody || (sum.base == sum_.base && sum.shift == sum_.shift))) {
        sum_ = sum;
      } else {
        return false;
      }
    }
    if (sum_.base == kNobody) return false;
    for (InsnIndex at = loop_.first; at <= loop_.last; at++) {
      if ((cx_.code[at].def & reg_bit(sum_.base)) != 0) return false;
    }
    return true;
  }

  // True when nobody behind the loop reads the counter.
  bool leaves_dead() const {
    const auto reads_counter = [&](InsnIndex at) {
      return !loop_.contains(at) && (cx_.live[at - cx_.code.start()] & reg_bit(counter_)) != 0;
    };
    for (InsnIndex at = loop_.first; at <= loop_.last; at++) {
      const Step& step = cx_.code[at];
      if (jumps(step) && reads_counter(step.target)) return false;
    }
    const Step& last = cx_.code[loop_.last];
    return !falls_through(last) || loop_.last + 1 >= cx_.code.end() || !reads_counter(loop_.last + 1);
  }

  bool is_member(const Step& step, Sum& sum) const {
    return step.form != Form::kGone && is_sum_of(step, counter_, sum);
  }

  // A pointer somewhat ahead of the address brings offsets a little out of a load's reach into it.
  void choose_bias() {
    int32_t lowest = 0, highest = 0;
    for (InsnIndex at = loop_.first; at <= loop_.last; at++) {
      const Step& step = cx_.code[at];
      const bool loads = step.is(Op::kLoad) || step.is(Op::kLoadSx);
      if (!loads && !step.is(Op::kStoreReg) && !step.is(Op::kStoreImm)) continue;
      if (!holds_sum(loads ? step.src : step.dst)) continue;
      lowest = std::min<int32_t>(lowest, step.offset);
      highest = std::max<int32_t>(highest, step.offset);
    }
    constexpr int32_t kFarthest = 2040;
    const int32_t excess = highest - kFarthest;
    if (excess > 0 && lowest - excess - 8 >= -2048) bias_ = (excess + 7) & ~7;
  }
  bool holds_sum(uint8_t r) const {
    Sum sum;
    for (InsnIndex at = loop_.first; at <= loop_.last; at++) {
      if (is_member(cx_.code[at], sum) && cx_.code[at].dst == r) return true;
    }
    return false;
  }

  static Step add_imm(uint8_t dst, uint8_t left, int32_t imm) {
    Step step{Insn{.op = Op::kAdd, .width = Width::k64, .dst = dst, .use_imm = true, .imm = imm}};
    step.left = left;
    return step;
  }

  Result<bool> rewrite(int32_t advance, int32_t end) {
    const bool tested = end_test_ != kNoTest;
    if (!cx_.preheaders.has_room(2)) return false;
    const Reg pointer_reg = TRY(cx_.registers.take(number_, RegisterPool::kCompressible));
    const Reg limit_reg =
        tested && pointer_reg != Reg::kZero ? TRY(cx_.registers.take(number_, RegisterPool::kAny)) : Reg::kZero;
    if (pointer_reg == Reg::kZero || (tested && limit_reg == Reg::kZero)) return false;
    const uint8_t pointer = cx_.preheaders.new_register(pointer_reg);

    Step begin{Insn{.op = Op::kAdd, .width = Width::k64, .dst = pointer, .src = sum_.base}};
    begin.left = counter_;
    if (sum_.shift != 0) {
      begin.form = Form::kShiftAdd;
      begin.imm = sum_.shift;
    }
    TRY(cx_.preheaders.add(number_, begin));
    if (bias_ != 0) TRY(cx_.preheaders.add(number_, add_imm(pointer, pointer, bias_)));
    cx_.code[loop_.entry].before |= reg_bit(sum_.base) | reg_bit(counter_);
    if (tested) {
      const uint8_t limit = cx_.preheaders.new_register(limit_reg);
      TRY(cx_.preheaders.add(number_, add_imm(limit, sum_.base, end + bias_)));
      Step& test = cx_.code[end_test_];
      test.dst = pointer;
      test.use_imm = false;
      test.src = limit;
      test.refresh();
    }
    for (InsnIndex at = loop_.first; at <= loop_.last; at++) {
      Sum sum;
      Step& step = cx_.code[at];
      if (at != increment_ && is_member(step, sum)) {
        const uint8_t dst = step.dst;
        static_cast<Insn&>(step) = add_imm(dst, pointer, -bias_);
        step.form = Form::kPlain;
        step.left = pointer;
        if (bias_ == 0) {
          step.op = Op::kMov;
          step.use_imm = false;
          step.src = pointer;
          step.left = dst;
        }
        step.refresh();
      }
    }
    Step& increment = cx_.code[increment_];
    increment.dst = increment.left = pointer;
    increment.imm = advance;
    increment.refresh();
    return true;
  }

  const InductionContext& cx_;
  const Loop& loop_;
  const uint8_t number_;
  const InsnIndex increment_;
  const uint8_t counter_;
  Sum sum_;
  InsnIndex end_test_ = kNoTest;
  int32_t bias_ = 0;
};

}  // namespace

Result<bool> replace_counters(const InductionContext& cx) {
  bool changed = false;
  for (uint8_t n = 0; n < cx.loops.all().size(); n++) {
    const Loop& loop = cx.loops[n];
    if (!loop.single_entry || !loop.entered) continue;
    // Loops with very long bodies gain little and would cost a walk for each increment.
    constexpr uint32_t kLongestBody = 512;
    if (loop.last - loop.first >= kLongestBody) continue;
    for (InsnIndex at = loop.first; at <= loop.last; at++) {
      if (!is_increment(cx.code[at]) || cx.loops.innermost(at) != n || cx.code[at].dst >= kFrameRegister) continue;
      changed |= TRY(CounterOf(cx, n, at).replace());
    }
  }
  return changed;
}

}  // namespace skep::bpf::jit
