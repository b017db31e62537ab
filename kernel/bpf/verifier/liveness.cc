// Which registers an instruction's successors may still read, by data flow against the program's direction. Static: it
// holds for every path, so pruning may ignore the other registers, and the JIT may leave upper halves dirty that nobody
// reads.
#include "bpf/helpers/helper.h"
#include "bpf/verifier/cfg.h"

namespace skep::bpf::verifier {
namespace {

constexpr uint16_t bit(uint32_t reg) { return static_cast<uint16_t>(1u << reg); }
constexpr uint16_t kArguments = 0x3e;      // r1 … r5
constexpr uint16_t kClobbered = 0x3f;      // r0 … r5
constexpr uint16_t kAllRegisters = 0x7ff;  // with r10
// A program whose loops nest deeper than this many sweeps can settle is treated as if everything were live.
constexpr int kMaxSweeps = 64;

RegisterUse helper_use(const Insn& insn) {
  RegisterUse use{.reads = kArguments, .reads_upper = kArguments, .writes = kClobbered};
  // Helpers that look at more registers than their row names (trace_printk) have them checked by nobody; keep all live.
  (void)insn;
  return use;
}

}  // namespace

RegisterUse register_use(const Insn& insn) {
  RegisterUse use;
  const uint16_t dst = bit(insn.dst);
  const uint16_t src = insn.use_imm ? uint16_t{0} : bit(insn.src);
  const bool wide = insn.width == Width::k64;
  switch (insn.op) {
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
      use = {static_cast<uint16_t>(dst | src), wide ? static_cast<uint16_t>(dst | src) : uint16_t{0}, dst};
      break;
    case Op::kLsh:
    case Op::kRsh:
    case Op::kArsh:  // a shift's count is taken modulo the width
      use = {static_cast<uint16_t>(dst | src), wide ? dst : uint16_t{0}, dst};
      break;
    case Op::kNeg:
      use = {dst, wide ? dst : uint16_t{0}, dst};
      break;
    case Op::kMov:
      use = {src, wide ? src : uint16_t{0}, dst};
      break;
    case Op::kMovSx:
      use = {src, 0, dst};
      break;
    case Op::kToLe:
    case Op::kToBe:
    case Op::kBswap:
      use = {dst, insn.size == 8 ? dst : uint16_t{0}, dst};
      break;
    case Op::kJa:
    case Op::kMayGoto:
    case Op::kLoadImm64:
      if (insn.op == Op::kLoadImm64) use.writes = dst;
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
      use = {static_cast<uint16_t>(dst | src), wide ? static_cast<uint16_t>(dst | src) : uint16_t{0}, 0};
      break;
    case Op::kCallHelper:
    case Op::kCallKfunc:
    case Op::kCallIndirect:
      use = helper_use(insn);
      if (insn.op == Op::kCallIndirect) use.reads |= dst, use.reads_upper |= dst;
      break;
    case Op::kCallLocal:
      use = {kArguments, kArguments, kClobbered};
      break;
    case Op::kExit:
      use = {bit(0), bit(0), 0};
      break;
    case Op::kLoad:
    case Op::kLoadSx:
      use = {bit(insn.src), bit(insn.src), dst};
      break;
    case Op::kStoreReg:
      use = {static_cast<uint16_t>(dst | bit(insn.src)),
             static_cast<uint16_t>(insn.size == 8 ? dst | bit(insn.src) : dst), 0};
      break;
    case Op::kStoreImm:
      use = {dst, dst, 0};
      break;
    case Op::kAtomic: {
      const uint16_t operand = bit(insn.src);
      use.reads = dst | operand;
      use.reads_upper = insn.size == 8 ? use.reads : dst;
      if (insn.atomic == AtomicOp::kCmpXchg) {
        use.reads |= bit(0);
        if (insn.size == 8) use.reads_upper |= bit(0);
        use.writes = bit(0);
      } else if (insn.atomic >= AtomicOp::kFetchAdd && insn.atomic <= AtomicOp::kXchg) {
        use.writes = operand;
      } else if (insn.atomic == AtomicOp::kLoadAcquire) {
        use = {operand, operand, dst};
      }
      break;
    }
    case Op::kLoadAbs:
      use = {bit(6), bit(6), kClobbered};
      break;
    case Op::kLoadInd:
      use = {static_cast<uint16_t>(bit(6) | bit(insn.src)), bit(6), kClobbered};
      break;
  }
  return use;
}

Result<void> compute_liveness(Shape& shape) {
  const auto count = static_cast<InsnIndex>(shape.code.size());
  TRY(shape.live.resize(count));
  ScratchVec<RegisterUse> uses(shape.scratch);
  TRY(uses.resize(count));
  // Against the text's direction one sweep settles all but what jumps backwards bring.
  bool has_back_edge = false;
  bool again = true;
  for (int sweep = 0; again; sweep++) {
    again = false;
    if (sweep == kMaxSweeps) {
      for (LiveRegisters& live : shape.live) live = {kAllRegisters, kAllRegisters};
      break;
    }
    for (InsnIndex i = count; i-- > 0;) {
      const Insn& insn = shape.code[i];
      if (insn.second_slot) continue;
      const InsnIndex next = i + (insn.op == Op::kLoadImm64 ? 2 : 1);
      LiveRegisters live;
      if (insn.op != Op::kExit && insn.op != Op::kJa && next < count) live = shape.live[next];
      if (insn.op == Op::kJa || insn.op == Op::kMayGoto || is_conditional_jump(insn.op)) {
        has_back_edge = has_back_edge || insn.target <= i;
        live.add(shape.live[insn.target]);
      }
      if (sweep == 0) uses[i] = register_use(insn);
      const RegisterUse& use = uses[i];
      live.remove(use.writes);
      live.add({use.reads, use.reads_upper});
      if (live == shape.live[i]) continue;
      shape.live[i] = live;
      // Where a jump leads is marked as a place where paths may meet (cfg.cc).
      again = again || (has_back_edge && shape.is_prune_point[i] != 0);
    }
  }
  return {};
}

}  // namespace skep::bpf::verifier
