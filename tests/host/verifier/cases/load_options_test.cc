// What depends on how the program is loaded: licence, attach type, helpers without a function.
#include "tests/host/verifier/cases/cases.h"

using namespace skep::verifier_test;

TEST_CASE("verifier cases: licence and attach type", "[verifier]") {
  const std::string_view printk = "*(u64 *)(r10 -8) = 0\nr1 = r10\nr1 += -8\nr2 = 8\ncall 6\nr0 = 0\nexit";
  CHECK(run_verifier(printk, {.gpl = true}).accepted);
  const Verdict refused = run_verifier(printk, {.gpl = false});
  CHECK_FALSE(refused.accepted);
  CHECK(refused.rejection.error == skep::Errno::kEINVAL);
  CHECK(refused.log.find("cannot call GPL-restricted function from non-GPL compatible program") != std::string::npos);

  const Options fentry{.prog_type = BPF_PROG_TYPE_TRACING, .attach_type = BPF_TRACE_FENTRY};
  CHECK(run_verifier("r0 = 0\nexit", fentry).accepted);
  CHECK(run_verifier("r0 = 1\nexit", fentry).rejection.rule == skep::bpf::Rule::kExitRange);
  CHECK(run_verifier("r0 = r1\nexit", fentry).rejection.rule == skep::bpf::Rule::kExitType);
  CHECK_FALSE(run_verifier("r0 = *(u64 *)(r1 +0)\nexit", fentry).accepted);
}

TEST_CASE("verifier cases: callers without rights", "[verifier]") {
  const auto rule_of = [](std::string_view text, bool privileged) {
    const Verdict v = run_verifier(text, {.prog_type = kFilter, .privileged = privileged});
    return v.accepted ? std::string_view("accepted") : rule_name(v.rejection.rule);
  };
  const std::string_view loop = "r0 = 0\na:\nr0 += 1\nif r0 < 10 goto a\nexit";
  CHECK(rule_of(loop, true) == "accepted");
  CHECK(rule_of(loop, false) == "kBackEdge");
  const std::string_view function = "call f\nexit\nf:\nr0 = 0\nexit";
  CHECK(rule_of(function, true) == "accepted");
  CHECK(rule_of(function, false) == "kFunctionsPrivileged");
  const std::string_view address = "r0 = r10\nexit";
  CHECK(rule_of(address, true) == "accepted");
  CHECK(rule_of(address, false) == "kLeaksReturn");
  CHECK(rule_of("r0 = 0\nexit", false) == "accepted");
}

TEST_CASE("verifier cases: a helper without a function is refused by name unless only judged", "[verifier]") {
  const std::string_view stack_id = "r2 = r10\nr2 += -8\nr3 = 8\nr4 = 0\ncall 67\nr0 = 0\nexit";
  CHECK(run_verifier(stack_id, {.judge_only = true}).accepted);
  const Verdict refused = run_verifier(stack_id, {.judge_only = false});
  CHECK_FALSE(refused.accepted);
  CHECK(refused.log.find("func bpf_get_stack#67 is not available in this kernel") != std::string::npos);
}
