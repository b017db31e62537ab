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

}  // namespace

Result<void> CallGraph::add(InsnIndex at, const Insn& call) {
  if (is_tail_call(call)) return tail_calls_.push_back(at);
  if (call.op != Op::kCallLocal || call.target >= image_.code.size()) return {};
  return calls_.push_back({at, call.target});
}

size_t CallGraph::subprogram_of(InsnIndex at) const {
  const auto all = image_.subprograms.span();
  const auto after =
      std::upper_bound(all.begin(), all.end(), at, [](InsnIndex i, const Subprogram& s) { return i < s.start; });
  return static_cast<size_t>(after - all.begin()) - 1;
}

void CallGraph::find_tail_callers(std::span<bool> callers) const {
  for (const InsnIndex at : tail_calls_.span()) callers[subprogram_of(at)] = true;
  // As many rounds as calls nest: eight frames in a verified program.
  for (bool changed = !tail_calls_.empty(); changed;) {
    changed = false;
    for (const Call& c : calls_.span()) {
      const size_t from = subprogram_of(c.from);
      if (callers[subprogram_of(c.to)] && !callers[from]) callers[from] = changed = true;
    }
  }
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
