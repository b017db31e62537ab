#include "bpf/jit/translate.h"

#include <algorithm>

#include "bpf/jit/constant.h"
#include "bpf/jit/tail_calls.h"

namespace skep::bpf::jit {
namespace {

// Constants that take more instructions are loaded from memory behind the code, by two.
constexpr uint32_t kLongestSequence = 3;

// Calls `visit` for each register of the set, by number.
template <typename Visit>
void for_each_register(MachineRegs set, Visit visit) {
  for (; set != 0; set &= set - 1) visit(static_cast<Reg>(__builtin_ctz(set)));
}

}  // namespace

// The low 32 bits, sign-extended: what 32-bit comparisons can be made on, whatever the upper half holds.
Reg Translator::read_sign_extended(uint8_t bpf, Reg scratch) {
  const Reg r = read(bpf, scratch);
  if ((ext(bpf) & kSignExt) != 0) return r;
  as_.i(Mnemonic::kAddiw, scratch, r, 0);
  return scratch;
}

// 32 bits by lui and addiw, as constant_sequence() has them.
void Translator::word_constant(Reg rd, int32_t value) {
  const auto high = static_cast<int32_t>(static_cast<uint32_t>(value) + 0x800u) >> 12;
  const auto low = static_cast<int32_t>(static_cast<uint32_t>(value) << 20) >> 20;
  as_.emit({.op = Mnemonic::kLui, .rd = rd, .imm = high});
  if (low != 0) as_.i(Mnemonic::kAddiw, rd, rd, low);
}

void Translator::constant(Reg rd, uint64_t value) {
  if (as_.discards()) return;
  if (const auto number = static_cast<int64_t>(value); riscv::fits_signed(number, 12)) {
    return as_.i(Mnemonic::kAddi, rd, Reg::kZero, static_cast<int32_t>(number));
  } else if (number == static_cast<int32_t>(number)) {
    return word_constant(rd, static_cast<int32_t>(number));
  }
  // Without a plan, speed of compilation counts: no search.
  if (plan_ == nullptr) return as_.load_literal(rd, value);
  bool again = false;
  const ConstantSequence sequence = plan_->sequences.find(value, cx_.target, again);
  // From the second use on, eight bytes behind the code are paid for.
  if (sequence.count > (again ? kLongestSequence - 1 : kLongestSequence)) return as_.load_literal(rd, value);
  for (uint32_t n = 0; n < sequence.count; n++) as_.emit(place(sequence.code[n], rd));
}

Reg Translator::constant_operand(int64_t value, Reg scratch) {
  if (value == 0) return Reg::kZero;
  if (optimizes(JitPass::kConstants) && !in_preheader_) {
    const auto bits = static_cast<uint64_t>(value);
    if (const Reg kept = plan_->constants.find(at_, bits); kept != Reg::kZero) return kept;
    if (plan_->round == 0) {
      const bool is_one =
          riscv::fits_signed(value, 12) || (value == static_cast<int32_t>(value) && (value & 0xfff) == 0);
      plan_->constants.request(at_, bits, is_one ? 1 : 2);  // instructions; two are enough to load it
    }
  }
  constant(scratch, static_cast<uint64_t>(value));
  return scratch;
}

void Translator::zero_extend(Reg rd, Reg rs) {
  if (cx_.target.zba) return as_.r(Mnemonic::kAddUw, rd, rs, Reg::kZero);
  as_.i(Mnemonic::kSlli, rd, rs, 32);
  as_.i(Mnemonic::kSrli, rd, rd, 32);
}

void Translator::plan_frame() {
  if (plan_ != nullptr) {
    usage_ = plan_->usage;
  } else {  // no look at the code in advance: everything is saved, and all exits jump to the end
    usage_.read = usage_.written = kAllRegs;
    usage_.calls = usage_.tail_calls = usage_.may_goto = true;
    usage_.exits = ~0u;
  }
  returns_to_c_ = function_.start == 0 || function_.is_callback;
  exits_left_ = usage_.exits;
  saved_ = plan_ != nullptr ? plan_->registers.saved() : 0;
  for (uint8_t r = 6; r < 10; r++) {
    if ((usage_.written & reg_bit(r)) != 0) saved_ |= machine_bit(reg(r));
  }
  const bool uses_stack = (usage_.read & reg_bit(kFrameRegister)) != 0;
  stack_bytes_ = uses_stack ? static_cast<int32_t>(align_up<uint32_t>(function_.stack_bytes, 16)) : 0;
  counter_at_ = stack_bytes_;
  tail_count_at_ = counter_at_ + (usage_.may_goto ? 8 : 0);
  tail_context_at_ = tail_count_at_ + (counts_tail_calls_ ? 8 : 0);
  saves_at_ = tail_context_at_ + (usage_.tail_calls ? 8 : 0);
  const int32_t saves = __builtin_popcount(saved_) + (usage_.calls ? 1 : 0);
  frame_bytes_ = static_cast<int32_t>(align_up<uint32_t>(static_cast<uint32_t>(saves_at_ + 8 * saves), 16));
}

void Translator::emit_prologue() {
  if (frame_bytes_ == 0) return;
  as_.i(Mnemonic::kAddi, Reg::kSp, Reg::kSp, -frame_bytes_);
  int32_t at = saves_at_;
  for_each_register(saved_, [&](Reg r) { as_.store(Mnemonic::kSd, r, at, Reg::kSp), at += 8; });
  if (usage_.calls) as_.store(Mnemonic::kSd, Reg::kRa, at, Reg::kSp);
  if (counts_tail_calls_) as_.store(Mnemonic::kSd, kTailCallCount, tail_count_at_, Reg::kSp);
  if (usage_.may_goto) {
    constant(Reg::kT0, kMayGotoLoops);
    as_.store(Mnemonic::kSd, Reg::kT0, counter_at_, Reg::kSp);
  }
}

// Registers and stack as the caller had them.
void Translator::leave_frame() {
  if (frame_bytes_ == 0) return;
  int32_t at = saves_at_;
  for_each_register(saved_, [&](Reg r) { as_.load(Mnemonic::kLd, r, at, Reg::kSp), at += 8; });
  if (usage_.calls) as_.load(Mnemonic::kLd, Reg::kRa, at, Reg::kSp);
  as_.i(Mnemonic::kAddi, Reg::kSp, Reg::kSp, frame_bytes_);
}

void Translator::emit_epilogue() {
  if (returns_to_c_) as_.move(Reg::kA0, reg(0));
  leave_frame();
  as_.i(Mnemonic::kJalr, Reg::kZero, Reg::kRa, 0);
}

// The rare ends of fault-safe loads, after the function's code: the result is 0.
void Translator::emit_stubs() {
  for (const Stub& stub : stubs_) {
    as_.bind(stub.begin);
    constant(stub.rd, 0);
    as_.jump(stub.after);
  }
}

// The label that a jump to an instruction takes: the preheader of the outermost loop that it enters, or the
// instruction itself.
Label Translator::label_for_jump(InsnIndex from, InsnIndex to) {
  Label label = cx_.label_of(to);
  if (preheaders_.empty()) return label;
  for (uint8_t n = plan_->loops.innermost(to); n != kNoLoop; n = plan_->loops[n].parent) {
    const Loop& loop = plan_->loops[n];
    if (loop.contains(from)) break;
    if (loop.entry == to && has_preheader(n)) label = preheaders_[n];
  }
  return label;
}

void Translator::jump_to(InsnIndex target) {
  if (plan_ != nullptr) plan_->joins.arrive(target, {zero_ext_, sign_ext_});
  as_.jump(label_for_jump(at_, target));
}

void Translator::branch_to(Mnemonic op, Reg rs1, Reg rs2, InsnIndex target) {
  if (plan_ != nullptr) plan_->joins.arrive(target, {zero_ext_, sign_ext_});
  as_.branch(op, rs1, rs2, label_for_jump(at_, target));
}

// At the entry of loops: for each, from the outermost on, the code that runs once before it. A loop that the
// instruction before is part of has been entered already.
void Translator::bind_preheaders(bool falls_in) {
  uint8_t entered[kMaxLoopDepth];
  uint32_t count = 0;
  for (uint8_t n = plan_->loops.innermost(at_); n != kNoLoop && count < kMaxLoopDepth; n = plan_->loops[n].parent) {
    if (plan_->loops[n].entry == at_ && has_preheader(n)) entered[count++] = n;
  }
  if (count == 0) return;
  if (falls_in) {
    const bool at_start = at_ == function_.start;
    const Label next = at_start ? preheaders_[entered[count - 1]] : label_for_jump(at_ - 1, at_);
    if (next.id != preheaders_[entered[count - 1]].id) as_.jump(next);
  }
  while (count-- > 0) {
    as_.bind(preheaders_[entered[count]]);
    emit_preheader(entered[count]);
  }
}

// Constants first: nothing here reads a register that holds one.
void Translator::emit_preheader(uint8_t loop) {
  for (const Hoisted& h : plan_->constants.all()) {
    if (h.loop == loop) constant(h.reg, h.value);
  }
  // What is known of the program's own registers does not change.
  const RegSet zero = zero_ext_, sign = sign_ext_;
  zero_ext_ = sign_ext_ = kNoRegs;
  in_preheader_ = true;
  for (const Preheaders::Entry& e : plan_->preheaders.all()) {
    if (e.loop != loop) continue;
    if (e.step.form == Form::kPlain) {
      alu(e.step, e.step.left);
    } else {
      translate_form(e.step);
    }
  }
  in_preheader_ = false;
  zero_ext_ = zero;
  sign_ext_ = sign;
}

// What stands before an instruction where a jump comes in, or a loop is entered: labels, and what is known then.
void Translator::begin_block() {
  const bool falls_in = at_ == function_.start || falls_through((*code_)[at_ - 1]);
  if (!preheaders_.empty()) bind_preheaders(falls_in);
  as_.bind(cx_.label_of(at_));
  if (!cx_.is_target[at_]) return;
  if (!optimizes(JitPass::kExtensions)) {
    zero_ext_ = sign_ext_ = 0;  // paths meet: nothing is known
    return;
  }
  const UpperHalves known = plan_->joins.enter(at_, falls_in ? UpperHalves{zero_ext_, sign_ext_} : kEverythingKnown);
  zero_ext_ = known.zero;
  sign_ext_ = known.sign;
}

Result<void> Translator::translate() {
  plan_frame();
  exit_label_ = as_.new_label();
  if (plan_ != nullptr && !(plan_->constants.all().empty() && plan_->preheaders.all().empty())) {
    for (size_t n = 0; n < plan_->loops.all().size(); n++) TRY(preheaders_.push_back(Label{kNoLabel}));
    const auto needed = [&](uint8_t loop) {
      if (!has_preheader(loop)) preheaders_[loop] = as_.new_label();
    };
    for (const Hoisted& h : plan_->constants.all()) needed(h.loop);
    for (const Preheaders::Entry& e : plan_->preheaders.all()) needed(e.loop);
  }
  as_.bind(entry_);
  emit_prologue();
  plan_ != nullptr ? translate_steps() : translate_instructions();
  if (!exit_bound_) {  // a function that only a failing packet load leaves
    as_.bind(exit_label_);
    emit_epilogue();
  }
  emit_stubs();
  return refused_ ? fail(Errno::kEINVAL) : Result<void>{};
}

[[gnu::always_inline]] inline void Translator::translate_plain(const Insn& insn, uint8_t left) {
  switch (insn.op) {
    case Op::kMov:
      if (insn.use_imm || !fuses_with_next(insn)) return move(insn);
      as_.bind(cx_.label_of(++at_));
      return alu(code_ != nullptr ? (*code_)[at_] : cx_.image.code[at_], insn.src);
    case Op::kMovSx:
      return move(insn);
    case Op::kOr:
    case Op::kAnd:
    case Op::kXor:
      return bitwise(insn, left);
    case Op::kLsh:
    case Op::kRsh:
    case Op::kArsh:
      return shift(insn, left);
    case Op::kAdd:
    case Op::kSub:
    case Op::kMul:
    case Op::kDiv:
    case Op::kSDiv:
    case Op::kMod:
    case Op::kSMod:
    case Op::kNeg:
    case Op::kToLe:
    case Op::kToBe:
    case Op::kBswap:
      return alu(insn, left);
    case Op::kJa:
      return jump_to(insn.target);
    case Op::kJeq:
    case Op::kJne:
    case Op::kJgt:
    case Op::kJge:
    case Op::kJlt:
    case Op::kJle:
    case Op::kJset:
    case Op::kJsgt:
    case Op::kJsge:
    case Op::kJslt:
    case Op::kJsle:
      return cond_jump(insn);
    case Op::kMayGoto:
      return may_goto(insn);
    case Op::kCallHelper:
    case Op::kCallLocal:
    case Op::kCallKfunc:
    case Op::kCallIndirect:
      return call(insn);
    case Op::kExit:
      return exit();
    case Op::kLoad:
    case Op::kLoadSx:
      return load(insn);
    case Op::kStoreReg:
    case Op::kStoreImm:
      return store(insn);
    case Op::kAtomic:
      return atomic(insn);
    case Op::kLoadImm64:
      return load_imm64(insn);
    case Op::kLoadAbs:
    case Op::kLoadInd:
      return packet_load(insn);
  }
}

// The simple tier.
void Translator::translate_instructions() {
  const std::span<const InsnFacts> facts = cx_.image.facts.span();
  const std::span<const Insn> code = cx_.image.code.span();
  const std::span<const bool> is_target = cx_.is_target;
  const InsnIndex end = function_.end;
  for (at_ = function_.start; at_ < end; at_++) {
    as_.bind(cx_.label_of(at_));
    if (is_target[at_]) zero_ext_ = sign_ext_ = kNoRegs;  // paths meet: nothing is known
    const Insn& insn = code[at_];
    if (insn.second_slot) continue;
    if (!facts.empty()) {
      if (!facts[at_].reachable || facts[at_].branch_never) continue;
      if (facts[at_].branch_always) {
        jump_to(insn.target);
        continue;
      }
    }
    if (insn.dst == kFrameRegister && operands_of(insn).writes_dst) return refuse();
    translate_plain(insn, insn.dst);
  }
}

void Translator::translate_steps() {
  const std::span<const Step> steps = code_->steps();
  for (at_ = function_.start; at_ < function_.end; at_++) {
    const Step& step = steps[at_ - function_.start];
    if (cx_.is_target[at_] || step.enters_loop) {
      begin_block();
    } else {
      as_.bind(cx_.label_of(at_));
    }
    if (step.form == Form::kPlain) {
      translate_plain(step, step.left);
    } else if (step.form > Form::kUnreachable) {
      translate_form(step);
    }
  }
}

}  // namespace skep::bpf::jit
