// The text form of instructions: that of Linux's verifier log and of `bpftool prog dump xlated`.
#include "bpf/isa/decode.h"
#include "bpf/isa/table.h"

namespace skep::bpf {
namespace {

struct Signed {  // printf's %+d
  int64_t value;
};

void put(TextSink& out, Signed s) {
  if (s.value >= 0) out.write("+");
  format_to(out, "{}", s.value);
}

// "*(u64 *)(r10 -8)" without the leading star.
void put_address(TextSink& out, char kind, const Insn& insn, uint8_t base) {
  format_to(out, "({}{} *)(r{} ", kind, insn.size * 8, base);
  put(out, Signed{insn.offset});
  out.write(")");
}

void put_goto(TextSink& out, const Insn& insn, InsnIndex at) {
  out.write("pc");
  put(out, Signed{static_cast<int32_t>(insn.target - at - 1)});
}

std::string_view swap_name(Op op) {
  switch (op) {
    case Op::kToLe:
      return "le";
    case Op::kToBe:
      return "be";
    default:
      return "bswap";
  }
}

}  // namespace

void disassemble(TextSink& out, const Insn& insn, InsnIndex at, HelperName helper_name) {
  const InsnRow* row = find_insn_row(insn);
  if (insn.second_slot || row == nullptr) {
    out.write("(00) second half of the instruction before");
    return;
  }
  const char w = insn.width == Width::k32 ? 'w' : 'r';
  format_to(out, "({02x}) ", row->opcode);
  switch (row->syntax) {
    case Syntax::kAluImm:
      return format_to(out, "{}{} {} {}", w, insn.dst, alu_symbol(insn.op), insn.imm);
    case Syntax::kAluReg:
      return format_to(out, "{}{} {} {}{}", w, insn.dst, alu_symbol(insn.op), w, insn.src);
    case Syntax::kNeg:
      return format_to(out, "{}{} = -{}{}", w, insn.dst, w, insn.dst);
    case Syntax::kMovSx:
      return format_to(out, "{}{} = (s{}){}{}", w, insn.dst, insn.size * 8, w, insn.src);
    case Syntax::kSwap:
      return format_to(out, "r{} = {}{} r{}", insn.dst, swap_name(insn.op), insn.size * 8, insn.dst);
    case Syntax::kGoto:
      out.write("goto ");
      return put_goto(out, insn, at);
    case Syntax::kGotoLong:
      out.write("gotol ");
      return put_goto(out, insn, at);
    case Syntax::kMayGoto:
      out.write("may_goto ");
      return put_goto(out, insn, at);
    case Syntax::kJumpImm:
      format_to(out, "if {}{} {} {#x} goto ", w, insn.dst, jump_symbol(insn.op), static_cast<uint32_t>(insn.imm));
      return put_goto(out, insn, at);
    case Syntax::kJumpReg:
      format_to(out, "if {}{} {} {}{} goto ", w, insn.dst, jump_symbol(insn.op), w, insn.src);
      return put_goto(out, insn, at);
    case Syntax::kCallHelper: {
      const std::string_view name = helper_name != nullptr ? helper_name(insn.imm) : std::string_view{};
      if (name.empty()) return format_to(out, "call unknown#{}", insn.imm);
      return format_to(out, "call bpf_{}#{}", name, insn.imm);
    }
    case Syntax::kCallLocal:
      out.write("call ");
      return put_goto(out, insn, at);
    case Syntax::kCallKfunc:
      return format_to(out, "call kernel-function#{}", insn.imm);
    case Syntax::kCallRegister:
      return format_to(out, "callx r{}", insn.dst);
    case Syntax::kExit:
      return out.write("exit");
    case Syntax::kLoad:
      format_to(out, "r{} = *", insn.dst);
      return put_address(out, insn.op == Op::kLoadSx ? 's' : 'u', insn, insn.src);
    case Syntax::kStoreReg:
      out.write("*");
      put_address(out, 'u', insn, insn.dst);
      return format_to(out, " = r{}", insn.src);
    case Syntax::kStoreImm:
      out.write("*");
      put_address(out, 'u', insn, insn.dst);
      return format_to(out, " = {}", insn.imm);
    case Syntax::kAtomic: {
      out.write("lock *");
      put_address(out, 'u', insn, insn.dst);
      const std::string_view symbol = insn.atomic == AtomicOp::kAdd   ? "+="
                                      : insn.atomic == AtomicOp::kOr  ? "|="
                                      : insn.atomic == AtomicOp::kAnd ? "&="
                                                                      : "^=";
      return format_to(out, " {} r{}", symbol, insn.src);
    }
    case Syntax::kAtomicFetch:
      format_to(out, "r{} = atomic{}_fetch_{}(", insn.src, insn.size == 8 ? "64" : "", atomic_name(insn.atomic));
      put_address(out, 'u', insn, insn.dst);
      return format_to(out, ", r{})", insn.src);
    case Syntax::kAtomicXchg:
      format_to(out, "r{} = atomic{}_xchg(", insn.src, insn.size == 8 ? "64" : "");
      put_address(out, 'u', insn, insn.dst);
      return format_to(out, ", r{})", insn.src);
    case Syntax::kAtomicCmpXchg:
      format_to(out, "r0 = atomic{}_cmpxchg(", insn.size == 8 ? "64" : "");
      put_address(out, 'u', insn, insn.dst);
      return format_to(out, ", r0, r{})", insn.src);
    case Syntax::kLoadAcquire:
      format_to(out, "r{} = load_acquire(", insn.dst);
      put_address(out, 'u', insn, insn.src);
      return out.write(")");
    case Syntax::kStoreRelease:
      out.write("store_release(");
      put_address(out, 'u', insn, insn.dst);
      return format_to(out, ", r{})", insn.src);
    case Syntax::kLoadImm64:
      return format_to(out, "r{} = {#x}", insn.dst, insn.imm64);
    case Syntax::kPacketAbs:
      return format_to(out, "r0 = *(u{} *)skb[{}]", insn.size * 8, insn.imm);
    case Syntax::kPacketInd:
      return format_to(out, "r0 = *(u{} *)skb[r{} + {}]", insn.size * 8, insn.src, insn.imm);
  }
}

}  // namespace skep::bpf
