// A buffer of RV64 instructions whose branches name labels. Nothing here knows addresses or sizes: jit/layout.h decides
// which form each branch takes and writes the bytes.
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

class Assembler {
 public:
  static constexpr uint32_t kUnbound = ~uint32_t{0};

  // Memory for about this many instructions and labels at once; optional.
  void reserve(size_t instructions, size_t labels);

  // Emitting never fails on the spot: running out of memory is remembered, and failed() says so at the end.
  void emit(const Instruction& insn);
  void r(Mnemonic op, Reg rd, Reg rs1, Reg rs2) { emit({.op = op, .rd = rd, .rs1 = rs1, .rs2 = rs2}); }
  void i(Mnemonic op, Reg rd, Reg rs1, int32_t imm) { emit({.op = op, .rd = rd, .rs1 = rs1, .imm = imm}); }
  void load(Mnemonic op, Reg rd, int32_t offset, Reg base) { i(op, rd, base, offset); }
  void store(Mnemonic op, Reg value, int32_t offset, Reg base) {
    emit({.op = op, .rs1 = base, .rs2 = value, .imm = offset});
  }
  void branch(Mnemonic op, Reg rs1, Reg rs2, Label to) { emit({.op = op, .rs1 = rs1, .rs2 = rs2, .imm = as_imm(to)}); }
  void jump(Label to) { emit({.op = kJumpLabel, .imm = as_imm(to)}); }
  void call(Label to) { emit({.op = kCallLabel, .imm = as_imm(to)}); }
  void label_address(Reg rd, Label of) { emit({.op = kLabelAddress, .rd = rd, .imm = as_imm(of)}); }
  void call_address(uint64_t address);
  // rd = value, loaded from behind the code.
  void load_literal(Reg rd, uint64_t value);
  void move(Reg rd, Reg rs) {
    if (rd != rs) i(Mnemonic::kAddi, rd, rs, 0);
  }

  // Labels are numbered from 0 in the order in which they are made.
  Label new_label();
  void new_labels(size_t count);
  void bind(Label label) { labels_[label.id] = static_cast<uint32_t>(code_.size()); }

  // Where the buffer stands, and back there: for translating once more. Labels made before stay.
  struct Mark {
    size_t instructions, labels, addresses, literals;
  };
  Mark mark() const { return {code_.size(), labels_.size(), addresses_.size(), literals_.size()}; }
  void rewind(const Mark& mark);

  uint32_t here() const { return static_cast<uint32_t>(code_.size()); }
  void set_failed() { failed_ = true; }
  bool failed() const { return failed_; }
  std::span<const Instruction> code() const { return code_.span(); }
  // Index of the instruction that the label stands before; kUnbound for one that was never bound.
  std::span<const uint32_t> labels() const { return labels_.span(); }
  std::span<const uint64_t> addresses() const { return addresses_.span(); }
  std::span<const uint64_t> literals() const { return literals_.span(); }

 private:
  static int32_t as_imm(Label l) { return static_cast<int32_t>(l.id); }

  Vec<Instruction> code_;
  Vec<uint32_t> labels_;
  Vec<uint64_t> addresses_;
  Vec<uint64_t> literals_;
  bool failed_ = false;
};

}  // namespace skep::bpf::jit
