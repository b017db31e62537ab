#include "tests/runner/builder.h"

#include "bpf/isa/assemble.h"

namespace skep::runner {

using namespace skep::bpf;

void Builder::add(const Insn& insn) {
  bpf_insn slots[2];
  if (!encode(insn, at(), slots) || !code_.push_back(slots[0])) return void(ok_ = false);
  if (insn.op == Op::kLoadImm64 && !code_.push_back(slots[1])) ok_ = false;
}

void Builder::text(std::string_view source) {
  bpf_insn slots[64];
  const auto count = assemble(source, slots);
  if (!count || !code_.append({slots, *count})) ok_ = false;
}

Run run_jit(const Image& image, const JitTarget& target, uint64_t r1, uint64_t r2, bool far) {
  place_code_far(far);
  auto code = jit_compile(image, target);
  if (!code) return {};
  uint64_t changed = 0;
  set_faulting_code({&*code, 1});
  const uint64_t r0 = checked_call(*code, r1, r2, &changed);
  set_faulting_code({});
  platform::release_code(code->memory);
  return {changed == 0, r0};
}

}  // namespace skep::runner
