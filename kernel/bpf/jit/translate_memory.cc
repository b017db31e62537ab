// Loads, stores and atomic operations.
#include "bpf/jit/translate.h"

namespace skep::bpf::jit {
namespace {

using riscv::fits_signed;

constexpr Reg kScratch0 = Reg::kT0;
constexpr Reg kScratch1 = Reg::kT1;
constexpr Reg kScratch2 = Reg::kT2;

Mnemonic store_of(uint8_t size) {
  switch (size) {
    case 1:
      return Mnemonic::kSb;
    case 2:
      return Mnemonic::kSh;
    case 4:
      return Mnemonic::kSw;
    default:
      return Mnemonic::kSd;
  }
}

// An atomic memory operation in its 32- and 64-bit form.
Mnemonic amo(AtomicOp op, bool is64) {
  switch (op) {
    case AtomicOp::kAdd:
      return is64 ? Mnemonic::kAmoaddD : Mnemonic::kAmoaddW;
    case AtomicOp::kOr:
      return is64 ? Mnemonic::kAmoorD : Mnemonic::kAmoorW;
    case AtomicOp::kAnd:
      return is64 ? Mnemonic::kAmoandD : Mnemonic::kAmoandW;
    case AtomicOp::kXor:
      return is64 ? Mnemonic::kAmoxorD : Mnemonic::kAmoxorW;
    case AtomicOp::kFetchAdd:
      return is64 ? Mnemonic::kAmoaddDAqrl : Mnemonic::kAmoaddWAqrl;
    case AtomicOp::kFetchOr:
      return is64 ? Mnemonic::kAmoorDAqrl : Mnemonic::kAmoorWAqrl;
    case AtomicOp::kFetchAnd:
      return is64 ? Mnemonic::kAmoandDAqrl : Mnemonic::kAmoandWAqrl;
    case AtomicOp::kFetchXor:
      return is64 ? Mnemonic::kAmoxorDAqrl : Mnemonic::kAmoxorWAqrl;
    case AtomicOp::kXchg:
    case AtomicOp::kCmpXchg:
    case AtomicOp::kLoadAcquire:
    case AtomicOp::kStoreRelease:
      break;
  }
  return is64 ? Mnemonic::kAmoswapDAqrl : Mnemonic::kAmoswapWAqrl;
}

}  // namespace

// base + offset as an address that a load or store can name; what does not fit 12 bits goes through `scratch`.
Translator::Address Translator::address(uint8_t base, int32_t offset, Reg scratch) {
  Reg from = Reg::kSp;
  if (base == kFrameRegister) {
    offset += stack_bytes_;
  } else {
    from = reg(base);
  }
  if (fits_signed(offset, 12)) return {from, offset};
  const int32_t high = (offset + 0x800) >> 12;
  as_.r(Mnemonic::kAdd, scratch, from, constant_operand(int64_t{high} << 12, scratch));
  return {scratch, offset - (high << 12)};
}

void Translator::load(const Insn& insn) {
  const Address from = address(insn.src, insn.offset, kScratch0);
  const Reg rd = reg(insn.dst);
  Mnemonic op = Mnemonic::kLd;
  Ext have = kNone;
  if (insn.op == Op::kLoadSx) {
    op = insn.size == 1 ? Mnemonic::kLb : insn.size == 2 ? Mnemonic::kLh : Mnemonic::kLw;
    have = kSignExt;
  } else if (insn.size == 1 || insn.size == 2) {
    op = insn.size == 1 ? Mnemonic::kLbu : Mnemonic::kLhu;
    have = kBothExt;
  } else if (insn.size == 4) {
    // The sign-extending load has a compressed form.
    const bool needed = upper_needed(insn.dst);
    op = needed ? Mnemonic::kLwu : Mnemonic::kLw;
    have = needed ? kZeroExt : kSignExt;
  }
  if (!cx_.image.facts.empty() && cx_.image.facts[at_].fault_safe) {
    const Stub stub{.begin = as_.new_label(), .after = as_.new_label(), .rd = rd};
    const PendingException pending{.instruction = as_.here(), .resume = stub.begin};
    as_.load(op, rd, from.offset, from.base);
    as_.bind(stub.after);
    if (!cx_.exceptions.push_back(pending) || !stubs_.push_back(stub)) as_.set_failed();
  } else {
    as_.load(op, rd, from.offset, from.base);
  }
  set_ext(insn.dst, have);
}

void Translator::store(const Insn& insn) {
  const Reg value = insn.op == Op::kStoreImm ? constant_operand(insn.imm, kScratch1) : read(insn.src, kScratch1);
  const Address to = address(insn.dst, insn.offset, kScratch0);
  as_.store(store_of(insn.size), value, to.offset, to.base);
}

// RFC 9669 "Atomic operations". Those that return the old value are sequentially consistent, the others relaxed.
void Translator::atomic(const Insn& insn) {
  const bool is64 = insn.size == 8;
  if ((writes(insn) & reg_bit(kFrameRegister)) != 0) return refuse();
  if (insn.atomic == AtomicOp::kLoadAcquire) {
    const Address from = address(insn.src, insn.offset, kScratch0);
    const Mnemonic op = insn.size == 1   ? Mnemonic::kLbu
                        : insn.size == 2 ? Mnemonic::kLhu
                        : insn.size == 4 ? Mnemonic::kLwu
                                         : Mnemonic::kLd;
    as_.load(op, reg(insn.dst), from.offset, from.base);
    as_.emit({.op = Mnemonic::kFenceRRw});
    set_ext(insn.dst, insn.size < 4 ? kBothExt : is64 ? kNone : kZeroExt);
    return;
  }
  if (insn.atomic == AtomicOp::kStoreRelease) {
    const Reg value = read(insn.src, kScratch1);
    const Address to = address(insn.dst, insn.offset, kScratch0);
    as_.emit({.op = Mnemonic::kFenceRwW});
    as_.store(store_of(insn.size), value, to.offset, to.base);
    return;
  }
  if (insn.size < 4) return refuse();

  // AMOs take a bare address.
  const Address place = address(insn.dst, insn.offset, kScratch0);
  Reg at = place.base;
  if (place.offset != 0) {
    as_.i(Mnemonic::kAddi, kScratch0, place.base, place.offset);
    at = kScratch0;
  }
  if (insn.atomic == AtomicOp::kCmpXchg) return compare_exchange(insn, at);

  const bool fetches = (writes(insn) & reg_bit(insn.src)) != 0;
  const Reg value = read(insn.src, kScratch1);
  as_.emit({.op = amo(insn.atomic, is64), .rd = fetches ? reg(insn.src) : Reg::kZero, .rs1 = at, .rs2 = value});
  if (fetches) is64 ? set_ext(insn.src, kNone) : finish32(insn.src, kSignExt);
}

// r0 = old value; the memory becomes src when that was r0.
void Translator::compare_exchange(const Insn& insn, Reg at) {
  const bool is64 = insn.size == 8;
  const Reg value = read(insn.src, kScratch1);
  // lr.w sign-extends, so the comparison is made on sign-extended words.
  const Reg expected = is64 ? reg(0) : Reg::kT3;
  if (!is64) as_.i(Mnemonic::kAddiw, expected, reg(0), 0);
  const Label retry = as_.new_label();
  const Label done = as_.new_label();
  as_.bind(retry);
  as_.emit({.op = is64 ? Mnemonic::kLrDAqrl : Mnemonic::kLrWAqrl, .rd = kScratch2, .rs1 = at});
  as_.branch(Mnemonic::kBne, kScratch2, expected, done);
  as_.emit({.op = is64 ? Mnemonic::kScDRl : Mnemonic::kScWRl, .rd = Reg::kT4, .rs1 = at, .rs2 = value});
  as_.branch(Mnemonic::kBne, Reg::kT4, Reg::kZero, retry);
  as_.bind(done);
  as_.move(reg(0), kScratch2);
  is64 ? set_ext(0, kNone) : finish32(0, kSignExt);
}

}  // namespace skep::bpf::jit
