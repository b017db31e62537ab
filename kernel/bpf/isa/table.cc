#include "bpf/isa/table.h"

namespace skep::bpf {
namespace {

using Rows = std::array<InsnRow, kInsnRowCount>;

// The fields of a slot (RFC 9669 "Instruction encoding"), which decode() reads as one number.
constexpr void fix_bits(InsnRow& row) {
  const auto fix = [&](const FieldRule& rule, uint32_t first_bit, uint64_t field) {
    if (rule.kind != FieldRule::Kind::kFixed) return;
    row.fixed_bits |= field << first_bit;
    row.fixed_value |= (static_cast<uint64_t>(int64_t{rule.value}) & field) << first_bit;
  };
  fix(exactly(row.opcode), 0, 0xff);
  fix(row.dst, 8, 0xf);
  fix(row.src, 12, 0xf);
  fix(row.off, 16, 0xffff);
  fix(row.imm, 32, 0xffffffff);
}

// Collects rows family by family; a family is what shares its field rules.
struct Builder {
  Rows rows{};
  size_t count = 0;

  constexpr void add(const InsnRow& row) { rows[count++] = row; }

  // RFC 9669 "Arithmetic instructions": dst = dst op (src | imm), in both widths. `off` tells signed division apart.
  constexpr void alu(uint8_t code, Op op, Cpu cpu, int32_t off = 0) {
    const bool div_mul = op == Op::kMul || op == Op::kDiv || op == Op::kMod || op == Op::kSDiv || op == Op::kSMod;
    for (const Width width : {Width::k32, Width::k64}) {
      const uint8_t cls = width == Width::k32 ? BPF_ALU : BPF_ALU64;
      const Group group = width == Width::k32 ? (div_mul ? Group::kDivMul32 : Group::kBase32)
                                              : (div_mul ? Group::kDivMul64 : Group::kBase64);
      InsnRow row{.op = op, .width = width, .dst = kFree, .off = exactly(off), .cpu = cpu, .group = group};
      row.opcode = static_cast<uint8_t>(cls | code | BPF_K);
      row.syntax = Syntax::kAluImm;
      row.imm = kFree;
      add(row);
      row.opcode = static_cast<uint8_t>(cls | code | BPF_X);
      row.syntax = Syntax::kAluReg;
      row.imm = kZero;
      row.src = kFree;
      add(row);
    }
  }

  constexpr void neg() {
    add({.opcode = BPF_ALU | BPF_NEG,
         .op = Op::kNeg,
         .syntax = Syntax::kNeg,
         .width = Width::k32,
         .dst = kFree,
         .group = Group::kBase32});
    add({.opcode = BPF_ALU64 | BPF_NEG, .op = Op::kNeg, .syntax = Syntax::kNeg, .width = Width::k64, .dst = kFree});
  }

  // MOVSX: the offset field holds the number of bits that are extended.
  constexpr void movsx() {
    for (const Width width : {Width::k32, Width::k64}) {
      const uint8_t cls = width == Width::k32 ? BPF_ALU : BPF_ALU64;
      for (const uint8_t bytes : {1, 2, 4}) {
        if (width == Width::k32 && bytes == 4) continue;  // that is a plain 32-bit move
        add({.opcode = static_cast<uint8_t>(cls | BPF_MOV | BPF_X),
             .op = Op::kMovSx,
             .syntax = Syntax::kMovSx,
             .width = width,
             .size = bytes,
             .dst = kFree,
             .src = kFree,
             .off = exactly(bytes * 8),
             .cpu = Cpu::kV4,
             .group = width == Width::k32 ? Group::kBase32 : Group::kBase64});
      }
    }
  }

  // RFC 9669 "Byte swap instructions": imm holds the number of bits.
  constexpr void swap(uint8_t opcode, Op op, Cpu cpu) {
    for (const uint8_t bytes : {2, 4, 8}) {
      add({.opcode = opcode,
           .op = op,
           .syntax = Syntax::kSwap,
           .size = bytes,
           .dst = kFree,
           .imm = exactly(bytes * 8),
           .cpu = cpu,
           .group = bytes == 8 ? Group::kBase64 : Group::kBase32});
    }
  }

  // RFC 9669 "Jump instructions".
  constexpr void jump(uint8_t code, Op op, Cpu cpu) {
    for (const Width width : {Width::k64, Width::k32}) {
      const uint8_t cls = width == Width::k32 ? BPF_JMP32 : BPF_JMP;
      InsnRow row{.op = op,
                  .width = width,
                  .dst = kFree,
                  .off = kDistance,
                  .cpu = width == Width::k32 ? Cpu::kV3 : cpu,
                  .group = width == Width::k32 ? Group::kBase32 : Group::kBase64};
      row.opcode = static_cast<uint8_t>(cls | code | BPF_K);
      row.syntax = Syntax::kJumpImm;
      row.imm = kFree;
      add(row);
      row.opcode = static_cast<uint8_t>(cls | code | BPF_X);
      row.syntax = Syntax::kJumpReg;
      row.imm = kZero;
      row.src = kFree;
      add(row);
    }
  }

  constexpr void control() {
    add({.opcode = BPF_JMP | BPF_JA,
         .op = Op::kJa,
         .syntax = Syntax::kGoto,
         .off = kDistance,
         .group = Group::kBase32});
    add({.opcode = BPF_JMP32 | BPF_JA,
         .op = Op::kJa,
         .syntax = Syntax::kGotoLong,
         .width = Width::k32,
         .imm = kDistance,
         .cpu = Cpu::kV4,
         .group = Group::kBase32});
    add({.opcode = BPF_JMP | BPF_JCOND,
         .op = Op::kMayGoto,
         .syntax = Syntax::kMayGoto,
         .off = kDistance,
         .cpu = Cpu::kLinux,
         .group = Group::kLinux});
    add({.opcode = BPF_JMP | BPF_CALL,
         .op = Op::kCallHelper,
         .syntax = Syntax::kCallHelper,
         .imm = kFree,
         .group = Group::kBase32});
    add({.opcode = BPF_JMP | BPF_CALL,
         .op = Op::kCallLocal,
         .syntax = Syntax::kCallLocal,
         .src = exactly(BPF_PSEUDO_CALL),
         .imm = kDistance,
         .cpu = Cpu::kV3,
         .group = Group::kBase32});
    add({.opcode = BPF_JMP | BPF_CALL,
         .op = Op::kCallKfunc,
         .syntax = Syntax::kCallKfunc,
         .src = exactly(BPF_PSEUDO_KFUNC_CALL),
         .off = kFree,
         .imm = kFree,
         .cpu = Cpu::kV3,
         .group = Group::kBase32});
    add({.opcode = BPF_JMP | BPF_CALL | BPF_X,
         .op = Op::kCallIndirect,
         .syntax = Syntax::kCallRegister,
         .dst = kFree,
         .group = Group::kCallx});
    add({.opcode = BPF_JMP | BPF_EXIT, .op = Op::kExit, .syntax = Syntax::kExit, .group = Group::kBase32});
  }

  // RFC 9669 "Load and store instructions".
  constexpr void memory() {
    constexpr uint8_t kSizeBits[4] = {BPF_B, BPF_H, BPF_W, BPF_DW};
    for (int i = 0; i < 4; i++) {
      const auto bytes = static_cast<uint8_t>(1 << i);
      const Group group = bytes == 8 ? Group::kBase64 : Group::kBase32;
      add({.opcode = static_cast<uint8_t>(BPF_LDX | BPF_MEM | kSizeBits[i]),
           .op = Op::kLoad,
           .syntax = Syntax::kLoad,
           .size = bytes,
           .dst = kFree,
           .src = kFree,
           .off = kFree,
           .group = group});
      if (bytes < 8) {
        add({.opcode = static_cast<uint8_t>(BPF_LDX | BPF_MEMSX | kSizeBits[i]),
             .op = Op::kLoadSx,
             .syntax = Syntax::kLoad,
             .size = bytes,
             .dst = kFree,
             .src = kFree,
             .off = kFree,
             .cpu = Cpu::kV4,
             .group = Group::kBase64});
        add({.opcode = static_cast<uint8_t>(BPF_LD | BPF_ABS | kSizeBits[i]),
             .op = Op::kLoadAbs,
             .syntax = Syntax::kPacketAbs,
             .size = bytes,
             .imm = kFree,
             .group = Group::kPacket});
        add({.opcode = static_cast<uint8_t>(BPF_LD | BPF_IND | kSizeBits[i]),
             .op = Op::kLoadInd,
             .syntax = Syntax::kPacketInd,
             .size = bytes,
             .src = kFree,
             .imm = kFree,
             .group = Group::kPacket});
      }
      add({.opcode = static_cast<uint8_t>(BPF_STX | BPF_MEM | kSizeBits[i]),
           .op = Op::kStoreReg,
           .syntax = Syntax::kStoreReg,
           .size = bytes,
           .dst = kFree,
           .src = kFree,
           .off = kFree,
           .group = group});
      add({.opcode = static_cast<uint8_t>(BPF_ST | BPF_MEM | kSizeBits[i]),
           .op = Op::kStoreImm,
           .syntax = Syntax::kStoreImm,
           .size = bytes,
           .dst = kFree,
           .off = kFree,
           .imm = kFree,
           .group = group});
      const auto atomic_opcode = static_cast<uint8_t>(BPF_STX | BPF_ATOMIC | kSizeBits[i]);
      atomic(atomic_opcode, bytes, Syntax::kLoadAcquire, AtomicOp::kLoadAcquire, 0x100, Cpu::kLinux);
      atomic(atomic_opcode, bytes, Syntax::kStoreRelease, AtomicOp::kStoreRelease, 0x110, Cpu::kLinux);
    }
  }

  constexpr void atomic(uint8_t opcode, uint8_t bytes, Syntax syntax, AtomicOp op, int32_t imm, Cpu cpu) {
    const Group group = cpu == Cpu::kLinux ? Group::kLinux : bytes == 8 ? Group::kAtomic64 : Group::kAtomic32;
    add({.opcode = opcode,
         .op = Op::kAtomic,
         .syntax = syntax,
         .size = bytes,
         .atomic = op,
         .dst = kFree,
         .src = kFree,
         .off = kFree,
         .imm = exactly(imm),
         .cpu = cpu,
         .group = group});
  }

  // RFC 9669 "Atomic operations".
  constexpr void atomics() {
    for (const uint8_t bytes : {4, 8}) {
      const auto opcode = static_cast<uint8_t>(BPF_STX | BPF_ATOMIC | (bytes == 8 ? BPF_DW : BPF_W));
      atomic(opcode, bytes, Syntax::kAtomic, AtomicOp::kAdd, BPF_ADD, Cpu::kV1);
      atomic(opcode, bytes, Syntax::kAtomic, AtomicOp::kOr, BPF_OR, Cpu::kV3);
      atomic(opcode, bytes, Syntax::kAtomic, AtomicOp::kAnd, BPF_AND, Cpu::kV3);
      atomic(opcode, bytes, Syntax::kAtomic, AtomicOp::kXor, BPF_XOR, Cpu::kV3);
      atomic(opcode, bytes, Syntax::kAtomicFetch, AtomicOp::kFetchAdd, BPF_ADD | BPF_FETCH, Cpu::kV3);
      atomic(opcode, bytes, Syntax::kAtomicFetch, AtomicOp::kFetchOr, BPF_OR | BPF_FETCH, Cpu::kV3);
      atomic(opcode, bytes, Syntax::kAtomicFetch, AtomicOp::kFetchAnd, BPF_AND | BPF_FETCH, Cpu::kV3);
      atomic(opcode, bytes, Syntax::kAtomicFetch, AtomicOp::kFetchXor, BPF_XOR | BPF_FETCH, Cpu::kV3);
      atomic(opcode, bytes, Syntax::kAtomicXchg, AtomicOp::kXchg, BPF_XCHG, Cpu::kV3);
      atomic(opcode, bytes, Syntax::kAtomicCmpXchg, AtomicOp::kCmpXchg, BPF_CMPXCHG, Cpu::kV3);
    }
  }

  // RFC 9669 "64-bit immediate instructions": src says what the 64 bits are.
  constexpr void load_imm64(Pseudo pseudo, FieldRule high) {
    add({.opcode = BPF_LD | BPF_IMM | BPF_DW,
         .op = Op::kLoadImm64,
         .syntax = Syntax::kLoadImm64,
         .size = 8,
         .pseudo = pseudo,
         .dst = kFree,
         .src = exactly(static_cast<int32_t>(pseudo)),
         .imm = kFree,
         .imm_high = high});
  }
};

constexpr Rows build() {
  Builder b;
  b.alu(BPF_ADD, Op::kAdd, Cpu::kV1);
  b.alu(BPF_SUB, Op::kSub, Cpu::kV1);
  b.alu(BPF_MUL, Op::kMul, Cpu::kV1);
  b.alu(BPF_DIV, Op::kDiv, Cpu::kV1);
  b.alu(BPF_DIV, Op::kSDiv, Cpu::kV4, 1);
  b.alu(BPF_OR, Op::kOr, Cpu::kV1);
  b.alu(BPF_AND, Op::kAnd, Cpu::kV1);
  b.alu(BPF_LSH, Op::kLsh, Cpu::kV1);
  b.alu(BPF_RSH, Op::kRsh, Cpu::kV1);
  b.neg();
  b.alu(BPF_MOD, Op::kMod, Cpu::kV1);
  b.alu(BPF_MOD, Op::kSMod, Cpu::kV4, 1);
  b.alu(BPF_XOR, Op::kXor, Cpu::kV1);
  b.alu(BPF_MOV, Op::kMov, Cpu::kV1);
  b.movsx();
  b.alu(BPF_ARSH, Op::kArsh, Cpu::kV1);
  b.swap(BPF_ALU | BPF_END | BPF_TO_LE, Op::kToLe, Cpu::kV1);
  b.swap(BPF_ALU | BPF_END | BPF_TO_BE, Op::kToBe, Cpu::kV1);
  b.swap(BPF_ALU64 | BPF_END, Op::kBswap, Cpu::kV4);
  b.control();
  b.jump(BPF_JEQ, Op::kJeq, Cpu::kV1);
  b.jump(BPF_JGT, Op::kJgt, Cpu::kV1);
  b.jump(BPF_JGE, Op::kJge, Cpu::kV1);
  b.jump(BPF_JSET, Op::kJset, Cpu::kV1);
  b.jump(BPF_JNE, Op::kJne, Cpu::kV1);
  b.jump(BPF_JSGT, Op::kJsgt, Cpu::kV1);
  b.jump(BPF_JSGE, Op::kJsge, Cpu::kV1);
  b.jump(BPF_JLT, Op::kJlt, Cpu::kV2);
  b.jump(BPF_JLE, Op::kJle, Cpu::kV2);
  b.jump(BPF_JSLT, Op::kJslt, Cpu::kV2);
  b.jump(BPF_JSLE, Op::kJsle, Cpu::kV2);
  b.memory();
  b.atomics();
  b.load_imm64(Pseudo::kNone, kFree);
  b.load_imm64(Pseudo::kMapFd, kZero);
  b.load_imm64(Pseudo::kMapValue, kFree);
  b.load_imm64(Pseudo::kBtfId, kFree);
  b.load_imm64(Pseudo::kFunc, kFree);
  b.load_imm64(Pseudo::kMapIndex, kZero);
  b.load_imm64(Pseudo::kMapIndexValue, kFree);

  // Gather the rows of each opcode; insertion sort keeps the order inside one opcode.
  for (size_t i = 1; i < b.count; i++) {
    const InsnRow row = b.rows[i];
    size_t j = i;
    for (; j > 0 && b.rows[j - 1].opcode > row.opcode; j--) b.rows[j] = b.rows[j - 1];
    b.rows[j] = row;
  }
  for (InsnRow& row : b.rows) fix_bits(row);
  if (b.count != kInsnRowCount) __builtin_trap();  // not a constant expression: kInsnRowCount is wrong
  return b.rows;
}

constexpr Rows kRows = build();

// kFirstRow[opcode] … kFirstRow[opcode + 1] are the rows of an opcode.
constexpr std::array<uint8_t, 257> index_by_opcode() {
  std::array<uint8_t, 257> first{};
  for (size_t opcode = 0, row = 0; opcode <= 256; opcode++) {
    while (row < kRows.size() && kRows[row].opcode < opcode) row++;
    first[opcode] = static_cast<uint8_t>(row);
  }
  return first;
}
static_assert(kInsnRowCount < 256);
constexpr std::array<uint8_t, 257> kFirstRow = index_by_opcode();

// The numbers of each operation's rows: rows[first[op]] … rows[first[op + 1]].
struct OpIndex {
  std::array<uint8_t, kInsnRowCount> rows{};
  std::array<uint8_t, kOpCount + 1> first{};
};
constexpr OpIndex index_by_op() {
  OpIndex index;
  size_t count = 0;
  for (size_t op = 0; op < kOpCount; op++) {
    index.first[op] = static_cast<uint8_t>(count);
    for (size_t row = 0; row < kRows.size(); row++) {
      if (static_cast<size_t>(kRows[row].op) == op) index.rows[count++] = static_cast<uint8_t>(row);
    }
  }
  index.first[kOpCount] = static_cast<uint8_t>(count);
  return index;
}
constexpr OpIndex kByOp = index_by_op();

constexpr bool overlap(FieldRule a, FieldRule b) {
  return a.kind != FieldRule::Kind::kFixed || b.kind != FieldRule::Kind::kFixed || a.value == b.value;
}
// No slot can match two rows, so the order of rows has no meaning.
constexpr bool rows_are_disjoint() {
  for (size_t i = 0; i < kRows.size(); i++) {
    for (size_t j = i + 1; j < kRows.size() && kRows[j].opcode == kRows[i].opcode; j++) {
      const InsnRow &a = kRows[i], &b = kRows[j];
      if (overlap(a.dst, b.dst) && overlap(a.src, b.src) && overlap(a.off, b.off) && overlap(a.imm, b.imm))
        return false;
    }
  }
  return true;
}
static_assert(rows_are_disjoint());

}  // namespace

std::span<const InsnRow> insn_rows() { return kRows; }

std::span<const InsnRow> insn_rows_of(uint8_t opcode) {
  return std::span(kRows).subspan(kFirstRow[opcode], kFirstRow[opcode + 1] - kFirstRow[opcode]);
}

const InsnRow* find_insn_row(const Insn& insn) {
  const auto op = static_cast<size_t>(insn.op);
  for (uint32_t n = kByOp.first[op]; n < kByOp.first[op + 1]; n++) {
    const InsnRow& row = kRows[kByOp.rows[n]];
    if (row.width == insn.width && row.size == insn.size && row.atomic == insn.atomic && row.pseudo == insn.pseudo &&
        row.uses_imm() == insn.use_imm) {
      return &row;
    }
  }
  return nullptr;
}

std::string_view alu_symbol(Op op) {
  switch (op) {
    case Op::kAdd:
      return "+=";
    case Op::kSub:
      return "-=";
    case Op::kMul:
      return "*=";
    case Op::kDiv:
      return "/=";
    case Op::kSDiv:
      return "s/=";
    case Op::kMod:
      return "%=";
    case Op::kSMod:
      return "s%=";
    case Op::kOr:
      return "|=";
    case Op::kAnd:
      return "&=";
    case Op::kXor:
      return "^=";
    case Op::kLsh:
      return "<<=";
    case Op::kRsh:
      return ">>=";
    case Op::kArsh:
      return "s>>=";
    case Op::kMov:
      return "=";
    default:
      return "";
  }
}

std::string_view jump_symbol(Op op) {
  switch (op) {
    case Op::kJeq:
      return "==";
    case Op::kJne:
      return "!=";
    case Op::kJgt:
      return ">";
    case Op::kJge:
      return ">=";
    case Op::kJlt:
      return "<";
    case Op::kJle:
      return "<=";
    case Op::kJset:
      return "&";
    case Op::kJsgt:
      return "s>";
    case Op::kJsge:
      return "s>=";
    case Op::kJslt:
      return "s<";
    case Op::kJsle:
      return "s<=";
    default:
      return "";
  }
}

std::string_view atomic_name(AtomicOp op) {
  switch (op) {
    case AtomicOp::kAdd:
    case AtomicOp::kFetchAdd:
      return "add";
    case AtomicOp::kOr:
    case AtomicOp::kFetchOr:
      return "or";
    case AtomicOp::kAnd:
    case AtomicOp::kFetchAnd:
      return "and";
    case AtomicOp::kXor:
    case AtomicOp::kFetchXor:
      return "xor";
    case AtomicOp::kXchg:
    case AtomicOp::kCmpXchg:
    case AtomicOp::kLoadAcquire:
    case AtomicOp::kStoreRelease:
      return "";
  }
  return "";
}

}  // namespace skep::bpf
