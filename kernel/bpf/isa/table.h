// The one table of BPF instructions: a row per legal form, with what each field of the slot may hold and what it means.
// decode(), encode(), disassemble(), assemble() and the tests read it; nothing else knows an opcode byte.
// RFC 9669 "Instruction Set Definition"; legacy packet access and Linux's may_goto, load_acquire, store_release
// besides.
#pragma once

#include <stdint.h>

#include <array>
#include <span>
#include <string_view>

#include "bpf/isa/insn.h"
#include "uapi/bpf.h"

namespace skep::bpf {

// What a field of the slot may hold: one value that selects the form (0 for a reserved field), anything (an operand),
// or a distance in slots from the next instruction.
struct FieldRule {
  enum class Kind : uint8_t { kFixed, kFree, kDistance };
  Kind kind = Kind::kFixed;
  int32_t value = 0;

  constexpr bool allows(int32_t v) const { return kind != Kind::kFixed || v == value; }
};
inline constexpr FieldRule kZero{FieldRule::Kind::kFixed, 0};
inline constexpr FieldRule kFree{FieldRule::Kind::kFree, 0};
inline constexpr FieldRule kDistance{FieldRule::Kind::kDistance, 0};
constexpr FieldRule exactly(int32_t value) { return {FieldRule::Kind::kFixed, value}; }

// How a form is written in text.
enum class Syntax : uint8_t {
  kAluImm,         // r0 += 5
  kAluReg,         // w0 += w1
  kNeg,            // r0 = -r0
  kMovSx,          // r0 = (s8)r1
  kSwap,           // r0 = be16 r0
  kGoto,           // goto pc+1
  kGotoLong,       // gotol pc+1
  kMayGoto,        // may_goto pc+1
  kJumpImm,        // if r0 == 0x1 goto pc+1
  kJumpReg,        // if w0 s< w1 goto pc+1
  kCallHelper,     // call bpf_map_lookup_elem#1
  kCallLocal,      // call pc+1
  kCallKfunc,      // call kernel-function#1
  kCallRegister,   // callx r1
  kExit,           // exit
  kLoad,           // r0 = *(u8 *)(r1 +0)
  kStoreReg,       // *(u8 *)(r1 +0) = r2
  kStoreImm,       // *(u8 *)(r1 +0) = 5
  kAtomic,         // lock *(u64 *)(r1 +0) += r2
  kAtomicFetch,    // r2 = atomic64_fetch_add((u64 *)(r1 +0), r2)
  kAtomicXchg,     // r2 = atomic64_xchg((u64 *)(r1 +0), r2)
  kAtomicCmpXchg,  // r0 = atomic64_cmpxchg((u64 *)(r1 +0), r0, r2)
  kLoadAcquire,    // r0 = load_acquire((u64 *)(r1 +0))
  kStoreRelease,   // store_release((u64 *)(r1 +0), r2)
  kLoadImm64,      // r0 = 0x5
  kPacketAbs,      // r0 = *(u8 *)skb[5]
  kPacketInd,      // r0 = *(u8 *)skb[r1 + 5]
};

// The BPF CPU version (clang -mcpu=) that first has the form. kLinux: not in RFC 9669, newer kernels only.
enum class Cpu : uint8_t { kV1, kV2, kV3, kV4, kLinux };

// RFC 9669 "Conformance groups"; kCallx and kLinux are outside of it.
enum class Group : uint8_t { kBase32, kBase64, kDivMul32, kDivMul64, kAtomic32, kAtomic64, kPacket, kCallx, kLinux };

struct InsnRow {
  uint8_t opcode = 0;
  Op op = Op::kExit;
  Syntax syntax = Syntax::kExit;
  Width width = Width::k64;
  uint8_t size = 0;
  AtomicOp atomic = AtomicOp::kAdd;
  Pseudo pseudo = Pseudo::kNone;
  FieldRule dst = kZero;
  FieldRule src = kZero;
  FieldRule off = kZero;
  FieldRule imm = kZero;
  FieldRule imm_high = kZero;  // imm of an LDDW's second slot
  Cpu cpu = Cpu::kV1;
  Group group = Group::kBase64;

  // What the rules fix of a slot, read as one little-endian number: the slot's `fixed_bits` are `fixed_value`. Filled
  // in from the rules.
  uint64_t fixed_bits = 0;
  uint64_t fixed_value = 0;

  constexpr bool uses_imm() const { return syntax == Syntax::kAluImm || syntax == Syntax::kJumpImm; }
};

inline constexpr size_t kInsnRowCount = 180;

// All rows, those of one opcode byte next to each other.
std::span<const InsnRow> insn_rows();
// The rows of one opcode byte; empty for an unknown opcode.
std::span<const InsnRow> insn_rows_of(uint8_t opcode);
// The row that describes `insn`, nullptr when there is none (a combination that no opcode expresses).
const InsnRow* find_insn_row(const Insn& insn);

// "+=" for kAdd, "s/=" for kSDiv, "" for what is not written that way.
std::string_view alu_symbol(Op op);
// "==" for kJeq, "s<" for kJslt, "" otherwise.
std::string_view jump_symbol(Op op);
// "add" for kAdd and kFetchAdd …, "" for the exchanges.
std::string_view atomic_name(AtomicOp op);

}  // namespace skep::bpf
