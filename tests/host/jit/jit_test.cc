// The JIT as far as it can be seen without executing its code: memory, refusals, tables, single passes. That the code
// is right is tests/runner's business.
#include "bpf/jit/jit.h"

#include <catch2/catch.hpp>

#include "arch/riscv/insn/decode.h"
#include "bpf/interp/trusted_image.h"
#include "bpf/jit/constant.h"
#include "bpf/jit/upper_half.h"
#include "bpf/verifier/constants.h"
#include "tests/host/isa/text.h"
#include "tests/host/platform/host_platform.h"

using namespace skep;
using namespace skep::bpf;
using namespace skep::test;

namespace {

Image image_of(std::string_view text) {
  std::string error;
  const auto slots = assembled(text, &error);
  INFO(error);
  REQUIRE(!slots.empty());
  auto image = make_trusted_image(slots);
  REQUIRE(image);
  return std::move(*image);
}

// The machine instructions' kinds, in order.
std::vector<riscv::Decoded> decoded(const JitCode& code) {
  std::vector<riscv::Decoded> out;
  const auto* bytes = reinterpret_cast<const uint8_t*>(code.memory.address);
  for (size_t at = 0; at < code.code_bytes;) {
    uint32_t word = 0;
    memcpy(&word, bytes + at, at + 4 <= code.code_bytes ? 4 : 2);
    out.push_back(riscv::decode(word));
    REQUIRE(out.back().kind != riscv::Kind::kIllegal);
    at += out.back().length;
  }
  return out;
}

size_t instructions(std::string_view text, const JitTarget& target) {
  auto code = jit_compile(image_of(text), target);
  REQUIRE(code);
  const size_t n = decoded(*code).size();
  platform::release_code(code->memory);
  return n;
}

constexpr std::string_view kSample =
    "r6 = r1; *(u64 *)(r10 - 8) = 5; r2 = r10; r2 += -8; call 5; if r0 == 0 goto out; r1 = r6; call f; w0 += 3; out: "
    "exit;"
    "f: r0 = 0x123456789abcdef0 ll; lock *(u64 *)(r1 + 0) += r0; exit";

}  // namespace

TEST_CASE("jit: every allocation may fail, and nothing is left behind") {
  const Image image = image_of(kSample);
  const size_t before = host::live_blocks();
  bool completed = false;
  for (uint64_t n = 1; !completed; n++) {
    REQUIRE(n < 1000);
    host::FailNthAllocation fail_nth(n);
    auto code = jit_compile(image, {});
    if (code) {
      completed = !fail_nth.has_failed();
      platform::release_code(code->memory);
      code = fail(Errno::kENOMEM);  // drops the tables
    } else {
      CHECK(code.error() == Errno::kENOMEM);
    }
    CHECK(host::live_blocks() == before);
  }
}

TEST_CASE("jit: tables say where instructions and functions are") {
  const Image image = image_of(kSample);
  auto code = jit_compile(image, {.zba = true, .zbb = true});
  REQUIRE(code);
  CHECK(code->offsets.size() == image.code.size());
  for (size_t n = 1; n < code->offsets.size(); n++) CHECK(code->offsets[n] >= code->offsets[n - 1]);
  REQUIRE(code->subprogram_offsets.size() == 2);
  CHECK(code->subprogram_offsets[0] == 0);
  CHECK(code->subprogram_offsets[1] <= code->offsets[image.subprograms[1].start]);
  CHECK(code->entry == code->memory.address);
  CHECK(code->memory.write.empty());
  decoded(*code);
  platform::release_code(code->memory);
}

TEST_CASE("jit: fixups of fault-safe loads, and of nothing else") {
  Image image = image_of("r2 = *(u32 *)(r1 + 8); r0 = *(u8 *)(r1 + 16); r0 += r2; exit");
  REQUIRE(image.facts.resize(image.code.size()));
  image.facts[0].fault_safe = image.facts[1].fault_safe = true;
  auto code = jit_compile(image, {});
  REQUIRE(code);
  REQUIRE(code->exceptions.size() == 2);
  size_t found = 0;
  for (uint64_t pc = code->entry - 4; pc < code->entry + code->bytes + 4; pc++) {
    const uint64_t fixup = find_jit_fixup(*code, pc);
    if (fixup == 0) continue;
    found++;
    CHECK(fixup > pc);
    CHECK(fixup < code->entry + code->bytes);
  }
  CHECK(found == 2);
  platform::release_code(code->memory);
}

TEST_CASE("jit: a leaf program has no frame, a caller saves what it uses") {
  CHECK(instructions("r0 = r1; exit", {}) == 3);                  // mv, mv, ret
  CHECK(instructions("r0 = 5; exit", {}) == 3);                   // li, mv, ret
  CHECK(instructions("r6 = r1; r0 = r6; exit", {}) == 3);         // mv, mv, ret: r6 is not needed
  CHECK(instructions("r6 = r1; call 5; r0 = r6; exit", {}) > 9);  // a frame of two registers, and a call
  CHECK(instructions("r2 = *(u64 *)(r1 + 8); r0 = r2; exit", {}) == 3);
}

TEST_CASE("jit: moves and operations on them are one instruction") {
  CHECK(instructions("r0 = r1; r0 += 5; exit", {}) == 3);
  CHECK(instructions("r0 = r1; r0 ^= r2; exit", {}) == 3);
  CHECK(instructions("r0 = r1; goto +0; r0 ^= r2; exit", {}) == 4);  // a label stands between them
}

TEST_CASE("jit: 32-bit results are extended when their upper half is read, and only then") {
  CHECK(instructions("w1 += w2; w1 += w3; r0 = 0; if w1 == 7 goto +0; exit", {.zba = true}) ==
        7);  // addw, addw, li, li, beq, mv, ret
  const size_t read = instructions("w1 += w2; w1 += w3; r0 = r1; exit", {.zba = true});
  CHECK(read == 5);  // addw, add, zext, mv, ret
  CHECK(instructions("w1 += w2; w1 += w3; r0 = r1; exit", {}) == read + 1);
}

TEST_CASE("passes: each shortens what it is for, and can be turned off") {
  struct Case {
    JitPass pass;
    std::string_view text;
  };
  const Case cases[] = {
      {JitPass::kCopies, "r2 = r1; r2 += 8; r0 = *(u64 *)(r2 + 8); exit"},
      {JitPass::kIdioms, "w2 = w1; w2 <<= 7; w3 = w1; w3 >>= 25; w2 |= w3; w0 = w2; exit"},
      {JitPass::kIdioms, "r3 = r2; r3 <<= 3; r0 = r1; r0 += r3; exit"},
      {JitPass::kDead, "r2 = 5; r0 = 1; exit"},
      {JitPass::kJumps, "r0 = 0; if r1 == 7 goto skip; goto far; skip: r0 = 1; far: exit"},
      {JitPass::kCoalesce, "r2 = *(u64 *)(r1 + 0); r0 = r2; exit"},
      {JitPass::kExtensions,
       "r0 = 0; if r1 == 0 goto a; w2 = 1; goto b; a: w2 = 2; b: if w2 == 7 goto c; r0 = 1; c: exit"},
      {JitPass::kConstants,
       "r0 = 0; top: r1 += 0x12345; r2 += 0x12345; r3 += 0x12345; if r1 != 0x12345 goto top; r0 = r2; r0 += r3; exit"},
      // What the counter's pointer needs before the loop, it saves in it: the counter's start goes, too.
      {JitPass::kInduction,
       "r2 = 0; top: r3 = r1; r3 += r2; r4 = *(u8 *)(r3 + 0); *(u8 *)(r3 + 2100) = r4; r2 += 1; if r2 != 64 goto top;"
       "r0 = 0; exit"},
  };
  for (const Case& c : cases) {
    INFO(std::string(c.text));
    const size_t with = instructions(c.text, {.zba = true, .zbb = true});
    const size_t without = instructions(c.text, {.zba = true, .zbb = true, .passes_off = pass_bit(c.pass)});
    CHECK(with < without);
  }
}

TEST_CASE("passes: results that the verifier knows") {
  Image image = image_of("r1 = 6; r1 *= 7; if r2 == 0 goto out; r1 += 0; out: r0 = r1; exit");
  const auto length = [&](uint32_t off) {
    auto code = jit_compile(image, {.passes_off = off});
    REQUIRE(code);
    const size_t n = decoded(*code).size();
    platform::release_code(code->memory);
    return n;
  };
  const size_t without = length(0);
  REQUIRE(image.facts.resize(image.code.size()));
  Scratch scratch(1024);
  REQUIRE(find_constants(image, scratch));
  CHECK(length(0) < without);
  CHECK(length(pass_bit(JitPass::kFacts)) == without);
  // A constant of more than one instruction is not worth it.
  image.facts[1].constant = 0x12345678;
  image.facts[3].result_known = image.facts[4].result_known = false;
  CHECK(length(0) == without);
}

TEST_CASE("passes: names are read from a list") {
  CHECK(parse_passes("") == 0);
  CHECK(parse_passes("dead") == pass_bit(JitPass::kDead));
  CHECK(parse_passes("dead,nonsense,copies") == (pass_bit(JitPass::kDead) | pass_bit(JitPass::kCopies)));
  CHECK(parse_passes("all") == kAllPassesOff);
}

TEST_CASE("upper halves: what reads them") {
  const Image image =
      image_of("w1 += 1; w2 += 1; w3 += 1; *(u32 *)(r10 - 8) = r1; *(u64 *)(r10 - 16) = r2; r0 = 0; exit");
  std::vector<jit::RegSet> live(image.code.size());
  Scratch scratch(0);
  jit::Code code(scratch);
  REQUIRE(code.build(image, image.subprograms[0]));
  code.find_backward_jumps();
  jit::find_live_upper_halves(code, live);
  CHECK((live[0] & jit::reg_bit(1)) == 0);
  CHECK((live[1] & jit::reg_bit(2)) != 0);
  CHECK((live[2] & jit::reg_bit(3)) == 0);
  CHECK((live[5] & jit::reg_bit(0)) != 0);
  CHECK((live[3] & jit::reg_bit(10)) != 0);
}

TEST_CASE("upper halves: around a loop") {
  const Image image = image_of("w1 = 0; top: w1 += 1; if w1 < 9 goto top; r0 = r1; exit");
  std::vector<jit::RegSet> live(image.code.size());
  Scratch scratch(0);
  jit::Code code(scratch);
  REQUIRE(code.build(image, image.subprograms[0]));
  code.find_backward_jumps();
  jit::find_live_upper_halves(code, live);
  CHECK((live[1] & jit::reg_bit(1)) != 0);
  const Image narrow = image_of("w1 = 0; top: w1 += 1; if w1 < 9 goto top; w0 = w1; exit");
  jit::Code narrow_code(scratch);
  REQUIRE(narrow_code.build(narrow, narrow.subprograms[0]));
  narrow_code.find_backward_jumps();
  jit::find_live_upper_halves(narrow_code, live);
  CHECK((live[1] & jit::reg_bit(1)) == 0);
}

TEST_CASE("constants: known lengths") {
  const auto length = [](uint64_t v, JitTarget t) { return jit::constant_sequence(v, t).count; };
  CHECK(length(0, {}) == 1);
  CHECK(length(~uint64_t{0}, {}) == 1);
  CHECK(length(0x7fffffff, {}) == 2);
  CHECK(length(0xffffffff, {}) == 2);          // li -1; srli 32
  CHECK(length(0x80000000, {}) == 2);          // li 1; slli 31
  CHECK(length(0xffffffff80000000, {}) == 1);  // lui
  CHECK(length(0x12345678, {}) == 2);
  CHECK(length(0x9abcdef0, {.zba = true}) == 3);  // lui, addi, zext.w
  CHECK(length(0xfffffffffffff0ff, {.zbb = true}) <= 2);
  CHECK(length(0x123456789abcdef0, {}) <= 8);
}
