#include "bpf/jit/layout.h"

#include <string.h>

#include <algorithm>

#include "bpf/jit/constant.h"

namespace skep::bpf::jit {
namespace {

using riscv::compress;
using riscv::encode;
using riscv::fits_signed;

constexpr uint32_t kRoundsBeforeHaste = 8;    // real programs need two or three
constexpr uint32_t kMaxCodeBytes = 1u << 30;  // keeps every distance inside the ±2 GiB of auipc
constexpr uint32_t kLongestForm = 64;         // a far call: eight instructions of constant and the jump
constexpr uint8_t kFarPair = 8;               // auipc + jalr, auipc + addi

bool is_conditional(Mnemonic op) { return op >= Mnemonic::kBeq && op <= Mnemonic::kBgeu; }
bool depends_on_label(Mnemonic op) { return is_conditional(op) || op == kJumpLabel || op == kCallLabel; }

// beq <-> bne, blt <-> bge, bltu <-> bgeu.
Mnemonic inverse(Mnemonic op) {
  switch (op) {
    case Mnemonic::kBeq:
      return Mnemonic::kBne;
    case Mnemonic::kBne:
      return Mnemonic::kBeq;
    case Mnemonic::kBlt:
      return Mnemonic::kBge;
    case Mnemonic::kBge:
      return Mnemonic::kBlt;
    case Mnemonic::kBltu:
      return Mnemonic::kBgeu;
    default:
      return Mnemonic::kBltu;
  }
}

Instruction with_imm(Instruction insn, int64_t imm) {
  insn.imm = static_cast<int32_t>(imm);
  return insn;
}

[[gnu::noinline]] uint8_t encoded_size(const Instruction& insn) { return compress(insn) ? 2 : 4; }

// The branch that skips `over` bytes of a longer form when the condition does not hold.
Instruction skip(const Instruction& branch, int32_t over) {
  Instruction insn = with_imm(branch, over);
  insn.op = inverse(branch.op);
  return insn;
}

// The two halves of a ±2 GiB distance for auipc and the instruction after it.
int32_t high20(int64_t distance) { return static_cast<int32_t>((distance + 0x800) >> 12); }
int32_t low12(int64_t distance) { return static_cast<int32_t>(distance - ((distance + 0x800) >> 12 << 12)); }

bool reaches_by_auipc(int64_t distance) {
  return distance >= -(int64_t{1} << 31) - 0x800 && distance < (int64_t{1} << 31) - 0x800;
}

class Writer {
 public:
  explicit Writer(uint8_t* out) : at_(out) {}
  [[gnu::noinline]] void put(const Instruction& insn) {
    if (const auto half = compress(insn)) {
      put_bytes(*half, 2);
    } else {
      put_bytes(encode(insn), 4);
    }
  }
  // Forms of fixed size must not shrink.
  [[gnu::noinline]] void put_wide(const Instruction& insn) { put_bytes(encode(insn), 4); }

 private:
  void put_bytes(uint32_t bits, uint32_t count) {
    for (uint32_t i = 0; i < count; i += 2, at_ += 2) {
      const auto half = static_cast<uint16_t>(bits >> (8 * i));
      __builtin_memcpy(__builtin_assume_aligned(at_, 2), &half, 2);
    }
  }
  uint8_t* at_;
};

void put_pair(Writer& w, Reg through, const Instruction& second, int64_t distance) {
  w.put_wide({.op = Mnemonic::kAuipc, .rd = through, .imm = high20(distance)});
  w.put_wide(with_imm(second, low12(distance)));
}

}  // namespace

uint8_t Layout::fixed_size(const Instruction& insn) const {
  if (insn.op != kCallAddress || !far_calls_) return kFarPair;
  const auto constant =
      place(constant_sequence(assembler_.addresses()[static_cast<uint32_t>(insn.imm)], target_), kFarScratch);
  uint8_t size = 2;  // c.jalr
  for (uint32_t n = 0; n < constant.count; n++) size += encoded_size(constant.code[n]);
  return size;
}

uint8_t Layout::size_for_distance(const Instruction& insn, int64_t distance) const {
  if (insn.op == kJumpLabel) return fits_signed(distance, 12) ? 2 : fits_signed(distance, 21) ? 4 : kFarPair;
  if (insn.op == kCallLabel) return fits_signed(distance, 21) ? 4 : kFarPair;
  if (fits_signed(distance, 13)) return encoded_size(with_imm(insn, distance));
  const uint8_t skip_bytes = encoded_size(skip(insn, 8));
  // The jump stands behind the skip, so it is nearer to what lies ahead and farther from what lies back.
  return static_cast<uint8_t>(skip_bytes + (fits_signed(distance - skip_bytes, 21) ? 4 : kFarPair));
}

void Layout::compute_offsets() {
  uint32_t bytes = 0;
  for (size_t n = 0; n < sizes_.size(); n++) {
    before_[n] = bytes;
    bytes += sizes_[n];
  }
  before_[sizes_.size()] = bytes;
}

Result<void> Layout::relax() {
  const auto pending = assembler_.pending();
  const size_t most_bytes =
      assembler_.code().size() * 2 + (pending.size() + assembler_.literals().size()) * kLongestForm;
  if (most_bytes > kMaxCodeBytes) return fail(Errno::kE2BIG);
  TRY(sizes_.reserve(pending.size()));
  TRY(before_.resize_for_overwrite(pending.size() + 1));
  for (const auto& [insn, at] : pending) {
    const bool to_label = depends_on_label(insn.op);
    if (to_label || insn.op == kLabelAddress) {
      if (!assembler_.is_bound(Label{static_cast<uint32_t>(insn.imm)})) return fail(Errno::kEINVAL);
    }
    TRY(sizes_.push_back(to_label ? size_for_distance(insn, 0) : fixed_size(insn)));
  }
  for (uint32_t round = 0;; round++) {
    compute_offsets();
    bool grew = false;
    for (uint32_t n = 0; n < pending.size(); n++) {
      const Instruction& insn = pending[n].insn;
      if (!depends_on_label(insn.op)) continue;
      int64_t distance = static_cast<int64_t>(offset_of(Label{static_cast<uint32_t>(insn.imm)})) - offset_of_pending(n);
      // A program can be made to push one branch over its limit per round. So, after a few rounds, distances are
      // overstated more and more: whatever is near a limit takes its longer form at once, which is always right too.
      if (round >= kRoundsBeforeHaste) distance *= int64_t{2} << std::min(round - kRoundsBeforeHaste, 16u);
      const uint8_t size = size_for_distance(insn, distance);
      if (size > sizes_[n]) sizes_[n] = size, grew = true;
    }
    if (!grew) return {};
  }
}

bool Layout::calls_reach(uint64_t address) const {
  if (far_calls_) return true;
  const auto pending = assembler_.pending();
  for (uint32_t n = 0; n < pending.size(); n++) {
    if (pending[n].insn.op != kCallAddress) continue;
    const uint64_t target = assembler_.addresses()[static_cast<uint32_t>(pending[n].insn.imm)];
    if (!reaches_by_auipc(static_cast<int64_t>(target - (address + offset_of_pending(n))))) return false;
  }
  return true;
}

void Layout::write_pending(uint8_t* out, uint32_t n, uint64_t address) const {
  const Instruction& insn = assembler_.pending()[n].insn;
  const uint32_t here = offset_of_pending(n);
  const uint8_t size = sizes_[n];
  Writer w(out);
  const auto distance_from = [&](uint32_t skipped) {
    return static_cast<int64_t>(offset_of(Label{static_cast<uint32_t>(insn.imm)})) - here - skipped;
  };
  const auto put_jump = [&](int64_t distance, uint8_t bytes) {
    if (bytes == kFarPair) return put_pair(w, kFarScratch, {.op = Mnemonic::kJalr, .rs1 = kFarScratch}, distance);
    const Instruction jump{.op = Mnemonic::kJal, .imm = static_cast<int32_t>(distance)};
    return bytes == 2 ? w.put(jump) : w.put_wide(jump);
  };
  if (is_conditional(insn.op)) {
    if (size == 2) return w.put(with_imm(insn, distance_from(0)));
    if (size == 4) return w.put_wide(with_imm(insn, distance_from(0)));
    const uint8_t skip_bytes = encoded_size(skip(insn, 8));
    w.put(skip(insn, size));
    put_jump(distance_from(skip_bytes), static_cast<uint8_t>(size - skip_bytes));
  } else if (insn.op == kJumpLabel) {
    put_jump(distance_from(0), size);
  } else if (insn.op == kCallLabel) {
    if (size == kFarPair) {
      put_pair(w, Reg::kRa, {.op = Mnemonic::kJalr, .rd = Reg::kRa, .rs1 = Reg::kRa}, distance_from(0));
    } else {
      w.put_wide({.op = Mnemonic::kJal, .rd = Reg::kRa, .imm = static_cast<int32_t>(distance_from(0))});
    }
  } else if (insn.op == kLabelAddress) {
    put_pair(w, insn.rd, {.op = Mnemonic::kAddi, .rd = insn.rd, .rs1 = insn.rd}, distance_from(0));
  } else if (insn.op == kLoadLiteral) {
    const int64_t distance = literals_at() + int64_t{insn.imm} * 8 - here;
    put_pair(w, insn.rd, {.op = Mnemonic::kLd, .rd = insn.rd, .rs1 = insn.rd}, distance);
  } else {  // kCallAddress
    const uint64_t target = assembler_.addresses()[static_cast<uint32_t>(insn.imm)];
    if (far_calls_) {
      const auto constant = place(constant_sequence(target, target_), kFarScratch);
      for (uint32_t k = 0; k < constant.count; k++) w.put(constant.code[k]);
      w.put({.op = Mnemonic::kJalr, .rd = Reg::kRa, .rs1 = kFarScratch});
    } else {
      put_pair(w, Reg::kRa, {.op = Mnemonic::kJalr, .rd = Reg::kRa, .rs1 = Reg::kRa},
               static_cast<int64_t>(target - (address + here)));
    }
  }
}

void Layout::write(std::span<uint8_t> out, uint64_t address) const {
  const auto code = assembler_.code();
  const auto pending = assembler_.pending();
  const uint16_t* from = code.data();
  uint8_t* to = out.data();                  // of pages, and every instruction is a multiple of two bytes
  const auto copy_until = [&](size_t end) {  // runs are short, and mostly not aligned alike: memcpy() takes longer
    for (const uint16_t* const limit = code.data() + end; from < limit; from++, to += 2) {
      __builtin_memcpy(__builtin_assume_aligned(to, 2), from, 2);
    }
  };
  for (uint32_t n = 0; n < pending.size(); n++) {
    copy_until(pending[n].halfwords);
    write_pending(to, n, address);
    to += sizes_[n];
  }
  copy_until(code.size());
  for (size_t n = 0; n < assembler_.literals().size(); n++) {
    memcpy(&out[literals_at() + n * 8], &assembler_.literals()[n], 8);
  }
}

}  // namespace skep::bpf::jit
