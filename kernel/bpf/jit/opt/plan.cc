#include "bpf/jit/opt/plan.h"

#include <algorithm>

#include "bpf/jit/opt/coalesce.h"
#include "bpf/jit/opt/copies.h"
#include "bpf/jit/opt/dead.h"
#include "bpf/jit/opt/facts.h"
#include "bpf/jit/opt/idioms.h"
#include "bpf/jit/opt/induction.h"
#include "bpf/jit/opt/inline.h"
#include "bpf/jit/opt/jumps.h"
#include "bpf/jit/upper_half.h"

namespace skep::bpf::jit {

Result<void> Plan::prepare(const Image& image, Code& code, std::span<bool> is_target) {
  if (has(JitPass::kFacts)) use_known_results(code, image);
  if (has(JitPass::kInline)) TRY(inline_helpers(image, code, scratch_));
  if (has(JitPass::kJumps)) simplify_jumps(code, is_target);
  if (has(JitPass::kCopies)) propagate_copies(code, is_target);
  const bool shifts = code.had(Op::kLsh) || code.had(Op::kRsh);
  if (has(JitPass::kIdioms) && shifts && (target.zba || target.zbb)) find_idioms(code, is_target, target);
  needs_to_listen = code.find_backward_jumps();
  TRY(live.resize(code.end() - code.start()));
  find_dead(code);

  TRY(loops.find(code));
  registers.prepare(code, loops, live.span());
  const InductionContext induction{
      .code = code, .loops = loops, .live = live.span(), .registers = registers, .preheaders = preheaders};
  if (has(JitPass::kInduction) && TRY(replace_counters(induction))) {
    if (has(JitPass::kCopies)) propagate_copies(code, is_target);
    find_dead(code);
  }
  if (has(JitPass::kCoalesce) && coalesce_moves(code, is_target, live.span())) find_dead(code);
  usage = function_usage(code);
  TRY(upper_live.resize(code.end() - code.start()));
  if (code.had_narrow_results()) {
    find_live_upper_halves(code, upper_live.span());
  } else {
    std::fill(upper_live.begin(), upper_live.end(), kAllRegs);  // nobody asks
  }
  TRY(joins.prepare(code, is_target));
  constants.prepare(loops);
  return {};
}

void Plan::find_dead(Code& code) {
  find_live_registers(code, live.span(), has(JitPass::kDead));
  if (has(JitPass::kDead)) remove_dead_code(code, live.span());
}

Result<bool> Plan::another_round() {
  const bool right = joins.end_round(round + 2 >= kMaxRounds);
  // Where constants are kept does not change what is known of the program's registers.
  if (round++ == 0) TRY(constants.assign(registers));
  return !right;
}

}  // namespace skep::bpf::jit
