#include "arch/riscv/insn/decode.h"
#include "arch/riscv/probe/classify.h"

namespace skep::riscv::probe {

namespace {

// Volume II, "CSR Listing".
constexpr uint16_t kSstatus = 0x100;
constexpr uint16_t kStvec = 0x105;
constexpr uint16_t kSscratch = 0x140;
constexpr uint16_t kSepc = 0x141;
constexpr uint16_t kScause = 0x142;
constexpr uint16_t kStval = 0x143;

// "Eventual Success of Store-Conditional Instructions" (A extension): a loop that is promised to make progress has at
// most 16 instructions in a row, so an lr further back than that no longer concerns this place.
constexpr uint32_t kReservationInsns = 16;

Verdict refuse(Refusal refusal, uint8_t length) {
  Verdict v;
  v.refusal = refusal;
  v.step.length = length;
  return v;
}

constexpr uint32_t field(uint32_t word, uint32_t low, uint32_t count) { return word >> low & ((1u << count) - 1); }
constexpr int32_t sign_extend(uint32_t value, uint32_t count) {
  return static_cast<int32_t>(value << (32 - count)) >> (32 - count);
}

// The additions among the compute instructions become simulated ones: as a function's first instruction (mostly
// "addi sp, sp, -n") they are probed most, and simulating saves the second trap of running out of line.
void find_addition(uint32_t word, Step& step) {
  const auto add_immediate = [&](uint32_t rd, uint32_t rs1, int32_t imm) {
    step.operation = Operation::kAddImmediate;
    step.rd = static_cast<uint8_t>(rd);
    step.rs1 = static_cast<uint8_t>(rs1);
    step.imm = imm;
  };
  if (step.length == 4) {
    const uint32_t opcode = field(word, 0, 7), funct3 = field(word, 12, 3), funct7 = field(word, 25, 7);
    const uint32_t rd = field(word, 7, 5), rs1 = field(word, 15, 5);
    if (opcode == 0x13 && funct3 == 0) add_immediate(rd, rs1, static_cast<int32_t>(word) >> 20);
    if (opcode == 0x37) add_immediate(rd, 0, static_cast<int32_t>(word & 0xfffff000));
    if (opcode == 0x33 && funct3 == 0 && funct7 == 0) {
      step.operation = Operation::kAdd;
      step.rd = static_cast<uint8_t>(rd);
      step.rs1 = static_cast<uint8_t>(rs1);
      step.rs2 = static_cast<uint8_t>(field(word, 20, 5));
    }
    return;
  }
  // "RVC Instruction Set Listings".
  const uint32_t rd = field(word, 7, 5), imm6 = field(word, 12, 1) << 5 | field(word, 2, 5);
  switch (field(word, 0, 2) << 3 | field(word, 13, 3)) {
    case 0x00:  // c.addi4spn
      add_immediate(8 + field(word, 2, 3), 2,
                    static_cast<int32_t>(field(word, 7, 4) << 6 | field(word, 11, 2) << 4 | field(word, 5, 1) << 3 |
                                         field(word, 6, 1) << 2));
      break;
    case 0x08:  // c.nop, c.addi
      add_immediate(rd, rd, sign_extend(imm6, 6));
      break;
    case 0x0a:  // c.li
      add_immediate(rd, 0, sign_extend(imm6, 6));
      break;
    case 0x0b:
      if (rd == 2) {  // c.addi16sp
        add_immediate(2, 2,
                      sign_extend(field(word, 12, 1) << 9 | field(word, 3, 2) << 7 | field(word, 5, 1) << 6 |
                                      field(word, 2, 1) << 5 | field(word, 6, 1) << 4,
                                  10));
      } else {  // c.lui
        add_immediate(rd, 0, sign_extend(imm6 << 12, 18));
      }
      break;
    case 0x14:  // c.mv, c.add: classify() has told c.jr, c.jalr and c.ebreak apart by their kind
      step.operation = Operation::kAdd;
      step.rd = static_cast<uint8_t>(rd);
      step.rs1 = static_cast<uint8_t>(field(word, 12, 1) != 0 ? rd : 0);
      step.rs2 = static_cast<uint8_t>(field(word, 2, 5));
      break;
    default:
      break;
  }
}

Operation branch_operation(Condition condition) {
  switch (condition) {
    case Condition::kEq:
      return Operation::kBranchEq;
    case Condition::kNe:
      return Operation::kBranchNe;
    case Condition::kLt:
      return Operation::kBranchLt;
    case Condition::kGe:
      return Operation::kBranchGe;
    case Condition::kLtu:
      return Operation::kBranchLtu;
    case Condition::kGeu:
      return Operation::kBranchGeu;
  }
  __builtin_unreachable();
}

// sstatus must not be read or changed out of line, where SIE is masked and SPIE belongs to the breakpoint.
Verdict classify_csr(const Decoded& d, Verdict v) {
  const uint32_t funct3 = field(v.step.word, 12, 3);
  const bool writes_whole = (funct3 & 3) == 1, clears = (funct3 & 3) == 3, immediate = (funct3 & 4) != 0;
  switch (d.csr) {
    case kStvec:
    case kSscratch:
    case kSepc:
    case kScause:
    case kStval:
      return refuse(Refusal::kTrapState, d.length);
    case kSstatus:
      break;
    default:
      return v;
  }
  if (writes_whole) return refuse(Refusal::kStatusWrite, d.length);
  v.step.rd = static_cast<uint8_t>(field(v.step.word, 7, 5));
  if (immediate) {
    v.step.operation = clears ? Operation::kStatusClearImmediate : Operation::kStatusSetImmediate;
    v.step.imm = static_cast<int32_t>(field(v.step.word, 15, 5));
  } else {
    v.step.operation = clears ? Operation::kStatusClear : Operation::kStatusSet;
    v.step.rs1 = static_cast<uint8_t>(field(v.step.word, 15, 5));
  }
  return v;
}

uint32_t half_at(std::span<const uint8_t> text, size_t offset) {
  return static_cast<uint32_t>(text[offset] | text[offset + 1] << 8);
}

}  // namespace

std::string_view describe(Refusal refusal) {
  switch (refusal) {
    case Refusal::kNone:
      return "it can be probed";
    case Refusal::kUnknown:
      return "it is no known instruction";
    case Refusal::kMiddle:
      return "it lies in the middle of an instruction";
    case Refusal::kReservation:
      return "it is lr/sc or lies between the two";
    case Refusal::kBreakpoint:
      return "it is a breakpoint already";
    case Refusal::kTrapReturn:
      return "it returns from a trap";
    case Refusal::kTrapState:
      return "it uses a register that the probe's own trap overwrites";
    case Refusal::kStatusWrite:
      return "it overwrites sstatus as a whole";
  }
  __builtin_unreachable();
}

Verdict classify(uint32_t word) {
  const Decoded d = decode(word);
  Verdict v;
  v.step.length = d.length;
  v.step.word = d.length == 2 ? word & 0xffff : word;
  const auto simulate = [&](Operation operation) {
    v.step.operation = operation;
    v.step.rd = d.rd;
    v.step.rs1 = d.rs1;
    v.step.rs2 = d.rs2;
    v.step.imm = d.imm;
    return v;
  };
  switch (d.kind) {
    case Kind::kIllegal:
      return refuse(Refusal::kUnknown, d.length);
    case Kind::kLoadReserved:
    case Kind::kStoreConditional:
      return refuse(Refusal::kReservation, d.length);
    case Kind::kEbreak:
      return refuse(Refusal::kBreakpoint, d.length);
    case Kind::kSret:
    case Kind::kMret:
      return refuse(Refusal::kTrapReturn, d.length);
    case Kind::kCsr:
      return classify_csr(d, v);
    case Kind::kCompute:
      find_addition(v.step.word, v.step);
      return v;
    case Kind::kAuipc:
      return simulate(Operation::kAuipc);
    case Kind::kJal:
      return simulate(Operation::kJal);
    case Kind::kJalr:
      return simulate(Operation::kJalr);
    case Kind::kBranch:
      return simulate(branch_operation(d.condition));
    // The same wherever they stand. An ecall's callee (the SBI) returns behind the copy; wfi wakes on a pending
    // interrupt although the copy runs with interrupts masked, and the interrupt is taken after it.
    case Kind::kLoad:
    case Kind::kStore:
    case Kind::kFloat:
    case Kind::kAmo:
    case Kind::kFence:
    case Kind::kFenceI:
    case Kind::kEcall:
    case Kind::kWfi:
    case Kind::kSfence:
      return v;
  }
  __builtin_unreachable();
}

Verdict classify_at(std::span<const uint8_t> text, size_t offset) {
  if (offset % 2 != 0) return refuse(Refusal::kMiddle, 0);
  uint32_t since_reserved = kReservationInsns;  // instructions since the last lr without an sc after it
  size_t at = 0;
  while (at < offset) {
    if (text.size() - at < 2) return refuse(Refusal::kUnknown, 0);
    const uint32_t length = insn_length(static_cast<uint16_t>(half_at(text, at)));
    if (length == 0 || text.size() - at < length) return refuse(Refusal::kUnknown, 0);
    const uint32_t word = half_at(text, at) | (length == 4 ? half_at(text, at + 2) << 16 : 0);
    const Kind kind = decode(word).kind;
    if (kind == Kind::kLoadReserved) {
      since_reserved = 0;
    } else if (kind == Kind::kStoreConditional) {
      since_reserved = kReservationInsns;
    } else if (since_reserved < kReservationInsns) {
      since_reserved++;
    }
    at += length;
  }
  if (at != offset) return refuse(Refusal::kMiddle, 0);
  if (offset > text.size() || text.size() - offset < 2) return refuse(Refusal::kUnknown, 0);
  const uint32_t length = insn_length(static_cast<uint16_t>(half_at(text, offset)));
  if (length == 0 || text.size() - offset < length) return refuse(Refusal::kUnknown, 0);
  const Verdict v = classify(half_at(text, offset) | (length == 4 ? half_at(text, offset + 2) << 16 : 0));
  if (v.accepted() && since_reserved < kReservationInsns) return refuse(Refusal::kReservation, v.step.length);
  return v;
}

}  // namespace skep::riscv::probe
