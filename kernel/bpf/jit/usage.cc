#include "bpf/jit/usage.h"

namespace skep::bpf::jit {

bool is_alu(Op op) { return op <= Op::kBswap; }
bool is_jump(Op op) { return op >= Op::kJa && op <= Op::kMayGoto; }
bool is_cond_jump(Op op) { return op >= Op::kJeq && op <= Op::kJsle; }
bool is_call(Op op) { return op >= Op::kCallHelper && op <= Op::kCallIndirect; }
bool clobbers_caller_saved(const Insn& insn) {
  return !insn.second_slot && (is_call(insn.op) || insn.op == Op::kLoadAbs || insn.op == Op::kLoadInd);
}
bool is_tail_call(const Insn& insn) {
  return insn.op == Op::kCallHelper && insn.imm == BPF_FUNC_tail_call && !insn.second_slot;
}

bool reads_src(const Insn& insn) {
  switch (insn.op) {
    case Op::kNeg:
    case Op::kToLe:
    case Op::kToBe:
    case Op::kBswap:
    case Op::kJa:
    case Op::kMayGoto:
    case Op::kCallHelper:
    case Op::kCallLocal:
    case Op::kCallKfunc:
    case Op::kCallIndirect:
    case Op::kExit:
    case Op::kStoreImm:
    case Op::kLoadImm64:
    case Op::kLoadAbs:
      return false;
    case Op::kLoad:
    case Op::kLoadSx:
    case Op::kStoreReg:
    case Op::kAtomic:
    case Op::kLoadInd:
      return true;
    default:
      return !insn.use_imm;
  }
}

bool reads_dst(const Insn& insn) {
  switch (insn.op) {
    case Op::kMov:
    case Op::kMovSx:
    case Op::kLoad:
    case Op::kLoadSx:
    case Op::kLoadImm64:
    case Op::kLoadAbs:
    case Op::kLoadInd:
    case Op::kJa:
    case Op::kMayGoto:
    case Op::kCallHelper:
    case Op::kCallLocal:
    case Op::kCallKfunc:
    case Op::kExit:
      return false;
    case Op::kAtomic:
      return insn.atomic != AtomicOp::kLoadAcquire;
    default:
      return true;
  }
}

RegSet reads(const Insn& insn) {
  RegSet set = 0;
  if (insn.second_slot) return set;
  if (reads_src(insn)) set |= reg_bit(insn.src);
  if (reads_dst(insn)) set |= reg_bit(insn.dst);
  if (is_call(insn.op)) set |= kArguments;
  if (insn.op == Op::kExit) set |= reg_bit(0);
  if (insn.op == Op::kLoadAbs || insn.op == Op::kLoadInd) set |= reg_bit(6);
  if (insn.op == Op::kAtomic && insn.atomic == AtomicOp::kCmpXchg) set |= reg_bit(0);
  return set;
}

RegSet writes(const Insn& insn) {
  if (insn.second_slot) return 0;
  if (is_alu(insn.op)) return reg_bit(insn.dst);
  if (is_call(insn.op) || insn.op == Op::kLoadAbs || insn.op == Op::kLoadInd) return kCallClobbers;
  switch (insn.op) {
    case Op::kLoad:
    case Op::kLoadSx:
    case Op::kLoadImm64:
      return reg_bit(insn.dst);
    case Op::kAtomic:
      switch (insn.atomic) {
        case AtomicOp::kFetchAdd:
        case AtomicOp::kFetchOr:
        case AtomicOp::kFetchAnd:
        case AtomicOp::kFetchXor:
        case AtomicOp::kXchg:
          return reg_bit(insn.src);
        case AtomicOp::kCmpXchg:
          return reg_bit(0);
        case AtomicOp::kLoadAcquire:
          return reg_bit(insn.dst);
        case AtomicOp::kAdd:
        case AtomicOp::kOr:
        case AtomicOp::kAnd:
        case AtomicOp::kXor:
        case AtomicOp::kStoreRelease:
          return 0;
      }
      return 0;
    default:
      return 0;
  }
}

}  // namespace skep::bpf::jit
