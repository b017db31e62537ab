#include "bpf/jit/tail_calls.h"

#include <algorithm>

#include "bpf/jit/translate.h"
#include "bpf/jit/usage.h"

namespace skep::bpf::jit {
namespace {

// What compiled code asks: the address to jump to, 0 when the tail call fails. A program that is interpreted is none to
// jump to.
uint64_t find_tail_call(uint64_t map, uint64_t index, uint32_t* taken) {
  const TailCallTarget* target = take_tail_call(map, index, *taken);
  return target != nullptr ? target->entry : 0;
}

size_t subprogram_of(const Image& image, InsnIndex at) {
  const auto all = image.subprograms.span();
  const auto after =
      std::upper_bound(all.begin(), all.end(), at, [](InsnIndex i, const Subprogram& s) { return i < s.start; });
  return static_cast<size_t>(after - all.begin()) - 1;
}

}  // namespace

Result<Vec<bool>> find_tail_callers(const Image& image) {
  struct Call {
    uint32_t from, to;
  };
  Vec<bool> callers;
  Vec<Call> calls;
  TRY(callers.resize(image.subprograms.size()));
  bool changed = false;
  for (uint32_t n = 0; n < image.subprograms.size(); n++) {
    const Subprogram& s = image.subprograms[n];
    for (InsnIndex at = s.start; at < s.end; at++) {
      const Insn& insn = image.code[at];
      if (insn.second_slot) continue;
      if (is_tail_call(insn)) callers[n] = changed = true;
      if (insn.op == Op::kCallLocal && insn.target < image.code.size()) {
        TRY(calls.push_back({n, static_cast<uint32_t>(subprogram_of(image, insn.target))}));
      }
    }
  }
  // As many rounds as calls nest: eight frames in a verified program.
  while (changed) {
    changed = false;
    for (const Call& c : calls) {
      if (callers[c.to] && !callers[c.from]) callers[c.from] = changed = true;
    }
  }
  return callers;
}

void emit_entry_stub(Assembler& as, Label stub, Label body, uint32_t taken) {
  as.bind(stub);
  as.i(Mnemonic::kAddi, Reg::kSp, Reg::kSp, -16);
  as.store(Mnemonic::kSd, Reg::kRa, 8, Reg::kSp);
  if (taken != 0) as.i(Mnemonic::kAddi, kTailCallCount, Reg::kZero, static_cast<int32_t>(taken));
  as.store(Mnemonic::kSw, taken != 0 ? kTailCallCount : Reg::kZero, 0, Reg::kSp);
  as.move(kTailCallCount, Reg::kSp);
  as.call(body);
  as.load(Mnemonic::kLd, Reg::kRa, 8, Reg::kSp);
  as.i(Mnemonic::kAddi, Reg::kSp, Reg::kSp, 16);
  as.i(Mnemonic::kJalr, Reg::kZero, Reg::kRa, 0);
}

// r1 is the context, r2 the program array, r3 the index. When it succeeds, this function's frame goes, and the other
// program returns to this one's caller.
void Translator::tail_call() {
  constexpr Reg kTarget = Reg::kT1;
  const Label failed = as_.new_label();
  as_.store(Mnemonic::kSd, reg(1), tail_context_at_, Reg::kSp);
  as_.move(Reg::kA0, reg(2));
  as_.move(Reg::kA1, reg(3));
  as_.load(Mnemonic::kLd, Reg::kA2, tail_count_at_, Reg::kSp);
  as_.call_address(reinterpret_cast<uintptr_t>(&find_tail_call));
  as_.branch(Mnemonic::kBeq, Reg::kA0, Reg::kZero, failed);
  as_.move(kTarget, Reg::kA0);
  as_.load(Mnemonic::kLd, reg(1), tail_context_at_, Reg::kSp);
  as_.load(Mnemonic::kLd, kTailCallCount, tail_count_at_, Reg::kSp);
  leave_frame();
  as_.i(Mnemonic::kJalr, Reg::kZero, kTarget, 0);
  as_.bind(failed);
  zero_ext_ &= static_cast<RegSet>(~kCallClobbers);
  sign_ext_ &= static_cast<RegSet>(~kCallClobbers);
}

}  // namespace skep::bpf::jit
