#include "bpf/jit/assembler.h"

namespace skep::bpf::jit {

void Assembler::reserve(size_t instructions, size_t labels) {
  // Best effort: emit() and new_label() report what still fails.
  (void)code_.reserve(instructions);
  (void)labels_.reserve(labels);
}

void Assembler::rewind(const Mark& mark) {
  while (code_.size() > mark.instructions) code_.pop_back();
  while (labels_.size() > mark.labels) labels_.pop_back();
  while (addresses_.size() > mark.addresses) addresses_.pop_back();
  while (literals_.size() > mark.literals) literals_.pop_back();
}

void Assembler::emit(const Instruction& insn) {
  if (!code_.push_back(insn)) failed_ = true;
}

void Assembler::call_address(uint64_t address) {
  // Programs call few different functions, and mostly the same one again.
  uint32_t index = 0;
  while (index < addresses_.size() && addresses_[index] != address) index++;
  if (index == addresses_.size() && !addresses_.push_back(address)) failed_ = true;
  emit({.op = kCallAddress, .imm = static_cast<int32_t>(index)});
}

void Assembler::load_literal(Reg rd, uint64_t value) {
  constexpr size_t kRemembered = 16;  // a program uses the same few again and again
  size_t index = literals_.size();
  for (size_t n = literals_.size(); n-- > 0 && literals_.size() - n <= kRemembered;) {
    if (literals_[n] == value) index = n;
  }
  if (index == literals_.size() && !literals_.push_back(value)) failed_ = true;
  emit({.op = kLoadLiteral, .rd = rd, .imm = static_cast<int32_t>(index)});
}

void Assembler::new_labels(size_t count) {
  const size_t first = labels_.size();
  if (!labels_.resize(first + count)) {
    failed_ = true;
    return;
  }
  for (size_t n = first; n < first + count; n++) labels_[n] = kUnbound;
}

Label Assembler::new_label() {
  if (!labels_.push_back(kUnbound)) {
    failed_ = true;
    return Label{0};
  }
  return Label{static_cast<uint32_t>(labels_.size() - 1)};
}

}  // namespace skep::bpf::jit
