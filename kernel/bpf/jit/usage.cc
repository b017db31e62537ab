#include "bpf/jit/usage.h"

namespace skep::bpf::jit {

RegSet atomic_writes(const Insn& insn) {
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
      return kNoRegs;
  }
  return kNoRegs;
}

}  // namespace skep::bpf::jit
