// Jumps, calls, exits, and the two loads that call or exit.
#include "bpf/helpers/helper.h"
#include "bpf/jit/tail_calls.h"
#include "bpf/jit/translate.h"
#include "bpf/packet.h"

namespace skep::bpf::jit {
namespace {

using riscv::fits_signed;

constexpr Reg kScratch0 = Reg::kT0;
constexpr Reg kScratch1 = Reg::kT1;

// What callx calls: r1 … r5 and the helper's id. Verified programs have no callx; for others an unknown id gives
// -EINVAL.
uint64_t call_helper_by_id(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5, uint64_t id) {
  const auto narrow = static_cast<int32_t>(id);
  const Helper* helper = static_cast<uint64_t>(static_cast<int64_t>(narrow)) == id ? find_helper(narrow) : nullptr;
  if (helper == nullptr || helper->function == nullptr)
    return static_cast<uint64_t>(-static_cast<int64_t>(Errno::kEINVAL));
  return helper->function(r1, r2, r3, r4, r5);
}

struct Comparison {
  Mnemonic op;
  bool swapped;  // RV64 has no greater-than: a > b is b < a
};

Comparison comparison(Op op) {
  switch (op) {
    case Op::kJeq:
      return {Mnemonic::kBeq, false};
    case Op::kJgt:
      return {Mnemonic::kBltu, true};
    case Op::kJge:
      return {Mnemonic::kBgeu, false};
    case Op::kJlt:
      return {Mnemonic::kBltu, false};
    case Op::kJle:
      return {Mnemonic::kBgeu, true};
    case Op::kJsgt:
      return {Mnemonic::kBlt, true};
    case Op::kJsge:
      return {Mnemonic::kBge, false};
    case Op::kJslt:
      return {Mnemonic::kBlt, false};
    case Op::kJsle:
      return {Mnemonic::kBge, true};
    default:
      return {Mnemonic::kBne, false};  // kJne, and kJset after its and
  }
}

bool is_signed(Op op) { return op == Op::kJsgt || op == Op::kJsge || op == Op::kJslt || op == Op::kJsle; }

}  // namespace

void Translator::cond_jump(const Insn& insn) {
  const bool is64 = insn.width == Width::k64;

  if (insn.op == Op::kJset) {
    const Reg a = read(insn.dst, kScratch0);
    if (insn.use_imm && fits_signed(insn.imm, 12)) {
      as_.i(Mnemonic::kAndi, kScratch0, a, insn.imm);
    } else {
      as_.r(Mnemonic::kAnd, kScratch0, a,
            insn.use_imm ? constant_operand(insn.imm, kScratch1) : read(insn.src, kScratch1));
    }
    // Only the low half counts: it is all there is when one operand's upper half is zero.
    const bool low_only =
        (ext(insn.dst) & kZeroExt) != 0 || (insn.use_imm ? insn.imm >= 0 : (ext(insn.src) & kZeroExt) != 0);
    if (!is64 && !low_only) as_.i(Mnemonic::kAddiw, kScratch0, kScratch0, 0);
    return branch_to(Mnemonic::kBne, kScratch0, Reg::kZero, insn.target);
  }

  // 32 bits: equality and unsigned order are the same on zero-extended operands and on sign-extended ones, signed order
  // needs the latter.
  const bool zero_extended = !is_signed(insn.op) && (ext(insn.dst) & kZeroExt) != 0 &&
                             (insn.use_imm ? insn.imm >= 0 : (ext(insn.src) & kZeroExt) != 0);
  const bool as_is = is64 || zero_extended;
  const Reg a = as_is ? read(insn.dst, kScratch0) : read_sign_extended(insn.dst, kScratch0);
  const Reg b = insn.use_imm ? constant_operand(insn.imm, kScratch1)
                : as_is      ? read(insn.src, kScratch1)
                             : read_sign_extended(insn.src, kScratch1);
  const Comparison c = comparison(insn.op);
  branch_to(c.op, c.swapped ? b : a, c.swapped ? a : b, insn.target);
}

// Counts down, and leaves the loop when nothing is left. Linux: Documentation/bpf, may_goto.
void Translator::may_goto(const Insn& insn) {
  as_.load(Mnemonic::kLd, kScratch0, counter_at_, Reg::kSp);
  branch_to(Mnemonic::kBeq, kScratch0, Reg::kZero, insn.target);
  as_.i(Mnemonic::kAddi, kScratch0, kScratch0, -1);
  as_.store(Mnemonic::kSd, kScratch0, counter_at_, Reg::kSp);
}

// The number of the subprogram that begins there; how many there are when none does.
size_t Translator::subprogram_at(InsnIndex target) const {
  const auto functions = cx_.image.subprograms.span();
  size_t low = 0, high = functions.size();
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (functions[middle].start < target) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < functions.size() && functions[low].start == target ? low : functions.size();
}

void Translator::call(const Insn& insn) {
  switch (insn.op) {
    case Op::kCallHelper: {
      if (is_tail_call(insn)) return tail_call();
      const Helper* helper = find_helper(insn.imm);
      if (helper == nullptr || helper->function == nullptr) return refuse();
      // The optimiser may have found a function that does the helper's work.
      as_.call_address(insn.imm64 != 0 ? insn.imm64 : reinterpret_cast<uintptr_t>(helper->function));
      break;
    }
    case Op::kCallLocal: {
      const size_t callee = subprogram_at(insn.target);
      if (callee >= cx_.entries.size()) return refuse();
      if (cx_.tail_callers[callee]) as_.load(Mnemonic::kLd, kTailCallCount, tail_count_at_, Reg::kSp);
      as_.call(cx_.entries[callee]);
      zero_ext_ &= ~kCallClobbers;
      sign_ext_ &= ~kCallClobbers;
      return;
    }
    case Op::kCallIndirect:
      // r0's register is that of the C convention's sixth argument.
      as_.move(reg(0), read(insn.dst, kScratch0));
      as_.call_address(reinterpret_cast<uintptr_t>(&call_helper_by_id));
      break;
    default:
      return refuse();  // kCallKfunc: there are none
  }
  as_.move(reg(0), Reg::kA0);
  zero_ext_ &= static_cast<RegSet>(~kCallClobbers);
  sign_ext_ &= static_cast<RegSet>(~kCallClobbers);
}

// Legacy packet access: r0 = load_packet(r6, offset, size); outside of the packet the function returns 0.
void Translator::packet_load(const Insn& insn) {
  if (insn.op == Op::kLoadAbs) {
    constant(Reg::kA1, static_cast<uint64_t>(static_cast<int64_t>(insn.imm)));
  } else if (fits_signed(insn.imm, 12)) {
    as_.i(Mnemonic::kAddiw, Reg::kA1, read(insn.src, kScratch0), insn.imm);
  } else {
    as_.r(Mnemonic::kAddw, Reg::kA1, read(insn.src, kScratch0), constant_operand(insn.imm, kScratch1));
  }
  as_.move(Reg::kA0, reg(6));
  constant(Reg::kA2, insn.size);
  as_.call_address(reinterpret_cast<uintptr_t>(&load_packet));
  as_.move(reg(0), Reg::kA0);
  const Label inside = as_.new_label();
  as_.branch(Mnemonic::kBge, Reg::kA0, Reg::kZero, inside);
  constant(reg(0), 0);
  as_.jump(exit_label_);
  as_.bind(inside);
  zero_ext_ &= static_cast<RegSet>(~kCallClobbers);
  sign_ext_ &= static_cast<RegSet>(~kCallClobbers);
  set_ext(0, insn.size < 4 ? kBothExt : kZeroExt);
}

// One epilogue per function, at its last exit; the others jump there. Without a frame there is nothing to share.
void Translator::exit() {
  exits_left_--;
  if (exits_left_ != 0 && frame_bytes_ != 0) return as_.jump(exit_label_);
  if (exits_left_ == 0) {
    as_.bind(exit_label_);
    exit_bound_ = true;
  }
  emit_epilogue();
}

void Translator::load_imm64(const Insn& insn) {
  const Reg rd = reg(insn.dst);
  if (insn.pseudo == Pseudo::kFunc) {
    const size_t callback = subprogram_at(insn.target);
    if (callback < cx_.stubs.size()) return as_.label_address(rd, cx_.stubs[callback]), set_ext(insn.dst, kNone);
  }
  constant(rd, insn.imm64);
  const auto as_signed = static_cast<int64_t>(insn.imm64);
  set_ext(insn.dst, static_cast<Ext>((insn.imm64 >> 32 == 0 ? kZeroExt : kNone) |
                                     (as_signed == static_cast<int32_t>(as_signed) ? kSignExt : kNone)));
}

}  // namespace skep::bpf::jit
