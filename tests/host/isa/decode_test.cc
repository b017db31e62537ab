// decode(), encode() and the table: every row there and back, every other slot refused in Linux's words.
#include "bpf/isa/decode.h"

#include <catch2/catch.hpp>
#include <set>

#include "bpf/isa/table.h"
#include "tests/host/isa/text.h"

using namespace skep;
using namespace skep::bpf;

namespace {

// A slot of the given row with operands of its free fields.
void fill(const InsnRow& row, bpf_insn (&slots)[2]) {
  const auto value = [](FieldRule rule, int32_t free) {
    return rule.kind == FieldRule::Kind::kFixed ? rule.value : free;
  };
  slots[0] = {};
  slots[1] = {};
  slots[0].code = row.opcode;
  slots[0].dst_reg = static_cast<__u8>(value(row.dst, 3));
  slots[0].src_reg = static_cast<__u8>(value(row.src, 4));
  slots[0].off = static_cast<__s16>(value(row.off, -5));
  slots[0].imm = value(row.imm, -77);
  slots[1].imm = value(row.imm_high, 12);
}

std::string refusal(const bpf_insn& slot) {
  const bpf_insn slots[] = {slot, {}};
  const auto insn = decode(slots, 0);
  if (insn) return "";
  CHECK(insn.error().error == Errno::kEINVAL);
  char text[80];
  BufferSink sink(text);
  print_decode_error(sink, insn.error());
  return text;
}

bpf_insn slot(int code, int dst, int src, int off, int imm) {
  bpf_insn s{};
  s.code = static_cast<__u8>(code);
  s.dst_reg = static_cast<__u8>(dst);
  s.src_reg = static_cast<__u8>(src);
  s.off = static_cast<__s16>(off);
  s.imm = imm;
  return s;
}

}  // namespace

TEST_CASE("isa: every row decodes to itself and encodes back to its bytes") {
  for (const InsnRow& row : insn_rows()) {
    bpf_insn slots[2];
    fill(row, slots);
    const auto insn = decode(slots, 0);
    INFO("opcode " << int{row.opcode});
    REQUIRE(insn);
    CHECK(insn->op == row.op);
    CHECK(find_insn_row(*insn) == &row);
    bpf_insn again[2] = {};
    REQUIRE(encode(*insn, 0, again));
    CHECK(memcmp(&again[0], &slots[0], sizeof(bpf_insn)) == 0);
    if (row.op == Op::kLoadImm64) CHECK(again[1].imm == slots[1].imm);
  }
}

TEST_CASE("isa: every operation has a row, every register field is checked") {
  std::set<Op> seen;
  for (const InsnRow& row : insn_rows()) {
    seen.insert(row.op);
    bpf_insn slots[2];
    fill(row, slots);
    if (row.dst.kind == FieldRule::Kind::kFree) {
      slots[0].dst_reg = 11;
      CHECK(refusal(slots[0]) == "R11 is invalid");
      slots[0].dst_reg = 3;
    }
    if (row.src.kind == FieldRule::Kind::kFree) {
      slots[0].src_reg = 15;
      CHECK(refusal(slots[0]) == "R15 is invalid");
    }
  }
  CHECK(seen.size() == kOpCount);
}

TEST_CASE("isa: a slot decodes to one row or to none, for all opcodes and many field values") {
  for (int code = 0; code < 256; code++) {
    if (insn_rows_of(static_cast<uint8_t>(code)).empty()) {
      char expected[32];
      snprintf(expected, sizeof(expected), "unknown opcode %02x", code);
      CHECK(refusal(slot(code, 0, 0, 0, 0)) == expected);
      continue;
    }
    for (const int src : {0, 1, 2, 6, 7}) {
      for (const int off : {0, 1, 8, 16, 32, -1}) {
        for (const int imm : {0, 1, 16, 32, 64, 0xe1, 0xf1, 0x100, 0x110, -1}) {
          for (const int dst : {0, 5}) {
            const bpf_insn slots[] = {slot(code, dst, src, off, imm), {}};
            const auto insn = decode(slots, 0);
            if (!insn) {
              CHECK(!insn.error().reason.empty());
              continue;
            }
            bpf_insn again[2] = {};
            REQUIRE(encode(*insn, 0, again));
            CHECK(memcmp(&again[0], &slots[0], sizeof(bpf_insn)) == 0);
          }
        }
      }
    }
  }
}

TEST_CASE("isa: refusals in Linux's words") {
  CHECK(refusal(slot(BPF_ALU | BPF_NEG, 0, 1, 0, 0)) == "BPF_NEG uses reserved fields");
  CHECK(refusal(slot(BPF_ALU | BPF_END, 0, 0, 0, 8)) == "BPF_END uses reserved fields");
  CHECK(refusal(slot(BPF_ALU64 | BPF_MOV | BPF_X, 0, 1, 7, 0)) == "BPF_MOV uses reserved fields");
  CHECK(refusal(slot(BPF_ALU | BPF_MOV | BPF_X, 0, 1, 32, 0)) == "BPF_MOV uses reserved fields");
  CHECK(refusal(slot(BPF_ALU64 | BPF_ADD | BPF_X, 0, 1, 0, 9)) == "BPF_ALU uses reserved fields");
  CHECK(refusal(slot(BPF_ALU64 | BPF_DIV | BPF_X, 0, 1, 2, 0)) == "BPF_ALU uses reserved fields");
  CHECK(refusal(slot(BPF_JMP | BPF_JA, 1, 0, 0, 0)) == "BPF_JA uses reserved fields");
  CHECK(refusal(slot(BPF_JMP | BPF_CALL, 1, 0, 0, 1)) == "BPF_CALL uses reserved fields");
  CHECK(refusal(slot(BPF_JMP | BPF_EXIT, 0, 0, 0, 1)) == "BPF_EXIT uses reserved fields");
  CHECK(refusal(slot(BPF_JMP | BPF_JEQ | BPF_X, 0, 1, 0, 1)) == "BPF_JMP/JMP32 uses reserved fields");
  CHECK(refusal(slot(BPF_LDX | BPF_MEM | BPF_W, 0, 1, 0, 1)) == "BPF_LDX uses reserved fields");
  CHECK(refusal(slot(BPF_ST | BPF_MEM | BPF_W, 0, 1, 0, 1)) == "BPF_ST uses reserved fields");
  CHECK(refusal(slot(BPF_STX | BPF_MEM | BPF_W, 0, 1, 0, 1)) == "BPF_STX uses reserved fields");
  CHECK(refusal(slot(BPF_STX | BPF_ATOMIC | BPF_W, 0, 1, 0, 2)) == "BPF_ATOMIC uses invalid atomic opcode 02");
  CHECK(refusal(slot(BPF_LD | BPF_ABS | BPF_W, 1, 0, 0, 0)) == "BPF_LD_[ABS|IND] uses reserved fields");
  CHECK(refusal(slot(BPF_LD | BPF_IMM | BPF_DW, 1, 7, 0, 0)) == "unrecognized bpf_ld_imm64 insn");
  CHECK(refusal(slot(BPF_LD | BPF_IMM | BPF_DW, 1, 0, 1, 0)) == "BPF_LD_IMM64 uses reserved fields");
  CHECK(refusal(slot(0xff, 0, 0, 0, 0)) == "unknown opcode ff");
  const bpf_insn lddw[] = {slot(BPF_LD | BPF_IMM | BPF_DW, 1, 0, 0, 5), slot(1, 0, 0, 0, 0)};
  CHECK(decode(lddw, 0).error().reason == "invalid bpf_ld_imm64 insn");
  CHECK(decode(std::span(lddw).first(1), 0).error().reason == "invalid bpf_ld_imm64 insn");
}

TEST_CASE("isa: encode refuses what no opcode expresses and distances that do not fit") {
  bpf_insn out[2] = {};
  CHECK_FALSE(encode({.op = Op::kLoad, .size = 3}, 0, out));
  CHECK_FALSE(encode({.op = Op::kMovSx, .width = Width::k32, .size = 4}, 0, out));
  CHECK_FALSE(encode({.op = Op::kAdd, .dst = 11}, 0, out));
  CHECK_FALSE(encode({.op = Op::kJa, .target = 40000}, 0, out));
  CHECK(encode({.op = Op::kJa, .width = Width::k32, .target = 40000}, 0, out));
  CHECK(encode({.op = Op::kJa, .target = 32768}, 0, out));
  CHECK_FALSE(encode({.op = Op::kJa, .target = 32769}, 0, out));
}
