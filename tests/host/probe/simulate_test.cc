// What the native check (tests/probe/simulate_native.cc) cannot run in user mode, and a few values by hand.
#include "arch/riscv/probe/simulate.h"

#include <array>
#include <catch2/catch.hpp>

#include "uapi/ptrace.h"

using namespace skep::riscv::probe;

namespace {

using Registers = std::array<uint64_t, 33>;

Registers run(uint32_t word, Registers regs) {
  const Verdict v = classify(word);
  REQUIRE(v.accepted());
  REQUIRE(v.step.operation != Operation::kOutOfLine);
  simulate(v.step, regs);
  return regs;
}

constexpr uint64_t kSie = 2, kSpie = 0x20, kSpp = 0x100, kSum = 0x40000;

}  // namespace

TEST_CASE("simulate: the register file is struct pt_regs") {
  CHECK(offsetof(pt_regs, epc) == 8 * kPcWord);
  CHECK(offsetof(pt_regs, ra) == 8 * 1);
  CHECK(offsetof(pt_regs, s0) == 8 * 8);
  CHECK(offsetof(pt_regs, a0) == 8 * 10);
  CHECK(offsetof(pt_regs, s2) == 8 * 18);
  CHECK(offsetof(pt_regs, t3) == 8 * 28);
  CHECK(offsetof(pt_regs, t6) == 8 * 31);
  CHECK(offsetof(pt_regs, status) == 8 * kStatusWord);
}

TEST_CASE("simulate: jalr reads its base before it writes the link") {
  Registers regs{};
  regs[kPcWord] = 0x1000;
  regs[1] = 0x2001;
  const Registers after = run(0x000080e7, regs);  // jalr ra, 0(ra)
  CHECK(after[kPcWord] == 0x2000);
  CHECK(after[1] == 0x1004);
}

TEST_CASE("simulate: sstatus as the interrupted code sees it") {
  Registers regs{};
  regs[kPcWord] = 0x1000;
  regs[10] = ~uint64_t{0};

  SECTION("masking interrupts takes effect on return and reports that they were on") {
    regs[kStatusWord] = kSpp | kSpie | kSum;
    const Registers after = run(0x10017573, regs);  // csrrci a0, sstatus, 2
    CHECK((after[10] & kSie) == kSie);
    CHECK((after[10] & kSum) == kSum);
    CHECK(after[kStatusWord] == (kSpp | kSum));
    CHECK(after[kPcWord] == 0x1004);
  }
  SECTION("with interrupts masked already, it reports so") {
    regs[kStatusWord] = kSpp;
    const Registers after = run(0x10017573, regs);
    CHECK((after[10] & kSie) == 0);
    CHECK(after[kStatusWord] == kSpp);
  }
  SECTION("restoring interrupts") {
    regs[kStatusWord] = kSpp;
    regs[10] = kSie;
    const Registers after = run(0x10052073, regs);  // csrs sstatus, a0
    CHECK(after[kStatusWord] == (kSpp | kSpie));
    CHECK(after[10] == kSie);
  }
  SECTION("opening user memory and closing it") {
    regs[kStatusWord] = kSpp | kSpie;
    regs[10] = kSum;
    Registers after = run(0x10052073, regs);
    CHECK(after[kStatusWord] == (kSpp | kSpie | kSum));
    after = run(0x10053073, after);  // csrc sstatus, a0
    CHECK(after[kStatusWord] == (kSpp | kSpie));
  }
  SECTION("the trap's own SPP and SPIE cannot be changed") {
    regs[kStatusWord] = kSpp | kSpie;
    regs[10] = kSpp | kSpie;
    CHECK(run(0x10053073, regs)[kStatusWord] == (kSpp | kSpie));
    regs[kStatusWord] = kSpp;
    CHECK(run(0x10052073, regs)[kStatusWord] == kSpp);
  }
  SECTION("x0 as destination stays zero") {
    regs[kStatusWord] = kSpp | kSpie;
    CHECK(run(0x10017073, regs)[0] == 0x1004);  // word 0 is the pc, not x0
  }
}
