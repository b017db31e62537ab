#include "bpf/verifier/dead_code.h"

#include "bpf/isa/decode.h"
#include "bpf/verifier/cfg.h"

namespace skep::bpf {
namespace {

using verifier::is_conditional_jump;
using verifier::takes_function;

constexpr bool has_target(const Insn& insn) {
  return insn.op == Op::kJa || is_conditional_jump(insn.op) || insn.op == Op::kMayGoto;
}

// Whether there may be anything to do: one look at each instruction.
bool may_have_dead_code(const Image& image) {
  const auto count = static_cast<InsnIndex>(image.code.size());
  for (InsnIndex i = 0; i < count; i++) {
    const Insn& insn = image.code[i];
    if (insn.second_slot) continue;
    const InsnFacts& facts = image.facts[i];
    if (!facts.reachable || facts.branch_always || facts.branch_never) return true;
    if (insn.op == Op::kJa && insn.target == i + 1) return true;
  }
  return false;
}

class Remover {
 public:
  explicit Remover(Image& image) : image_(image) {}

  // Decides what stays, and where; changes nothing of the image but its branches.
  Result<bool> plan() {
    const size_t count = image_.code.size();
    TRY(keep_.resize(count));
    TRY(place_.resize(count + 1));
    bool changes = false;
    for (InsnIndex i = 0; i < count; i++) {
      const InsnIndex first = image_.code[i].second_slot ? i - 1 : i;
      keep_[i] = image_.facts[first].reachable;
    }
    for (InsnIndex i = 0; i < count; i++) {
      if (keep_[i] && !image_.code[i].second_slot) changes = settle(i) || changes;
    }
    remove_empty_jumps();
    return changes || place_[count] != count;
  }

  Result<void> apply(Vec<bpf_insn>& raw, ProgramDebugInfo& debug) {
    const size_t count = image_.code.size();
    for (InsnIndex i = 0; i < count; i++) {
      if (!keep_[i]) continue;
      move_slot(i, place_[i], raw);
    }
    while (image_.code.size() > place_[count]) {
      image_.code.pop_back();
      image_.facts.pop_back();
      raw.pop_back();
    }
    move_subprograms(debug);
    move_lines(debug);
    return {};
  }

 private:
  InsnIndex after(InsnIndex i) const { return i + (image_.code[i].op == Op::kLoadImm64 ? 2 : 1); }

  // An instruction that runs keeps only the ways on that can be taken. True when it changed.
  bool settle(InsnIndex i) {
    Insn& insn = image_.code[i];
    const InsnIndex next = after(i);
    if (takes_function(insn) && !keep_[insn.target]) end_at(insn.target);  // its address is taken, it is never called
    if (insn.op == Op::kExit || insn.op == Op::kJa) return false;
    if (is_conditional_jump(insn.op)) {
      const InsnFacts& facts = image_.facts[i];
      const bool falls = keep_[next] && !facts.branch_always;
      const bool jumps = keep_[insn.target] && !facts.branch_never;
      if (falls && jumps) return false;
      if (falls || jumps) {
        insn = {.op = Op::kJa, .target = falls ? next : insn.target};
        image_.facts[i].branch_always = image_.facts[i].branch_never = false;
        return true;
      }
    }
    if (keep_[next]) return false;
    // No run gets past this instruction; what would follow it must still be a program.
    end_at(next);
    return true;
  }

  void end_at(InsnIndex i) {
    image_.code[i] = {.op = Op::kExit};
    image_.facts[i] = {};
    keep_[i] = 1;
  }

  void number() {
    InsnIndex at = 0;
    for (InsnIndex i = 0; i < keep_.size(); i++) {
      place_[i] = at;
      at += keep_[i] ? 1 : 0;
    }
    place_[keep_.size()] = at;
  }

  // Jumps forwards over nothing that stays. Taking one out may empty those before it: so from the end, and once.
  void remove_empty_jumps() {
    auto next_kept = static_cast<InsnIndex>(keep_.size());
    place_[next_kept] = next_kept;
    for (InsnIndex i = next_kept; i-- > 0;) {
      const Insn& insn = image_.code[i];
      const bool empty = insn.op == Op::kJa && !insn.second_slot && insn.target > i && place_[insn.target] == next_kept;
      if (empty) keep_[i] = 0;
      if (keep_[i]) next_kept = i;
      place_[i] = next_kept;
    }
    number();
  }

  void move_slot(InsnIndex from, InsnIndex to, Vec<bpf_insn>& raw) {
    Insn insn = image_.code[from];
    bpf_insn slot = raw[from];
    const bool calls = !insn.second_slot && (insn.op == Op::kCallLocal || takes_function(insn));
    if (!insn.second_slot && (has_target(insn) || calls || insn.op == Op::kExit)) {
      if (insn.op != Op::kExit) insn.target = place_[insn.target];
      if (takes_function(insn)) insn.imm64 = static_cast<uint32_t>(insn.target - to - 1);
      bpf_insn encoded[2];
      if (encode(insn, to, encoded)) slot = encoded[0];
    }
    image_.code[to] = insn;
    image_.facts[to] = image_.facts[from];
    raw[to] = slot;
  }

  void move_subprograms(ProgramDebugInfo& debug) {
    const bool described = debug.functions.size() == image_.subprograms.size();
    size_t kept = 0;
    for (size_t i = 0; i < image_.subprograms.size(); i++) {
      Subprogram s = image_.subprograms[i];
      s.start = place_[s.start];
      s.end = place_[s.end];
      if (s.start == s.end) continue;
      if (described) {
        debug.functions[kept] = debug.functions[i];
        debug.functions[kept].insn_off = s.start;
      }
      image_.subprograms[kept++] = s;
    }
    while (image_.subprograms.size() > kept) {
      image_.subprograms.pop_back();
      if (described) debug.functions.pop_back();
    }
  }

  void move_lines(ProgramDebugInfo& debug) {
    size_t kept = 0;
    for (size_t i = 0; i < debug.lines.size(); i++) {
      bpf_line_info line = debug.lines[i];
      const InsnIndex end = i + 1 < debug.lines.size() ? debug.lines[i + 1].insn_off : keep_.size();
      if (line.insn_off >= keep_.size() || end > keep_.size() || place_[line.insn_off] == place_[end]) continue;
      line.insn_off = place_[line.insn_off];
      debug.lines[kept++] = line;
    }
    while (debug.lines.size() > kept) debug.lines.pop_back();
  }

  Image& image_;
  Vec<uint8_t> keep_;     // per slot
  Vec<InsnIndex> place_;  // where a slot goes; of one that is not kept, where the next that is kept goes
};

}  // namespace

Result<void> remove_dead_code(Image& image, Vec<bpf_insn>& raw, ProgramDebugInfo& debug, Vec<bpf_insn>* before) {
  if (image.facts.size() != image.code.size() || raw.size() != image.code.size()) return {};
  if (!may_have_dead_code(image)) return {};
  Remover remover(image);
  const bool changes = TRY(remover.plan());
  if (!changes) return {};
  if (before) TRY(before->append(raw.span()));
  return remover.apply(raw, debug);
}

}  // namespace skep::bpf
