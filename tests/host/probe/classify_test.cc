#include "arch/riscv/probe/classify.h"

#include <catch2/catch.hpp>
#include <initializer_list>
#include <vector>

using namespace skep::riscv::probe;

namespace {

// A function's bytes from instruction words; those whose low two bits are not 11 take two bytes.
std::vector<uint8_t> text_of(std::initializer_list<uint32_t> words) {
  std::vector<uint8_t> text;
  for (const uint32_t w : words) {
    const int length = (w & 3) == 3 ? 4 : 2;
    for (int i = 0; i < length; i++) text.push_back(static_cast<uint8_t>(w >> (8 * i)));
  }
  return text;
}

Operation operation_of(uint32_t word) {
  const Verdict v = classify(word);
  CHECK(v.accepted());
  CHECK(v.step.length == ((word & 3) == 3 ? 4 : 2));
  return v.step.operation;
}

constexpr uint32_t kAddiSp = 0xfe010113;   // addi sp, sp, -32
constexpr uint32_t kCNop = 0x0001;         // c.nop
constexpr uint32_t kLrW = 0x100525af;      // lr.w a1, (a0)
constexpr uint32_t kBneA1A2 = 0x00c59663;  // bne a1, a2, 12
constexpr uint32_t kScW = 0x18d5262f;      // sc.w a2, a3, (a0)
constexpr uint32_t kCBnez = 0xfa75;        // c.bnez a2, back
constexpr uint32_t kRet = 0x8082;

}  // namespace

TEST_CASE("classify: pc-relative and control flow are simulated") {
  CHECK(operation_of(0x00000517) == Operation::kAuipc);     // auipc a0, 0
  CHECK(operation_of(0x0080006f) == Operation::kJal);       // j 8
  CHECK(operation_of(0x000080e7) == Operation::kJalr);      // jalr ra
  CHECK(operation_of(0x00b50463) == Operation::kBranchEq);  // beq a0, a1, 8
  CHECK(operation_of(0x00b51463) == Operation::kBranchNe);
  CHECK(operation_of(0x00b54463) == Operation::kBranchLt);
  CHECK(operation_of(0x00b55463) == Operation::kBranchGe);
  CHECK(operation_of(0x00b56463) == Operation::kBranchLtu);
  CHECK(operation_of(0x00b57463) == Operation::kBranchGeu);
  CHECK(operation_of(0xa001) == Operation::kJal);       // c.j .
  CHECK(operation_of(kRet) == Operation::kJalr);        // c.jr ra
  CHECK(operation_of(0x9502) == Operation::kJalr);      // c.jalr a0
  CHECK(operation_of(0xc119) == Operation::kBranchEq);  // c.beqz a0, 6
  CHECK(operation_of(0xe119) == Operation::kBranchNe);  // c.bnez a0, 6
}

TEST_CASE("classify: additions are simulated, with their operands") {
  const Step step = classify(kAddiSp).step;
  CHECK(step.operation == Operation::kAddImmediate);
  CHECK(step.rd == 2);
  CHECK(step.rs1 == 2);
  CHECK(step.imm == -32);
  const Step sp = classify(0x7139).step;  // c.addi16sp sp, -64
  CHECK(sp.operation == Operation::kAddImmediate);
  CHECK(sp.rd == 2);
  CHECK(sp.imm == -64);
  CHECK(operation_of(0x1101) == Operation::kAddImmediate);      // c.addi sp, -32
  CHECK(operation_of(0x0808) == Operation::kAddImmediate);      // c.addi4spn a0, 16
  CHECK(operation_of(0x4501) == Operation::kAddImmediate);      // c.li a0, 0
  CHECK(operation_of(0x6505) == Operation::kAddImmediate);      // c.lui a0, 1
  CHECK(operation_of(0x12345537) == Operation::kAddImmediate);  // lui a0, 0x12345
  CHECK(operation_of(0x852e) == Operation::kAdd);               // c.mv a0, a1
  CHECK(operation_of(0x952e) == Operation::kAdd);               // c.add a0, a1
  CHECK(operation_of(0x00b50533) == Operation::kAdd);           // add a0, a0, a1
  // Their neighbours in the encoding run out of line.
  CHECK(operation_of(0x40b50533) == Operation::kOutOfLine);  // sub
  CHECK(operation_of(0x02b50533) == Operation::kOutOfLine);  // mul
  CHECK(operation_of(0x00154513) == Operation::kOutOfLine);  // xori a0, a0, 1
  CHECK(operation_of(0x0015051b) == Operation::kOutOfLine);  // addiw a0, a0, 1
  CHECK(operation_of(0x2505) == Operation::kOutOfLine);      // c.addiw a0, 1
  CHECK(operation_of(0x8d0d) == Operation::kOutOfLine);      // c.sub
}

TEST_CASE("classify: the rest runs out of line") {
  for (const uint32_t word : {
           0x00053503u,  // ld a0, 0(a0)
           0x00b53023u,  // sd a1, 0(a0)
           0xe406u,      // c.sdsp ra, 8
           0x60a2u,      // c.ldsp ra, 8
           0x0ff0000fu,  // fence
           0x0000100fu,  // fence.i
           0x00b5352fu,  // amoadd.d a0, a1, (a0)
           0x00000073u,  // ecall
           0x10500073u,  // wfi
           0x12000073u,  // sfence.vma
           0x18051073u,  // csrw satp, a0
           0x10452573u,  // csrrs a0, sie, a0
           0xc0102573u,  // rdtime a0
           0x00053007u,  // fld f0, 0(a0)
           0x00253027u,  // fsd f2, 0(a0)
       }) {
    CHECK(operation_of(word) == Operation::kOutOfLine);
  }
}

TEST_CASE("classify: sstatus is simulated bit by bit, never out of line") {
  CHECK(operation_of(0x10017073) == Operation::kStatusClearImmediate);  // csrci sstatus, 2
  CHECK(operation_of(0x10016073) == Operation::kStatusSetImmediate);    // csrsi sstatus, 2
  CHECK(operation_of(0x10017573) == Operation::kStatusClearImmediate);  // csrrci a0, sstatus, 2
  CHECK(operation_of(0x10052073) == Operation::kStatusSet);             // csrs sstatus, a0
  CHECK(operation_of(0x10053073) == Operation::kStatusClear);           // csrc sstatus, a0
  CHECK(operation_of(0x10002573) == Operation::kStatusSet);             // csrr a0, sstatus
  CHECK(classify(0x10051073).refusal == Refusal::kStatusWrite);         // csrw sstatus, a0
  CHECK(classify(0x10015073).refusal == Refusal::kStatusWrite);         // csrwi sstatus, 2
  const Step step = classify(0x10017573).step;
  CHECK(step.rd == 10);
  CHECK(step.rs1 == 0);
  CHECK(step.imm == 2);
}

TEST_CASE("classify: refusals name their reason") {
  CHECK(classify(0x9002).refusal == Refusal::kBreakpoint);      // c.ebreak
  CHECK(classify(0x00100073).refusal == Refusal::kBreakpoint);  // ebreak
  CHECK(classify(0x10200073).refusal == Refusal::kTrapReturn);  // sret
  CHECK(classify(0x30200073).refusal == Refusal::kTrapReturn);  // mret
  CHECK(classify(kLrW).refusal == Refusal::kReservation);       // lr.w
  CHECK(classify(kScW).refusal == Refusal::kReservation);       // sc.w
  CHECK(classify(0).refusal == Refusal::kUnknown);
  CHECK(classify(0xffffffff).refusal == Refusal::kUnknown);
  for (const uint32_t csr : {0x105u, 0x140u, 0x141u, 0x142u, 0x143u}) {
    CHECK(classify(csr << 20 | 0x2573).refusal == Refusal::kTrapState);   // csrr a0, …
    CHECK(classify(csr << 20 | 0x51073).refusal == Refusal::kTrapState);  // csrw …, a0
  }
  for (const auto refusal : {Refusal::kNone, Refusal::kUnknown, Refusal::kMiddle, Refusal::kReservation,
                             Refusal::kBreakpoint, Refusal::kTrapReturn, Refusal::kTrapState, Refusal::kStatusWrite}) {
    CHECK_FALSE(describe(refusal).empty());
  }
}

TEST_CASE("classify_at: only the first byte of an instruction") {
  const auto text = text_of({kAddiSp, kCNop, kAddiSp, kRet});
  const bool starts[] = {true, false, false, false, true, false, true, false, false, false, true, false};
  REQUIRE(text.size() == std::size(starts));
  for (size_t i = 0; i < text.size(); i++) {
    const Verdict v = classify_at(text, i);
    CHECK(v.accepted() == starts[i]);
    if (!starts[i]) CHECK(v.refusal == Refusal::kMiddle);
  }
  CHECK(classify_at(text, text.size()).refusal == Refusal::kUnknown);
  CHECK(classify_at(text, text.size() + 2).refusal == Refusal::kUnknown);
  CHECK(classify_at({}, 0).refusal == Refusal::kUnknown);
  // A 4-byte instruction cut off by the end of the function.
  CHECK(classify_at(std::span(text).first(8), 6).refusal == Refusal::kUnknown);
  // Bytes that no length can be told of hide everything behind them.
  CHECK(classify_at(text_of({0xffffffff, kRet}), 4).refusal == Refusal::kUnknown);
}

TEST_CASE("classify_at: nothing from lr to sc") {
  const auto text = text_of({kCNop, kLrW, kBneA1A2, kCNop, kScW, kCBnez, kRet});
  CHECK(classify_at(text, 0).accepted());
  for (const size_t offset : {2, 6, 10, 12}) CHECK(classify_at(text, offset).refusal == Refusal::kReservation);
  CHECK(classify_at(text, 16).accepted());  // the branch back: the reservation has ended
  CHECK(classify_at(text, 18).accepted());
}

TEST_CASE("classify_at: an lr without sc covers the 16 instructions that a reservation may last") {
  std::vector<uint8_t> text = text_of({kLrW});
  for (int i = 0; i < 20; i++) {
    text.push_back(kCNop);
    text.push_back(0);
  }
  for (size_t i = 0; i < 20; i++) CHECK(classify_at(text, 4 + 2 * i).accepted() == (i >= 16));
}
