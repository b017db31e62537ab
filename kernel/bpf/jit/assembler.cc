#include "bpf/jit/assembler.h"

#include <algorithm>

namespace skep::bpf::jit {

void Assembler::reserve(size_t halfwords, size_t pending, size_t labels) {
  // Best effort: emit() and new_label() report what still fails.
  (void)room_.resize_for_overwrite(halfwords);
  (void)pending_.reserve(pending);
  (void)labels_.reserve(labels);
}

// The hottest functions of the compiler: two, and without other calls, so that neither needs a frame.
void Assembler::put(Mnemonic op, Reg rd, Reg rs1, Reg rs2, int32_t imm) {
  if (discards_) return;
  if (filled_ + 2 > room_.size()) [[unlikely]]
    return grow_and_put(op, rd, rs1, rs2, imm);
  const uint16_t half = riscv::compress_or_zero({.op = op, .rd = rd, .rs1 = rs1, .rs2 = rs2, .imm = imm});
  if (half == 0) return put_word(op, rd, rs1, rs2, imm);
  room_[filled_++] = half;
}

// There is room.
[[gnu::noinline]] void Assembler::put_word(Mnemonic op, Reg rd, Reg rs1, Reg rs2, int32_t imm) {
  const uint32_t word = riscv::encode({.op = op, .rd = rd, .rs1 = rs1, .rs2 = rs2, .imm = imm});
  uint16_t* const at = room_.data() + filled_;
  at[0] = static_cast<uint16_t>(word);
  at[1] = static_cast<uint16_t>(word >> 16);
  filled_ += 2;
}

[[gnu::noinline]] void Assembler::grow_and_put(Mnemonic op, Reg rd, Reg rs1, Reg rs2, int32_t imm) {
  constexpr size_t kLeast = 64;
  if (!room_.resize_for_overwrite(std::max(kLeast, room_.size() * 2))) {
    failed_ = true;
  } else {
    put(op, rd, rs1, rs2, imm);
  }
}

void Assembler::defer(const Instruction& insn) {
  if (discards_) return;
  if (!pending_.push_back({insn, filled_})) failed_ = true;
}

void Assembler::call_address(uint64_t address) {
  if (discards_) return;
  // Programs call few different functions, and mostly the same one again.
  uint32_t index = 0;
  while (index < addresses_.size() && addresses_[index] != address) index++;
  if (index == addresses_.size() && !addresses_.push_back(address)) failed_ = true;
  defer({.op = kCallAddress, .imm = static_cast<int32_t>(index)});
}

void Assembler::load_literal(Reg rd, uint64_t value) {
  if (discards_) return;
  constexpr size_t kRemembered = 16;  // a program uses the same few again and again
  size_t index = literals_.size();
  for (size_t n = literals_.size(); n-- > 0 && literals_.size() - n <= kRemembered;) {
    if (literals_[n] == value) index = n;
  }
  if (index == literals_.size() && !literals_.push_back(value)) failed_ = true;
  defer({.op = kLoadLiteral, .rd = rd, .imm = static_cast<int32_t>(index)});
}

void Assembler::new_labels(size_t count) {
  if (!labels_.resize(labels_.size() + count)) failed_ = true;
}

Label Assembler::new_label() {
  if (discards_) return Label{0};
  if (!labels_.push_back({})) {
    failed_ = true;
    return Label{0};
  }
  return Label{static_cast<uint32_t>(labels_.size() - 1)};
}

}  // namespace skep::bpf::jit
