#include "bpf/jit/opt/facts.h"

namespace skep::bpf::jit {
namespace {

bool fits_one_instruction(uint64_t value) {
  const auto v = static_cast<int64_t>(value);
  return v >= -2048 && v <= 2047;  // addi's immediate: RISC-V unprivileged specification, "Integer Register-Immediate
                                   // Instructions"
}

bool computes(const Step& step) {
  if (step.form != Form::kPlain) return false;
  return (is_alu(step.op) && (step.op != Op::kMov || !step.use_imm)) || step.op == Op::kLoad || step.op == Op::kLoadSx;
}

}  // namespace

void use_known_results(Code& code, const Image& image) {
  if (image.facts.empty()) return;
  for (InsnIndex at = code.start(); at < code.end(); at++) {
    const InsnFacts& facts = image.facts[at];
    Step& step = code[at];
    if (!facts.result_known || !fits_one_instruction(facts.constant) || !computes(step)) continue;
    const uint8_t dst = step.dst;
    const InsnIndex target = step.target;
    step = Step{Insn{.op = Op::kMov, .width = Width::k64, .dst = dst, .use_imm = true}, dst};
    step.imm = static_cast<int32_t>(facts.constant);
    step.target = target;
    step.refresh();
  }
}

}  // namespace skep::bpf::jit
