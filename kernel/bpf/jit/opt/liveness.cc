#include "bpf/jit/opt/liveness.h"

#include <algorithm>

#include "bpf/jit/opt/loops.h"

namespace skep::bpf::jit {
namespace {
constexpr uint32_t kMaxRounds = 8;  // loop nests of depth n settle after n + 2
}

void find_live_registers(const Image& image, const Subprogram& function, std::span<RegSet> live) {
  std::fill(live.begin(), live.end(), kNoRegs);
  bool changed = true;
  for (uint32_t round = 0; changed && round < kMaxRounds; round++) {
    changed = false;
    for (InsnIndex at = function.end; at-- > function.start;) {
      const Insn& insn = image.code[at];
      RegSet after = kNoRegs;
      if (falls_through(insn) && at + 1 < function.end) after = live[at + 1 - function.start];
      if (!insn.second_slot && is_jump(insn.op)) after |= live[insn.target - function.start];
      const RegSet before = (after & ~writes(insn)) | reads(insn);
      RegSet& known = live[at - function.start];
      if (before != known) known = before, changed = true;
    }
  }
  if (changed) std::fill(live.begin(), live.end(), kAllRegs);
}

}  // namespace skep::bpf::jit
