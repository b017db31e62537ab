// Rules whose programs are long, or no text of the assembler.
#include "tests/host/verifier/cases/cases.h"

using namespace skep::verifier_test;
using skep::bpf::Rule;

namespace {

constexpr Case kVariableAtomic[] = {
    {"atomic at a variable stack offset", kKprobe,
     "r3 = *(u8 *)(r1 +0)\nr3 &= 8\n*(u64 *)(r10 -8) = 0\n*(u64 *)(r10 -16) = 0\nr2 = r10\nr2 += -16\nr2 += r3\n"
     "lock *(u64 *)(r2 +0) += r3\nr0 = 0\nexit",
     "StackVariableAtomic"},
    {"atomic at a constant stack offset", kKprobe,
     "r3 = *(u8 *)(r1 +0)\nr3 &= 8\n*(u64 *)(r10 -8) = 0\n*(u64 *)(r10 -16) = 0\nr2 = r10\nr2 += -16\n"
     "lock *(u64 *)(r2 +0) += r3\nr0 = 0\nexit",
     ""},
};

// `count` branches, all to the end.
std::vector<bpf_insn> branches(int count) {
  auto code = assemble_program("call 7\nr1 = r0\nr0 = 0\nif r1 == 0 goto +0\nexit");
  const bpf_insn branch = code[3], last = code[4];
  code.resize(3);
  for (int i = 0; i < count; i++) {
    code.push_back(branch);
    code.back().imm = i;
    code.back().off = static_cast<int16_t>(count - i - 1);
  }
  code.push_back(last);
  return code;
}

// A main program and `count` - 1 functions, each called once.
std::vector<bpf_insn> functions(int count) {
  const bpf_insn call = {.code = BPF_JMP | BPF_CALL, .dst_reg = 0, .src_reg = BPF_PSEUDO_CALL, .off = 0, .imm = 0};
  const auto leaf = assemble_program("r0 = 0\nexit");
  std::vector<bpf_insn> code(static_cast<size_t>(count - 1), call);
  code.push_back(leaf[1]);
  for (int i = 0; i < count - 1; i++) {
    code[static_cast<size_t>(i)].imm = count - i - 1 + 2 * i;
    code.insert(code.end(), leaf.begin(), leaf.end());
  }
  return code;
}

}  // namespace

TEST_CASE("verifier cases: atomics at variable offsets", "[verifier]") {
  check_cases(kVariableAtomic, std::size(kVariableAtomic));
}

TEST_CASE("verifier cases: limits", "[verifier]") {
  CHECK(run_verifier(branches(200)).accepted);
  const Verdict many = run_verifier(branches(8193));
  CHECK_FALSE(many.accepted);
  CHECK(many.rejection.rule == Rule::kTooManyBranches);
  CHECK(run_verifier(functions(256)).accepted);
  const Verdict more = run_verifier(functions(257));
  CHECK_FALSE(more.accepted);
  CHECK(more.rejection.rule == Rule::kTooManySubprograms);
}

TEST_CASE("verifier cases: bytes that are no instruction", "[verifier]") {
  auto code = assemble_program("r0 = 0\nexit");
  for (const uint8_t opcode : {0x0e, 0x8f, 0xff}) {
    code[0].code = opcode;
    CHECK(run_verifier(code).rejection.rule == Rule::kBadInsn);
  }
  code = assemble_program("r0 = 0\nexit");
  code[0].src_reg = 1;  // a field that this instruction does not use
  CHECK(run_verifier(code).rejection.rule == Rule::kBadInsn);
  code[0].src_reg = 0;
  CHECK(run_verifier(code).accepted);
}
