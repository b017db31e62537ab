// A buffer of RV64 code whose branches name labels. Instructions are encoded as they come, in their shortest form.
// Those whose bytes depend on where something lies are kept beside the buffer: jit/layout.h decides which form each of
// them takes, and puts all together.
#pragma once

#include <stdint.h>

#include <span>

#include "arch/riscv/insn/encode.h"
#include "bpf/memory.h"

namespace skep::bpf::jit {

using riscv::Instruction;
using riscv::Mnemonic;
using riscv::Reg;

// Instructions that become one or more machine instructions when the layout is known. Conditional branches keep their
// own mnemonic; in the buffer their `imm`, too, is a label.
inline constexpr auto kJumpLabel = static_cast<Mnemonic>(192);     // goto label `imm`
inline constexpr auto kCallLabel = static_cast<Mnemonic>(193);     // call label `imm`
inline constexpr auto kLabelAddress = static_cast<Mnemonic>(194);  // rd = address of label `imm`
inline constexpr auto kCallAddress = static_cast<Mnemonic>(195);   // call absolute address number `imm` of the pool

inline constexpr auto kLoadLiteral = static_cast<Mnemonic>(196);  // rd = 64-bit constant number `imm` of the pool

// Overwritten by jumps and calls that do not reach their target directly: never live across one.
inline constexpr Reg kFarScratch = Reg::kT6;

struct Label {
  uint32_t id = 0;
};

// A place in the code: behind so many halfwords of encoded instructions and so many pending ones.
struct Position {
  uint32_t halfwords = 0;
  uint32_t pending = 0;
};

// An instruction that the layout encodes, and where it stands.
struct Pending {
  Instruction insn;
  uint32_t halfwords = 0;
};

class Assembler {
 public:
  explicit Assembler(Scratch& scratch)
      : room_(scratch), pending_(scratch), labels_(scratch), addresses_(scratch), literals_(scratch) {}

  // Memory for about this much at once; optional.
  void reserve(size_t halfwords, size_t pending, size_t labels);

  // Emitting never fails on the spot: running out of memory is remembered, and failed() says so at the end.
  // What depends on labels and addresses has its own functions.
  void emit(const Instruction& i) { put(i.op, i.rd, i.rs1, i.rs2, i.imm); }
  void r(Mnemonic op, Reg rd, Reg rs1, Reg rs2) { put(op, rd, rs1, rs2, 0); }
  void i(Mnemonic op, Reg rd, Reg rs1, int32_t imm) { put(op, rd, rs1, Reg::kZero, imm); }
  void load(Mnemonic op, Reg rd, int32_t offset, Reg base) { i(op, rd, base, offset); }
  void store(Mnemonic op, Reg value, int32_t offset, Reg base) { put(op, Reg::kZero, base, value, offset); }
  void branch(Mnemonic op, Reg rs1, Reg rs2, Label to) { defer({.op = op, .rs1 = rs1, .rs2 = rs2, .imm = as_imm(to)}); }
  void jump(Label to) { defer({.op = kJumpLabel, .imm = as_imm(to)}); }
  void call(Label to) { defer({.op = kCallLabel, .imm = as_imm(to)}); }
  void label_address(Reg rd, Label of) { defer({.op = kLabelAddress, .rd = rd, .imm = as_imm(of)}); }
  void call_address(uint64_t address);
  // rd = value, loaded from behind the code.
  void load_literal(Reg rd, uint64_t value);
  void move(Reg rd, Reg rs) {
    if (rd != rs) i(Mnemonic::kAddi, rd, rs, 0);
  }

  // Labels are numbered from 0 in the order in which they are made.
  Label new_label();
  void new_labels(size_t count);
  void bind(Label label) {
    if (!discards_) labels_[label.id] = {filled_ + 1, static_cast<uint32_t>(pending_.size())};
  }

  // While it discards, nothing is kept, and labels mean nothing: for translating only to listen.
  void discard(bool on) { discards_ = on; }
  bool discards() const { return discards_; }

  Position here() const { return {filled_, static_cast<uint32_t>(pending_.size())}; }
  void set_failed() { failed_ = true; }
  bool failed() const { return failed_; }
  std::span<const uint16_t> code() const { return room_.span().first(filled_); }
  std::span<const Pending> pending() const { return pending_.span(); }
  bool is_bound(Label label) const { return labels_[label.id].halfwords_plus_1 != 0; }
  // Of a label that is_bound().
  Position position_of(Label label) const {
    const Binding& at = labels_[label.id];
    return {at.halfwords_plus_1 - 1, at.pending};
  }
  std::span<const uint64_t> addresses() const { return addresses_.span(); }
  std::span<const uint64_t> literals() const { return literals_.span(); }

 private:
  struct Binding {  // where a label is; all zeros while that is not known
    uint32_t halfwords_plus_1;
    uint32_t pending;
  };
  static int32_t as_imm(Label l) { return static_cast<int32_t>(l.id); }

  void put(Mnemonic op, Reg rd, Reg rs1, Reg rs2, int32_t imm);
  void put_word(Mnemonic op, Reg rd, Reg rs1, Reg rs2, int32_t imm);
  void grow_and_put(Mnemonic op, Reg rd, Reg rs1, Reg rs2, int32_t imm);
  void defer(const Instruction& insn);

  ScratchVec<uint16_t> room_;  // for code
  uint32_t filled_ = 0;        // of it
  ScratchVec<Pending> pending_;
  ScratchVec<Binding> labels_;
  ScratchVec<uint64_t> addresses_;
  ScratchVec<uint64_t> literals_;
  bool failed_ = false;
  bool discards_ = false;
};

}  // namespace skep::bpf::jit
