#include "bpf/jit/translate.h"

#include "bpf/jit/constant.h"

namespace skep::bpf::jit {
namespace {

constexpr Reg kMap[kRegisters - 1] = {Reg::kA5, Reg::kA0, Reg::kA1, Reg::kA2, Reg::kA3,
                                      Reg::kA4, Reg::kS0, Reg::kS1, Reg::kS2, Reg::kS3};

}  // namespace

Reg Translator::reg(uint8_t bpf) const { return kMap[bpf]; }

// The register that holds a BPF register's value; r10's is computed into `scratch`.
Reg Translator::read(uint8_t bpf, Reg scratch) {
  if (bpf != kFrameRegister) return reg(bpf);
  as_.i(Mnemonic::kAddi, scratch, Reg::kSp, stack_bytes_);
  return scratch;
}

// The low 32 bits, sign-extended: what 32-bit comparisons can be made on, whatever the upper half holds.
Reg Translator::read_sign_extended(uint8_t bpf, Reg scratch) {
  const Reg r = read(bpf, scratch);
  if ((ext(bpf) & kSignExt) != 0) return r;
  as_.i(Mnemonic::kAddiw, scratch, r, 0);
  return scratch;
}

void Translator::constant(Reg rd, uint64_t value) {
  const auto sequence = place(constant_sequence(value, cx_.target), rd);
  for (uint32_t n = 0; n < sequence.count; n++) as_.emit(sequence.code[n]);
}

Reg Translator::constant_operand(int64_t value, Reg scratch) {
  if (value == 0) return Reg::kZero;
  constant(scratch, static_cast<uint64_t>(value));
  return scratch;
}

void Translator::zero_extend(Reg rd, Reg rs) {
  if (cx_.target.zba) return as_.r(Mnemonic::kAddUw, rd, rs, Reg::kZero);
  as_.i(Mnemonic::kSlli, rd, rs, 32);
  as_.i(Mnemonic::kSrli, rd, rd, 32);
}

bool Translator::upper_needed(uint8_t bpf) const {
  if (!cx_.image.facts.empty() && cx_.image.facts[at_].upper_zero) return false;
  return (cx_.upper_live[at_] & reg_bit(bpf)) != 0;
}

Translator::Ext Translator::ext(uint8_t bpf) const {
  return static_cast<Ext>(((zero_ext_ & reg_bit(bpf)) != 0 ? kZeroExt : kNone) |
                          ((sign_ext_ & reg_bit(bpf)) != 0 ? kSignExt : kNone));
}

void Translator::set_ext(uint8_t bpf, Ext e) {
  zero_ext_ = static_cast<RegSet>((zero_ext_ & ~reg_bit(bpf)) | ((e & kZeroExt) != 0 ? reg_bit(bpf) : 0));
  sign_ext_ = static_cast<RegSet>((sign_ext_ & ~reg_bit(bpf)) | ((e & kSignExt) != 0 ? reg_bit(bpf) : 0));
}

// A 32-bit result stands in the register with its upper half as `have` says. RFC 9669 "Arithmetic instructions": it
// must be zero, if anyone looks.
void Translator::finish32(uint8_t bpf, Ext have) {
  if (upper_needed(bpf) && (have & kZeroExt) == 0) {
    zero_extend(reg(bpf), reg(bpf));
    have = kZeroExt;
  }
  set_ext(bpf, have);
}

void Translator::plan_frame() {
  usage_ = function_usage(cx_.image, function_);
  exits_left_ = usage_.exits;
  saved_ = usage_.written & kCalleeSaved;
  const bool uses_stack = (usage_.read & reg_bit(kFrameRegister)) != 0;
  stack_bytes_ = uses_stack ? static_cast<int32_t>(align_up<uint32_t>(function_.stack_bytes, 16)) : 0;
  counter_at_ = stack_bytes_;
  saves_at_ = counter_at_ + (usage_.may_goto ? 8 : 0);
  const int32_t saves = __builtin_popcount(saved_) + (usage_.calls ? 1 : 0);
  frame_bytes_ = static_cast<int32_t>(align_up<uint32_t>(static_cast<uint32_t>(saves_at_ + 8 * saves), 16));
}

void Translator::emit_prologue() {
  if (frame_bytes_ == 0) return;
  as_.i(Mnemonic::kAddi, Reg::kSp, Reg::kSp, -frame_bytes_);
  int32_t at = saves_at_;
  for (uint8_t r = 6; r < 10; r++) {
    if ((saved_ & reg_bit(r)) != 0) as_.store(Mnemonic::kSd, reg(r), at, Reg::kSp), at += 8;
  }
  if (usage_.calls) as_.store(Mnemonic::kSd, Reg::kRa, at, Reg::kSp);
  if (usage_.may_goto) {
    constant(Reg::kT0, kMayGotoLoops);
    as_.store(Mnemonic::kSd, Reg::kT0, counter_at_, Reg::kSp);
  }
}

void Translator::emit_epilogue() {
  as_.move(Reg::kA0, reg(0));
  if (frame_bytes_ != 0) {
    int32_t at = saves_at_;
    for (uint8_t r = 6; r < 10; r++) {
      if ((saved_ & reg_bit(r)) != 0) as_.load(Mnemonic::kLd, reg(r), at, Reg::kSp), at += 8;
    }
    if (usage_.calls) as_.load(Mnemonic::kLd, Reg::kRa, at, Reg::kSp);
    as_.i(Mnemonic::kAddi, Reg::kSp, Reg::kSp, frame_bytes_);
  }
  as_.i(Mnemonic::kJalr, Reg::kZero, Reg::kRa, 0);
}

// The rare ends of fault-safe loads, after the function's code: the result is 0.
Result<void> Translator::emit_stubs() {
  for (const Stub& stub : stubs_) {
    as_.bind(stub.begin);
    constant(stub.rd, 0);
    as_.jump(stub.after);
  }
  return {};
}

Result<void> Translator::translate() {
  plan_frame();
  if ((usage_.written & reg_bit(kFrameRegister)) != 0) return fail(Errno::kEINVAL);
  exit_label_ = as_.new_label();
  as_.bind(entry_);
  emit_prologue();
  for (at_ = function_.start; at_ < function_.end; at_++) {
    as_.bind(cx_.label_of(at_));
    const Insn& insn = cx_.image.code[at_];
    if (cx_.is_target[at_]) zero_ext_ = sign_ext_ = 0;  // paths meet: nothing is known
    if (insn.second_slot || !is_reachable(cx_.image, at_)) continue;
    switch (insn.op) {
      case Op::kMov:
        if (fuses_with_next()) {
          as_.bind(cx_.label_of(++at_));
          TRY(alu(cx_.image.code[at_], insn.src));
        } else {
          move(insn);
        }
        break;
      case Op::kAdd:
      case Op::kSub:
      case Op::kMul:
      case Op::kDiv:
      case Op::kSDiv:
      case Op::kMod:
      case Op::kSMod:
      case Op::kOr:
      case Op::kAnd:
      case Op::kXor:
      case Op::kLsh:
      case Op::kRsh:
      case Op::kArsh:
      case Op::kNeg:
      case Op::kMovSx:
      case Op::kToLe:
      case Op::kToBe:
      case Op::kBswap:
        TRY(alu(insn, insn.dst));
        break;
      case Op::kJa:
        as_.jump(cx_.label_of(insn.target));
        break;
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
        cond_jump(insn);
        break;
      case Op::kMayGoto:
        may_goto(insn);
        break;
      case Op::kCallHelper:
      case Op::kCallLocal:
      case Op::kCallKfunc:
      case Op::kCallIndirect:
        TRY(call(insn));
        break;
      case Op::kExit:
        exit();
        break;
      case Op::kLoad:
      case Op::kLoadSx:
        load(insn);
        break;
      case Op::kStoreReg:
      case Op::kStoreImm:
        store(insn);
        break;
      case Op::kAtomic:
        TRY(atomic(insn));
        break;
      case Op::kLoadImm64:
        load_imm64(insn);
        break;
      case Op::kLoadAbs:
      case Op::kLoadInd:
        packet_load(insn);
        break;
    }
  }
  if (!exit_bound_) {  // a function that only a failing packet load leaves
    as_.bind(exit_label_);
    emit_epilogue();
  }
  return emit_stubs();
}

}  // namespace skep::bpf::jit
