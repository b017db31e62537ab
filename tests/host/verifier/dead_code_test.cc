// Dead code is taken out, and what is left is the same program.
#include "bpf/verifier/dead_code.h"

#include <catch2/catch.hpp>

#include "bpf/interp/interp.h"
#include "bpf/isa/decode.h"
#include "tests/host/btf/btf_builder.h"
#include "tests/host/platform/host_platform.h"
#include "tests/host/verifier/random_program.h"
#include "tests/host/verifier/support.h"

using namespace skep;
using namespace skep::bpf;
using namespace skep::verifier_test;

namespace {

struct Removed {
  VerifyResult result;
  Vec<bpf_insn> raw;
  ProgramDebugInfo debug;
};

Removed remove(const std::vector<bpf_insn>& code, uint32_t flags = 0) {
  Removed r;
  Verdict v = run_verifier(code, {.log_level = 0, .prog_flags = flags});
  REQUIRE(v.accepted);
  r.result = std::move(v.result);
  REQUIRE(r.raw.append(std::span(code)));
  return r;
}

std::string listing(const Vec<bpf_insn>& code) {
  StringSink out;
  for (InsnIndex i = 0; i < code.size(); i++) {
    const auto insn = decode(code.span(), i);
    REQUIRE(insn.has_value());
    disassemble(out, *insn, i);
    out.write("\n");
    if (insn->op == Op::kLoadImm64) i++;
  }
  return out.text;
}

struct Example {
  std::string_view before, after;
};
constexpr Example kExamples[] = {
    {"r0 = 0\nexit", "r0 = 0\nexit"},
    {"r0 = 0\nif r0 == 0 goto a\nr0 = 1\na:\nexit", "r0 = 0\nexit"},
    {"r0 = 0\nif r0 != 0 goto a\nr0 = 1\na:\nexit", "r0 = 0\nr0 = 1\nexit"},
    {"r0 = 0\nif r0 != 0 goto a\nexit\na:\nr0 = 5 ll\nexit", "r0 = 0\nexit"},
    {"r0 = 0\nif r0 == 0 goto a\nr0 = 5 ll\nexit\na:\nr0 = 7 ll\nexit", "r0 = 0\nr0 = 7 ll\nexit"},
    {"r0 = 0\ngoto +0\ngoto +0\nexit", "r0 = 0\nexit"},
    {"r0 = 0\ngoto a\nb:\nr0 = 2\nexit\na:\ngoto b", "r0 = 0\ngoto +2\nr0 = 2\nexit\ngoto -3"},
    {"r6 = 0\na:\nr6 += 1\nr0 = 1\nif r0 == 0 goto b\nif r6 < 4 goto a\nb:\nexit",
     "r6 = 0\nr6 += 1\nr0 = 1\nif r6 < 4 goto -3\nexit"},
    // The function in the dead branch goes; the call over it is shorter.
    {"r0 = 1\nif r0 == 1 goto a\ncall g\na:\ncall f\nexit\ng:\nr0 = 3\nexit\nf:\nr0 = 4\nexit",
     "r0 = 1\ncall pc+1\nexit\nr0 = 4\nexit"},
    // A side that contradicts what is known is never reached.
    {"call 7\nr6 = r0\nr0 = 0\nif r6 > 10 goto a\nif r6 < 20 goto a\nr0 = 1\na:\nexit",
     "call 7\nr6 = r0\nr0 = 0\nif r6 > 10 goto +0\nexit"},
};

}  // namespace

TEST_CASE("dead code: what is left", "[verifier]") {
  for (const Example& e : kExamples) {
    Removed r = remove(assemble_program(e.before));
    REQUIRE(remove_dead_code(r.result.image, r.raw, r.debug));
    const std::vector<bpf_insn> text = assemble_program(e.after);
    Vec<bpf_insn> expected;
    REQUIRE(expected.append(std::span(text)));
    INFO(e.before);
    CHECK(listing(r.raw) == listing(expected));
    const Image& image = r.result.image;
    CHECK(image.code.size() == r.raw.size());
    CHECK(image.facts.size() == r.raw.size());
    CHECK(image.subprograms.back().end == r.raw.size());
    for (InsnIndex i = 0; i < image.code.size(); i++) {
      const auto insn = decode(r.raw.span(), i);
      if (image.code[i].second_slot) continue;
      REQUIRE(insn.has_value());
      CHECK(insn->op == image.code[i].op);
      CHECK(insn->target == image.code[i].target);
    }
  }
}

// Each jump leads over the next one, and is empty once that is gone.
TEST_CASE("dead code: a long chain of jumps", "[verifier]") {
  std::vector<bpf_insn> code = assemble_program("r0 = 0\nr2 = *(u64 *)(r1 +0)\nif r2 == 0 goto +1\ngoto +0\nexit");
  bpf_insn over_next = code[3];
  over_next.off = 1;
  code.insert(code.begin() + 3, 50'000, over_next);
  Removed r = remove(code);
  REQUIRE(remove_dead_code(r.result.image, r.raw, r.debug));
  CHECK(r.raw.size() == 4);
}

TEST_CASE("dead code: lines and functions follow", "[verifier]") {
  // Lines 0: 0-1, 1: 2 (dead), 2: 3, 3: 5-6 (dead function), 4: 7-8
  Removed r = remove(
      assemble_program("r0 = 1\nif r0 == 1 goto a\ncall g\na:\ncall f\nexit\ng:\nr0 = 3\nexit\nf:\nr0 = 4\nexit"));
  test::BtfBuilder b;
  const auto f = b.function("f", b.prototype(b.integer(), {}));
  test::CollectedLog log;
  r.debug.btf = *Btf::parse(b.bytes(), log);
  for (const uint32_t at : {0u, 2u, 3u, 5u, 7u}) {
    bpf_line_info line{};
    line.insn_off = at;
    line.line_col = at << 10;
    REQUIRE(r.debug.lines.push_back(line));
  }
  for (const uint32_t at : {0u, 5u, 7u}) REQUIRE(r.debug.functions.push_back({.insn_off = at, .type_id = f}));
  REQUIRE(remove_dead_code(r.result.image, r.raw, r.debug));
  REQUIRE(r.raw.size() == 5);
  REQUIRE(r.debug.lines.size() == 3);
  CHECK(r.debug.lines[0].insn_off == 0);
  CHECK(r.debug.lines[1].insn_off == 1);
  CHECK(BPF_LINE_INFO_LINE_NUM(r.debug.lines[1].line_col) == 3);
  CHECK(r.debug.lines[2].insn_off == 3);
  CHECK(BPF_LINE_INFO_LINE_NUM(r.debug.lines[2].line_col) == 7);
  REQUIRE(r.debug.functions.size() == 2);
  CHECK(r.debug.functions[1].insn_off == 3);
  REQUIRE(r.result.image.subprograms.size() == 2);
  CHECK(r.result.image.subprograms[1].start == 3);
}

TEST_CASE("dead code: random programs give the same result without it", "[verifier]") {
  int shorter = 0, compared = 0;
  for (uint64_t seed = 1; seed <= 2000; seed++) {
    const std::vector<bpf_insn> code = RandomProgram(seed).generate();
    // Without privilege no address becomes a number, so that the result does not depend on where the stack happens to
    // lie.
    Verdict v = run_verifier(code, {.log_level = 0, .prog_flags = BPF_F_ANY_ALIGNMENT, .privileged = false});
    if (!v.accepted) continue;
    compared++;
    const auto run = [&](const Image& image) {
      for (const uint32_t i : {uint32_t{kArray}, uint32_t{kGlobal}}) {
        const Map& m = *test_maps()[i];
        auto* values = const_cast<uint8_t*>(static_cast<const uint8_t*>(m.array_base()));
        for (uint32_t at = 0; at < m.attributes().max_entries * value_stride(m.attributes().value_size); at++) {
          values[at] = static_cast<uint8_t>(at * 37 + seed);
        }
      }
      alignas(8) uint8_t context[platform::kPtRegsBytes];
      for (size_t i = 0; i < sizeof(context); i++) context[i] = static_cast<uint8_t>(i * 11 + seed);
      host::set_random_seed(static_cast<uint32_t>(seed));
      host::set_clock_ns(seed);
      return interpret(image, reinterpret_cast<uint64_t>(context), {.max_instructions = 4'000'000});
    };
    v.result.image.bind();
    const auto before = run(v.result.image);
    Vec<bpf_insn> raw;
    REQUIRE(raw.append(std::span(code)));
    ProgramDebugInfo debug;
    REQUIRE(remove_dead_code(v.result.image, raw, debug));
    v.result.image.bind();
    if (raw.size() < code.size()) shorter++;
    INFO("seed " << seed);
    const auto after = run(v.result.image);
    REQUIRE(before.has_value());
    REQUIRE(after.has_value());
    CHECK(*before == *after);
  }
  host::set_clock_ns(0);
  CHECK(compared > 50);
  CHECK(shorter > 10);
}
