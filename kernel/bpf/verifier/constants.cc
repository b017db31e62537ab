// Forward data flow over registers, optimistic: a register is known at a place where paths meet while all of them, as
// far as they were followed, bring the same number. Each register loses that at most once at each such place, so the
// work is linear in the program but for a small factor.
#include "bpf/verifier/constants.h"

#include <string.h>

#include <bit>

#include "bpf/isa/eval.h"
#include "bpf/verifier/cfg.h"

namespace skep::bpf {
namespace {

using verifier::is_arithmetic;
using verifier::is_conditional_jump;

struct Known {
  uint16_t mask;               // a bit per register
  uint64_t value[kRegisters];  // of those

  // 0 when nothing is known.
  uint64_t get(uint8_t r) const { return has(r) ? value[r] : 0; }
  bool has(uint8_t r) const { return (mask >> r & 1) != 0; }
  void set(uint8_t r, uint64_t v) {
    mask |= static_cast<uint16_t>(1u << r);
    value[r] = v;
  }
  void forget(uint8_t r) { mask &= static_cast<uint16_t>(~(1u << r)); }
  void forget_below(uint8_t end) { mask &= static_cast<uint16_t>(~0u << end); }
  // Keeps what both agree on. True when something was lost.
  bool meet(const Known& o) {
    const uint16_t before = mask;
    mask &= o.mask;
    for (uint32_t left = mask; left != 0; left &= left - 1) {
      const auto r = static_cast<uint8_t>(std::countr_zero(left));
      if (value[r] != o.value[r]) forget(r);
    }
    return mask != before;
  }
};

constexpr uint8_t kFirstSavedRegister = 6;

class Finder {
 public:
  Finder(Image& image, Scratch& scratch)
      : image_(image), meeting_(scratch), states_(scratch), met_(scratch), queued_(scratch), work_(scratch) {}

  Result<void> run() {
    TRY(find_meeting_points());
    Known nothing;
    nothing.mask = 0;
    for (const Subprogram& s : image_.subprograms) {
      if (image_.facts[s.start].reachable) TRY(arrive(s.start, nothing));
    }
    if (!has_back_edge_) {  // whatever leads to an instruction stands before it: once over the text settles all
      for (InsnIndex i = 0; i < image_.code.size(); i++) {
        if (meeting_[i] != kNone && met_[meeting_[i]]) TRY(follow(i, true));
      }
      return {};
    }
    while (!work_.empty()) {
      const InsnIndex at = work_.back();
      work_.pop_back();
      queued_[meeting_[at]] = 0;
      TRY(follow(at, false));
    }
    for (InsnIndex i = 0; i < image_.code.size(); i++) {
      if (meeting_[i] != kNone && met_[meeting_[i]]) TRY(follow(i, true));
    }
    return {};
  }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;

  InsnIndex after(InsnIndex i) const { return i + (image_.code[i].op == Op::kLoadImm64 ? 2 : 1); }
  static bool jumps(const Insn& insn) {
    return insn.op == Op::kJa || insn.op == Op::kMayGoto || is_conditional_jump(insn.op);
  }

  Result<void> find_meeting_points() {
    TRY(meeting_.resize_for_overwrite(image_.code.size()));
    for (uint32_t& m : meeting_) m = kNone;
    uint32_t count = 0;
    const auto mark = [&](InsnIndex at) {
      if (meeting_[at] == kNone) meeting_[at] = count++;
    };
    for (const Subprogram& s : image_.subprograms) mark(s.start);
    for (InsnIndex i = 0; i < image_.code.size(); i++) {
      const Insn& insn = image_.code[i];
      if (insn.second_slot || !jumps(insn)) continue;
      mark(insn.target);
      has_back_edge_ = has_back_edge_ || insn.target <= i;
    }
    TRY(states_.resize_for_overwrite(count));
    TRY(met_.resize(count));
    return queued_.resize(count);
  }

  Result<void> arrive(InsnIndex at, const Known& with) {
    const uint32_t m = meeting_[at];
    if (met_[m] && !states_[m].meet(with)) return {};
    if (!met_[m]) states_[m] = with;
    met_[m] = 1;
    if (queued_[m] || !has_back_edge_) return {};
    queued_[m] = 1;
    return work_.push_back(at);
  }

  // From a meeting point to where the straight line ends or the next one begins.
  Result<void> follow(InsnIndex at, bool record) {
    const bool leads_on = !record || !has_back_edge_;
    Known now = states_[meeting_[at]];
    for (;;) {
      const Insn& insn = image_.code[at];
      InsnFacts& facts = image_.facts[at];
      const InsnIndex next = after(at);
      if (insn.op == Op::kExit) return {};
      if (insn.op == Op::kJa) return leads_on ? arrive(insn.target, now) : Result<void>{};
      if (jumps(insn)) {
        if (leads_on && image_.facts[insn.target].reachable && !facts.branch_never) {
          if (tells(insn, true)) {
            Known there = now;
            learn(there, insn);
            TRY(arrive(insn.target, there));
          } else {
            TRY(arrive(insn.target, now));
          }
        }
        if (facts.branch_always) return {};
        if (tells(insn, false)) learn(now, insn);
      } else if (const int written = execute(insn, now);
                 record && written >= 0 && now.has(static_cast<uint8_t>(written))) {
        facts.result_known = true;
        facts.constant = now.value[written];
      }
      at = next;
      if (at >= image_.code.size() || !image_.facts[at].reachable) return {};
      if (meeting_[at] != kNone) return leads_on ? arrive(at, now) : Result<void>{};
    }
  }

  // A comparison for equality with a constant says what the register is on the side where they are equal.
  static bool tells(const Insn& insn, bool taken) {
    if (!insn.use_imm || insn.width != Width::k64) return false;
    return taken ? insn.op == Op::kJeq : insn.op == Op::kJne;
  }
  static void learn(Known& now, const Insn& insn) {
    now.set(insn.dst, static_cast<uint64_t>(static_cast<int64_t>(insn.imm)));
  }

  // The register that holds the instruction's result, -1 for none (or none that could be known).
  int execute(const Insn& insn, Known& now) const {
    if (is_arithmetic(insn.op)) {
      const bool uses_dst = insn.op != Op::kMov && insn.op != Op::kMovSx;
      const bool unary = insn.op == Op::kNeg || insn.op == Op::kToLe || insn.op == Op::kToBe || insn.op == Op::kBswap;
      const bool known = (!uses_dst || now.has(insn.dst)) && (unary || insn.use_imm || now.has(insn.src));
      const uint64_t b = insn.use_imm ? static_cast<uint64_t>(static_cast<int64_t>(insn.imm)) : now.get(insn.src);
      if (known) {
        now.set(insn.dst, eval_alu(insn.op, insn.width, insn.size, now.get(insn.dst), b));
      } else {
        now.forget(insn.dst);
      }
      return insn.dst;
    }
    switch (insn.op) {
      case Op::kLoadImm64:
        if (insn.pseudo == Pseudo::kFunc) {
          now.forget(insn.dst);  // the engine's own value
        } else {
          now.set(insn.dst, insn.imm64);
        }
        return insn.dst;
      case Op::kLoad:
      case Op::kLoadSx: {
        uint64_t value = 0;
        if (now.has(insn.src) &&
            read_constant(now.value[insn.src] + static_cast<uint64_t>(int64_t{insn.offset}), insn.size, value)) {
          now.set(insn.dst, insn.op == Op::kLoad ? value : eval_alu(Op::kMovSx, Width::k64, insn.size, 0, value));
        } else {
          now.forget(insn.dst);
        }
        return insn.dst;
      }
      case Op::kAtomic:
        now.forget(0);
        now.forget(insn.src);
        now.forget(insn.dst);
        return -1;
      case Op::kCallHelper:
      case Op::kCallLocal:
      case Op::kCallKfunc:
      case Op::kCallIndirect:
      case Op::kLoadAbs:
      case Op::kLoadInd:
        now.forget_below(kFirstSavedRegister);
        return -1;
      default:
        return -1;
    }
  }

  // Memory of a map that nobody can change any more.
  bool read_constant(uint64_t address, uint32_t size, uint64_t& value) const {
    for (const Ref<Map>& m : image_.maps) {
      const MapAttributes& a = m->attributes();
      if ((a.flags & BPF_F_RDONLY_PROG) == 0 || !m->frozen()) continue;
      const auto base = m->direct_value_address(0);
      if (!base || address < *base || address - *base > a.value_size || a.value_size - (address - *base) < size)
        continue;
      value = 0;
      memcpy(&value, reinterpret_cast<const void*>(static_cast<uintptr_t>(address)), size);
      return true;
    }
    return false;
  }

  Image& image_;
  bool has_back_edge_ = false;
  ScratchVec<uint32_t> meeting_;  // per slot: number of the meeting point there, or kNone
  ScratchVec<Known> states_;      // per meeting point
  ScratchVec<uint8_t> met_;
  ScratchVec<uint8_t> queued_;
  ScratchVec<InsnIndex> work_;
};

}  // namespace

Result<void> find_constants(Image& image, Scratch& scratch) {
  if (image.facts.size() != image.code.size()) return {};
  return Finder(image, scratch).run();
}

}  // namespace skep::bpf
