#include "bpf/btf/debug_info.h"

#include <catch2/catch.hpp>

#include "tests/host/btf/btf_builder.h"
#include "tests/host/platform/leak_check.h"

using namespace skep;
using namespace skep::test;
using namespace skep::bpf;

namespace {

// main calls a function at 3; an LDDW at 3 takes the address of another one at 6.
const bpf_insn kCode[] = {
    {.code = BPF_JMP | BPF_CALL, .dst_reg = 0, .src_reg = BPF_PSEUDO_CALL, .off = 0, .imm = 2},
    {.code = BPF_ALU64 | BPF_MOV, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
    {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
    {.code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = 2, .src_reg = BPF_PSEUDO_FUNC, .off = 0, .imm = 2},
    {.code = 0, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
    {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
    {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
};

struct Fixture {
  ProgramDebugInfo info;
  uint32_t function = 0;
  uint32_t text = 0;

  Fixture() {
    BtfBuilder b;
    const auto integer = b.integer();
    function = b.function("f", b.prototype(integer, {}));
    text = b.string("return 0;");
    CollectedLog log;
    info.btf = *Btf::parse(b.bytes(), log);
  }
  std::string check(std::initializer_list<bpf_func_info> functions, std::initializer_list<bpf_line_info> lines) {
    info.functions.clear();
    info.lines.clear();
    for (const auto& f : functions) REQUIRE(info.functions.push_back(f));
    for (const auto& l : lines) REQUIRE(info.lines.push_back(l));
    CollectedLog log;
    const auto r = check_debug_info(info, kCode, log);
    CHECK(r.has_value() == log.text.empty());
    if (!r) CHECK(r.error() == Errno::kEINVAL);
    return r ? "" : log.text;
  }
};

}  // namespace

TEST_CASE("function starts are found in calls and addresses", "[btf]") {
  auto starts = find_function_starts(kCode);
  REQUIRE(starts.has_value());
  REQUIRE(starts->size() == 3);
  CHECK(((*starts)[0] == 0 && (*starts)[1] == 3 && (*starts)[2] == 6));
  bpf_insn wild = kCode[0];
  wild.imm = INT32_MAX;
  CHECK(find_function_starts({&wild, 1})->size() == 1);
}

TEST_CASE("func_info must describe the program's functions", "[btf]") {
  Fixture f;
  const auto fn = f.function;
  const auto has = [](const std::string& text, const char* part) { return text.find(part) != std::string::npos; };
  CHECK(f.check({{0, fn}, {3, fn}, {6, fn}}, {}) == "");
  CHECK(has(f.check({{0, fn}, {3, fn}}, {}), "number of funcs in func_info doesn't match"));
  CHECK(has(f.check({{1, fn}, {3, fn}, {6, fn}}, {}), "nonzero insn_off 1"));
  CHECK(has(f.check({{0, fn}, {3, fn}, {3, fn}}, {}), "same or smaller insn offset (3)"));
  CHECK(has(f.check({{0, fn}, {3, fn}, {5, fn}}, {}), "doesn't match subprog layout"));
  CHECK(has(f.check({{0, fn}, {3, 1}, {6, fn}}, {}), "invalid type id 1 in func info"));
  CHECK(has(f.check({{0, fn}, {3, 9999}, {6, fn}}, {}), "invalid type id 9999 in func info"));
}

TEST_CASE("line_info must be ordered, inside the code and cover each function's start", "[btf]") {
  Fixture f;
  const auto line = [&](uint32_t at) { return bpf_line_info{at, 0, f.text, 7 << 10 | 3}; };
  const auto has = [](const std::string& text, const char* part) { return text.find(part) != std::string::npos; };
  CHECK(f.check({}, {line(0), line(1), line(3), line(6)}) == "");
  CHECK(find_line(f.info, 0)->insn_off == 0);
  CHECK(find_line(f.info, 2)->insn_off == 1);
  CHECK(find_line(f.info, 99)->insn_off == 6);
  CHECK(has(f.check({}, {line(0), line(3), line(3), line(6)}), "Invalid line_info[2].insn_off:3"));
  CHECK(has(f.check({}, {line(0), line(3), line(6), line(7)}), "Invalid line_info[3].insn_off:7"));
  CHECK(has(f.check({}, {line(0), line(3), line(4), line(6)}), "Invalid insn code at line_info[2]"));
  CHECK(has(f.check({}, {line(0), line(1), line(6)}), "missing bpf_line_info for func#1"));
  CHECK(has(f.check({}, {line(0), line(3)}), "missing bpf_line_info for 1 funcs starting from func#2"));
  CHECK(has(f.check({}, {line(1), line(3), line(6)}), "missing bpf_line_info for func#0"));
  CHECK(has(f.check({}, {{0, 0, 99999, 0}, line(3), line(6)}), "Invalid line_info[0].line_off"));
  CHECK(has(f.check({}, {{0, 99999, 0, 0}, line(3), line(6)}), "Invalid line_info[0].line_off"));
  ProgramDebugInfo none;
  CHECK(find_line(none, 0) == nullptr);
}
