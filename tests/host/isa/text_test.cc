// disassemble() prints what Linux's log prints; assemble() reads it, and clang's spelling.
#include "tests/host/isa/text.h"

#include <catch2/catch.hpp>

#include "bpf/isa/table.h"

using namespace skep;
using namespace skep::bpf;
using namespace skep::test;

namespace {

std::string_view name_of_helper(int32_t id) { return id == 1 ? "map_lookup_elem" : std::string_view{}; }

std::string round_trip(std::string_view text) {
  std::string error;
  const auto slots = assembled(text, &error);
  if (slots.empty()) return error;
  const auto insn = decode(slots, 0);
  return insn ? listing(*insn, 0, name_of_helper) : std::string(insn.error().reason);
}

}  // namespace

TEST_CASE("disassemble: Linux's forms") {
  // What follows "(xx) " reads the same to assemble(), except for calls' names and LDDW.
  for (const char* line : {"(b7) r0 = 0",
                           "(b7) r0 = -5",
                           "(bf) r6 = r1",
                           "(bc) w0 = w1",
                           "(bf) r1 = (s8)r2",
                           "(bc) w1 = (s16)w2",
                           "(07) r10 += -8",
                           "(0f) r1 += r2",
                           "(1c) w1 -= w2",
                           "(27) r1 *= 3",
                           "(37) r1 /= 3",
                           "(37) r1 s/= 3",
                           "(9f) r1 %= r2",
                           "(9c) w1 s%= w2",
                           "(c7) r0 s>>= 3",
                           "(77) r0 >>= 3",
                           "(67) r0 <<= 3",
                           "(4f) r0 |= r1",
                           "(57) r0 &= 15",
                           "(a7) r0 ^= -1",
                           "(87) r3 = -r3",
                           "(84) w3 = -w3",
                           "(d4) r1 = le16 r1",
                           "(dc) r1 = be32 r1",
                           "(d7) r1 = bswap64 r1",
                           "(05) goto pc+2",
                           "(06) gotol pc-7",
                           "(e5) may_goto pc+1",
                           "(15) if r0 == 0x0 goto pc+2",
                           "(1d) if r0 == r1 goto pc-3",
                           "(66) if w0 s> 0xfffffffd goto pc+2",
                           "(de) if w1 s<= w2 goto pc+2",
                           "(45) if r1 & 0x4 goto pc+2",
                           "(85) call pc+5",
                           "(85) call bpf_map_lookup_elem#1",
                           "(85) call unknown#4711",
                           "(8d) callx r2",
                           "(95) exit",
                           "(79) r1 = *(u64 *)(r10 -8)",
                           "(71) r1 = *(u8 *)(r2 +0)",
                           "(81) r1 = *(s32 *)(r2 +4)",
                           "(63) *(u32 *)(r10 -4) = r1",
                           "(7a) *(u64 *)(r10 -8) = -1",
                           "(db) lock *(u64 *)(r1 +0) += r2",
                           "(c3) lock *(u32 *)(r1 +4) ^= r2",
                           "(db) r1 = atomic64_fetch_add((u64 *)(r2 +0), r1)",
                           "(c3) r1 = atomic_fetch_or((u32 *)(r2 +0), r1)",
                           "(db) r1 = atomic64_xchg((u64 *)(r2 +8), r1)",
                           "(c3) r0 = atomic_cmpxchg((u32 *)(r2 +0), r0, r1)",
                           "(d3) r1 = load_acquire((u8 *)(r2 +1))",
                           "(cb) store_release((u16 *)(r2 +2), r1)",
                           "(18) r1 = 0x123456789abcdef0",
                           "(20) r0 = *(u32 *)skb[12]",
                           "(48) r0 = *(u16 *)skb[r7 + 4]"}) {
    CHECK(round_trip(line) == line);
  }
  CHECK(listing({.op = Op::kCallKfunc, .imm = 9}, 0) == "(85) call kernel-function#9");
}

TEST_CASE("disassemble and assemble agree on every row") {
  for (const InsnRow& row : insn_rows()) {
    const Insn insn{
        .op = row.op,
        .width = row.width,
        .size = row.size,
        .dst = static_cast<uint8_t>(row.dst.kind == FieldRule::Kind::kFree ? 3 : 0),
        .src = static_cast<uint8_t>(row.src.kind == FieldRule::Kind::kFree ? 4 : 0),
        .use_imm = row.uses_imm(),
        .atomic = row.atomic,
        .pseudo = row.pseudo,
        .imm = row.imm.kind == FieldRule::Kind::kFree && row.op != Op::kLoadImm64 ? 7 : 0,
        .target = row.off.kind == FieldRule::Kind::kDistance || row.imm.kind == FieldRule::Kind::kDistance ? 5u : 0u,
        .imm64 = row.op == Op::kLoadImm64 ? 7u : 0u};
    const std::string line = listing(insn, 0);
    std::string error;
    const auto slots = assembled(line, &error);
    INFO(line << ": " << error);
    REQUIRE(!slots.empty());
    const auto again = decode(slots, 0);
    REQUIRE(again);
    if (row.op != Op::kLoadImm64) CHECK(*again == insn);  // Linux prints an LDDW's number only
    CHECK(listing(*again, 0) == line);
  }
}

TEST_CASE("assemble: clang's spelling, labels, comments") {
  CHECK(round_trip("r1 = *(u64 *)(r10 - 8)") == "(79) r1 = *(u64 *)(r10 -8)");
  CHECK(round_trip("r1 = 0x1ffffffff ll") == "(18) r1 = 0x1ffffffff");
  CHECK(round_trip("12: (b7) r1 = 5") == "(b7) r1 = 5");
  CHECK(round_trip("w1 = 0xffffffff") == "(b4) w1 = -1");
  CHECK(round_trip("if r1 != 3 goto out; r0 = 1; out: exit") == "(55) if r1 != 0x3 goto pc+1");
  CHECK(round_trip("goto +0 // nothing") == "(05) goto pc+0");
  const auto loop = assembled("top:\n  r0 += 1\n  if r0 < 5 goto top\n  call f\n  exit\nf: exit\n");
  REQUIRE(loop.size() == 5);
  CHECK(loop[1].off == -2);
  CHECK(loop[2].src_reg == BPF_PSEUDO_CALL);
  CHECK(loop[2].imm == 1);
}

TEST_CASE("assemble: what is wrong, and where") {
  std::string error;
  const auto fails = [&](std::string_view text, std::string_view expected) {
    error.clear();
    CHECK(assembled(text, &error).empty());
    CHECK(error == expected);
  };
  fails("r0 = 0\nr0 ?= 1", "line 2: an operator");
  fails("r11 = 0", "line 1: an instruction");
  fails("goto nowhere", "line 1: a target");
  fails("r0 = 0x100000000", "line 1: a 32-bit number (64-bit ones end in 'll')");
  fails("r0 = w1", "line 1: registers of one width");
  fails("exit now", "line 1: the end of the line");
  fails("r1 = *(u64 *)(r10 + 40000)", "line 1: an address like *(u64 *)(r10 -8)");
  fails("goto +40000", "line 1: a form that exists, with a distance in range");
  bpf_insn one[1];
  CHECK(assemble("r0 = 0; exit", one).error().reason == "fewer instructions");
}
