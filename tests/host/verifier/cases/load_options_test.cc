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
  CHECK_FALSE(run_verifier("r0 = 1\nexit", fentry).accepted);
  CHECK_FALSE(run_verifier("r0 = *(u64 *)(r1 +0)\nexit", fentry).accepted);
}

TEST_CASE("verifier cases: a helper without a function is refused by name unless only judged", "[verifier]") {
  const std::string_view stack_id = "r2 = r10\nr2 += -8\nr3 = 8\nr4 = 0\ncall 67\nr0 = 0\nexit";
  CHECK(run_verifier(stack_id, {.judge_only = true}).accepted);
  const Verdict refused = run_verifier(stack_id, {.judge_only = false});
  CHECK_FALSE(refused.accepted);
  CHECK(refused.log.find("func bpf_get_stack#67 is not available in this kernel") != std::string::npos);
}
