// Machine instructions as values, and their bytes. One table names every instruction that this project emits: I, M, A,
// Zba, Zbb and the system instructions it needs. compress() finds the 2-byte form of the C extension. Pure, constexpr.
// The RISC-V Instruction Set Manual, Volume I; "Zba", "Zbb": its "B Standard Extension for Bit Manipulation".
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <optional>
#include <string_view>

#include "arch/riscv/insn/reg.h"

namespace skep::riscv {

// Which fields an instruction has and what its assembly line looks like.
enum class Format : uint8_t {
  kR,             // add rd, rs1, rs2
  kUnary,         // clz rd, rs1
  kI,             // addi rd, rs1, imm     -2048 … 2047
  kShift6,        // slli rd, rs1, imm     0 … 63
  kShift5,        // slliw rd, rs1, imm    0 … 31
  kLoad,          // ld rd, imm(rs1)
  kStore,         // sd rs2, imm(rs1)
  kBranch,        // beq rs1, rs2, imm     even, ±4 KiB
  kU,             // lui rd, imm           the 20 bits, as -524288 … 524287
  kJ,             // jal rd, imm           even, ±1 MiB
  kAmo,           // amoadd.d rd, rs2, (rs1)
  kLoadReserved,  // lr.d rd, (rs1)
  kCsr,           // csrrw rd, csr, rs1    csr number in imm
  kPlain,         // ecall
};

// X(enumerator, assembly name, format, fixed bits)
#define SKEP_RV64_BASE(X)                           \
  X(kLui, "lui", kU, 0x00000037)                    \
  X(kAuipc, "auipc", kU, 0x00000017)                \
  X(kJal, "jal", kJ, 0x0000006f)                    \
  X(kJalr, "jalr", kLoad, 0x00000067)               \
  X(kBeq, "beq", kBranch, 0x00000063)               \
  X(kBne, "bne", kBranch, 0x00001063)               \
  X(kBlt, "blt", kBranch, 0x00004063)               \
  X(kBge, "bge", kBranch, 0x00005063)               \
  X(kBltu, "bltu", kBranch, 0x00006063)             \
  X(kBgeu, "bgeu", kBranch, 0x00007063)             \
  X(kLb, "lb", kLoad, 0x00000003)                   \
  X(kLh, "lh", kLoad, 0x00001003)                   \
  X(kLw, "lw", kLoad, 0x00002003)                   \
  X(kLd, "ld", kLoad, 0x00003003)                   \
  X(kLbu, "lbu", kLoad, 0x00004003)                 \
  X(kLhu, "lhu", kLoad, 0x00005003)                 \
  X(kLwu, "lwu", kLoad, 0x00006003)                 \
  X(kSb, "sb", kStore, 0x00000023)                  \
  X(kSh, "sh", kStore, 0x00001023)                  \
  X(kSw, "sw", kStore, 0x00002023)                  \
  X(kSd, "sd", kStore, 0x00003023)                  \
  X(kAddi, "addi", kI, 0x00000013)                  \
  X(kSlti, "slti", kI, 0x00002013)                  \
  X(kSltiu, "sltiu", kI, 0x00003013)                \
  X(kXori, "xori", kI, 0x00004013)                  \
  X(kOri, "ori", kI, 0x00006013)                    \
  X(kAndi, "andi", kI, 0x00007013)                  \
  X(kSlli, "slli", kShift6, 0x00001013)             \
  X(kSrli, "srli", kShift6, 0x00005013)             \
  X(kSrai, "srai", kShift6, 0x40005013)             \
  X(kAddiw, "addiw", kI, 0x0000001b)                \
  X(kSlliw, "slliw", kShift5, 0x0000101b)           \
  X(kSrliw, "srliw", kShift5, 0x0000501b)           \
  X(kSraiw, "sraiw", kShift5, 0x4000501b)           \
  X(kAdd, "add", kR, 0x00000033)                    \
  X(kSub, "sub", kR, 0x40000033)                    \
  X(kSll, "sll", kR, 0x00001033)                    \
  X(kSlt, "slt", kR, 0x00002033)                    \
  X(kSltu, "sltu", kR, 0x00003033)                  \
  X(kXor, "xor", kR, 0x00004033)                    \
  X(kSrl, "srl", kR, 0x00005033)                    \
  X(kSra, "sra", kR, 0x40005033)                    \
  X(kOr, "or", kR, 0x00006033)                      \
  X(kAnd, "and", kR, 0x00007033)                    \
  X(kAddw, "addw", kR, 0x0000003b)                  \
  X(kSubw, "subw", kR, 0x4000003b)                  \
  X(kSllw, "sllw", kR, 0x0000103b)                  \
  X(kSrlw, "srlw", kR, 0x0000503b)                  \
  X(kSraw, "sraw", kR, 0x4000503b)                  \
  X(kFenceRwRw, "fence rw, rw", kPlain, 0x0330000f) \
  X(kFenceRwW, "fence rw, w", kPlain, 0x0310000f)   \
  X(kFenceRRw, "fence r, rw", kPlain, 0x0230000f)   \
  X(kFenceI, "fence.i", kPlain, 0x0000100f)         \
  X(kEcall, "ecall", kPlain, 0x00000073)            \
  X(kEbreak, "ebreak", kPlain, 0x00100073)          \
  X(kCsrrw, "csrrw", kCsr, 0x00001073)              \
  X(kCsrrs, "csrrs", kCsr, 0x00002073)              \
  X(kCsrrc, "csrrc", kCsr, 0x00003073)

#define SKEP_RV64_M(X)                 \
  X(kMul, "mul", kR, 0x02000033)       \
  X(kMulh, "mulh", kR, 0x02001033)     \
  X(kMulhsu, "mulhsu", kR, 0x02002033) \
  X(kMulhu, "mulhu", kR, 0x02003033)   \
  X(kDiv, "div", kR, 0x02004033)       \
  X(kDivu, "divu", kR, 0x02005033)     \
  X(kRem, "rem", kR, 0x02006033)       \
  X(kRemu, "remu", kR, 0x02007033)     \
  X(kMulw, "mulw", kR, 0x0200003b)     \
  X(kDivw, "divw", kR, 0x0200403b)     \
  X(kDivuw, "divuw", kR, 0x0200503b)   \
  X(kRemw, "remw", kR, 0x0200603b)     \
  X(kRemuw, "remuw", kR, 0x0200703b)

// Atomics in the two orderings that BPF's need: relaxed, and sequentially consistent (.aqrl).
#define SKEP_RV64_A(X)                                 \
  X(kLrW, "lr.w", kLoadReserved, 0x1000202f)           \
  X(kLrD, "lr.d", kLoadReserved, 0x1000302f)           \
  X(kLrWAqrl, "lr.w.aqrl", kLoadReserved, 0x1600202f)  \
  X(kLrDAqrl, "lr.d.aqrl", kLoadReserved, 0x1600302f)  \
  X(kScW, "sc.w", kAmo, 0x1800202f)                    \
  X(kScD, "sc.d", kAmo, 0x1800302f)                    \
  X(kScWRl, "sc.w.rl", kAmo, 0x1a00202f)               \
  X(kScDRl, "sc.d.rl", kAmo, 0x1a00302f)               \
  X(kAmoswapWAqrl, "amoswap.w.aqrl", kAmo, 0x0e00202f) \
  X(kAmoswapDAqrl, "amoswap.d.aqrl", kAmo, 0x0e00302f) \
  X(kAmoaddW, "amoadd.w", kAmo, 0x0000202f)            \
  X(kAmoaddD, "amoadd.d", kAmo, 0x0000302f)            \
  X(kAmoxorW, "amoxor.w", kAmo, 0x2000202f)            \
  X(kAmoxorD, "amoxor.d", kAmo, 0x2000302f)            \
  X(kAmoandW, "amoand.w", kAmo, 0x6000202f)            \
  X(kAmoandD, "amoand.d", kAmo, 0x6000302f)            \
  X(kAmoorW, "amoor.w", kAmo, 0x4000202f)              \
  X(kAmoorD, "amoor.d", kAmo, 0x4000302f)              \
  X(kAmoaddWAqrl, "amoadd.w.aqrl", kAmo, 0x0600202f)   \
  X(kAmoaddDAqrl, "amoadd.d.aqrl", kAmo, 0x0600302f)   \
  X(kAmoxorWAqrl, "amoxor.w.aqrl", kAmo, 0x2600202f)   \
  X(kAmoxorDAqrl, "amoxor.d.aqrl", kAmo, 0x2600302f)   \
  X(kAmoandWAqrl, "amoand.w.aqrl", kAmo, 0x6600202f)   \
  X(kAmoandDAqrl, "amoand.d.aqrl", kAmo, 0x6600302f)   \
  X(kAmoorWAqrl, "amoor.w.aqrl", kAmo, 0x4600202f)     \
  X(kAmoorDAqrl, "amoor.d.aqrl", kAmo, 0x4600302f)

#define SKEP_RV64_ZBA(X)                    \
  X(kAddUw, "add.uw", kR, 0x0800003b)       \
  X(kSh1add, "sh1add", kR, 0x20002033)      \
  X(kSh2add, "sh2add", kR, 0x20004033)      \
  X(kSh3add, "sh3add", kR, 0x20006033)      \
  X(kSh1addUw, "sh1add.uw", kR, 0x2000203b) \
  X(kSh2addUw, "sh2add.uw", kR, 0x2000403b) \
  X(kSh3addUw, "sh3add.uw", kR, 0x2000603b) \
  X(kSlliUw, "slli.uw", kShift6, 0x0800101b)

#define SKEP_RV64_ZBB(X)                  \
  X(kAndn, "andn", kR, 0x40007033)        \
  X(kOrn, "orn", kR, 0x40006033)          \
  X(kXnor, "xnor", kR, 0x40004033)        \
  X(kClz, "clz", kUnary, 0x60001013)      \
  X(kCtz, "ctz", kUnary, 0x60101013)      \
  X(kCpop, "cpop", kUnary, 0x60201013)    \
  X(kSextB, "sext.b", kUnary, 0x60401013) \
  X(kSextH, "sext.h", kUnary, 0x60501013) \
  X(kZextH, "zext.h", kUnary, 0x0800403b) \
  X(kMin, "min", kR, 0x0a004033)          \
  X(kMinu, "minu", kR, 0x0a005033)        \
  X(kMax, "max", kR, 0x0a006033)          \
  X(kMaxu, "maxu", kR, 0x0a007033)        \
  X(kRol, "rol", kR, 0x60001033)          \
  X(kRor, "ror", kR, 0x60005033)          \
  X(kRolw, "rolw", kR, 0x6000103b)        \
  X(kRorw, "rorw", kR, 0x6000503b)        \
  X(kRori, "rori", kShift6, 0x60005013)   \
  X(kRoriw, "roriw", kShift5, 0x6000501b) \
  X(kOrcB, "orc.b", kUnary, 0x28705013)   \
  X(kRev8, "rev8", kUnary, 0x6b805013)

#define SKEP_RV64_ALL(X) SKEP_RV64_BASE(X) SKEP_RV64_M(X) SKEP_RV64_A(X) SKEP_RV64_ZBA(X) SKEP_RV64_ZBB(X)

enum class Mnemonic : uint8_t {
#define SKEP_X(id, name, format, bits) id,
  SKEP_RV64_ALL(SKEP_X)
#undef SKEP_X
};

struct MnemonicInfo {
  std::string_view name;
  Format format;
  uint32_t bits;
};

inline constexpr MnemonicInfo kMnemonics[] = {
#define SKEP_X(id, name, format, bits) {name, Format::format, bits},
    SKEP_RV64_ALL(SKEP_X)
#undef SKEP_X
};
inline constexpr size_t kMnemonicCount = sizeof(kMnemonics) / sizeof(kMnemonics[0]);
static_assert(kMnemonicCount < 192, "the values above are the JIT assembler's pseudo-instructions");

constexpr const MnemonicInfo& info(Mnemonic m) { return kMnemonics[static_cast<size_t>(m)]; }

// One machine instruction; what its format does not have is zero.
struct Instruction {
  Mnemonic op = Mnemonic::kAddi;
  Reg rd = Reg::kZero;
  Reg rs1 = Reg::kZero;
  Reg rs2 = Reg::kZero;
  int32_t imm = 0;

  bool operator==(const Instruction&) const = default;
};
static_assert(sizeof(Instruction) == 8);

// True when the immediate is one that the format can hold.
constexpr bool immediate_fits(Format format, int32_t imm);

// The 4-byte encoding. The immediate fits (immediate_fits).
constexpr uint32_t encode(const Instruction& insn);

// The 2-byte encoding of an instruction with the same effect, where the C extension has one.
constexpr std::optional<uint16_t> compress(const Instruction& insn);
// The same for callers that count instructions: 0, which is no instruction, where there is none.
constexpr uint16_t compress_or_zero(const Instruction& insn);

constexpr bool fits_signed(int64_t value, uint32_t bits) {
  return value >= -(int64_t{1} << (bits - 1)) && value < (int64_t{1} << (bits - 1));
}

}  // namespace skep::riscv

#include "arch/riscv/insn/compress_impl.h"
#include "arch/riscv/insn/encode_impl.h"
