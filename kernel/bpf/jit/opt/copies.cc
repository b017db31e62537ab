#include "bpf/jit/opt/copies.h"

namespace skep::bpf::jit {
namespace {

// What is known of a register in terms of another: r = from + offset, or the same for the low 32 bits only.
struct Relation {
  bool low_only;
  uint8_t from;
  int64_t offset;
};

class Relations {
 public:
  void clear() { related_ = zero_extended_ = kNoRegs; }

  RegSet related() const { return related_; }  // registers of which something is known
  bool knows(uint8_t r) const { return (related_ & reg_bit(r)) != 0; }
  // Only of a register that knows() something.
  const Relation& operator[](uint8_t r) const { return of_[r]; }

  // The register that `r` is a copy of, itself when there is none. `low`: the low 32 bits are all that counts.
  uint8_t copied(uint8_t r, bool low) const {
    return knows(r) && of_[r].offset == 0 && (low || !of_[r].low_only) ? of_[r].from : r;
  }
  bool zero_extended(uint8_t r) const { return (zero_extended_ & reg_bit(r)) != 0; }

  void overwrite(RegSet written) {
    zero_extended_ &= ~written;
    related_ &= ~written;
    for_each_in(related_, [&](uint8_t r) {
      if ((written & reg_bit(of_[r].from)) != 0) forget(r);
    });
  }
  // r += by: relations stay relations.
  void advance(uint8_t r, int64_t by) {
    for_each_in(related_ & ~reg_bit(r), [&](uint8_t other) {
      Relation& relation = of_[other];
      if (relation.from != r) return;
      relation.offset -= by;
      if (relation.low_only || !is_small(relation.offset)) forget(other);
    });
    zero_extended_ &= ~reg_bit(r);
    if (!knows(r)) return;
    of_[r].offset += by;
    if (of_[r].low_only || !is_small(of_[r].offset)) forget(r);
  }
  void relate(uint8_t r, const Relation& relation) {
    if (relation.from == r || !is_small(relation.offset)) return;
    of_[r] = relation;
    related_ |= reg_bit(r);
  }
  void set_zero_extended(uint8_t r) { zero_extended_ |= reg_bit(r); }

 private:
  void forget(uint8_t r) { related_ &= ~reg_bit(r); }
  static bool is_small(int64_t offset) { return offset >= INT16_MIN && offset <= INT16_MAX; }

  Relation of_[kRegisterLimit];  // of those in related_
  RegSet related_ = kNoRegs;
  RegSet zero_extended_ = kNoRegs;  // by BPF's rules: the last write was of 32 bits or less
};

bool is_swap(Op op) { return op == Op::kToLe || op == Op::kToBe || op == Op::kBswap; }

// Whether an arithmetic step or a jump looks at the low halves of its operands only.
bool reads_low(const Step& step) {
  return is_swap(step.op) ? step.size <= 4 : step.op == Op::kMovSx ? step.size <= 4 : step.width == Width::k32;
}

// Loads and stores: the register that holds the address.
bool has_address(const Step& step) {
  switch (step.op) {
    case Op::kLoad:
    case Op::kLoadSx:
    case Op::kStoreReg:
    case Op::kStoreImm:
    case Op::kAtomic:
      return true;
    default:
      return false;
  }
}
bool address_is_src(const Step& step) {
  return step.op == Op::kLoad || step.op == Op::kLoadSx ||
         (step.op == Op::kAtomic && step.atomic == AtomicOp::kLoadAcquire);
}

// What a load reaches; from r10, the frame is between.
constexpr int64_t reach(uint8_t base) { return base == kFrameRegister ? 2048 - kStackBytes : 2048; }

void rewrite_address(Step& step, uint8_t& base, const Relations& known) {
  if (!known.knows(base) || known[base].low_only) return;
  const Relation r = known[base];
  const int64_t offset = r.offset + step.offset;
  if (r.offset != 0 && (offset < -reach(r.from) || offset >= reach(r.from))) return;
  base = r.from;
  step.offset = static_cast<int16_t>(offset);
}

void rewrite_operands(Step& step, const Relations& known) {
  if (is_alu(step.op)) {
    if (reads_dst(step)) step.left = known.copied(step.left, reads_low(step));
    if (reads_src(step)) step.src = known.copied(step.src, reads_low(step));
  } else if (is_cond_jump(step.op)) {
    step.dst = known.copied(step.dst, reads_low(step));
    if (reads_src(step)) step.src = known.copied(step.src, reads_low(step));
  } else if (has_address(step)) {
    rewrite_address(step, address_is_src(step) ? step.src : step.dst, known);
    if (step.op == Op::kStoreReg) step.src = known.copied(step.src, step.size <= 4);
  }
}

// A 32-bit result, or a load of no more.
bool makes_zero_extended(const Step& step) {
  if (is_swap(step.op)) return step.size <= 4;
  if (is_alu(step.op)) return step.width == Width::k32;
  return step.op == Op::kLoad && step.size <= 4;
}

void note_result(const Step& step, Relations& known) {
  const bool adds = (step.op == Op::kAdd || step.op == Op::kSub) && step.width == Width::k64 && step.use_imm;
  const int64_t by = step.op == Op::kSub ? -static_cast<int64_t>(step.imm) : step.imm;
  if (adds && step.left == step.dst) return known.advance(step.dst, by);

  Relation made{};
  bool relates = false;
  if (adds) {
    const bool through = known.knows(step.left) && !known[step.left].low_only;
    made = through ? Relation{.low_only = false, .from = known[step.left].from, .offset = known[step.left].offset + by}
                   : Relation{.low_only = false, .from = step.left, .offset = by};
    relates = true;
  } else if (step.op == Op::kMov && !step.use_imm) {
    const bool low = step.width == Width::k32 && !known.zero_extended(step.src);
    made = Relation{.low_only = low, .from = step.src, .offset = 0};
    if (!low && known.knows(step.src) && !known[step.src].low_only) made = known[step.src];
    relates = true;
  }
  const bool zero_extended =
      makes_zero_extended(step) || (step.op == Op::kMov && !step.use_imm && known.zero_extended(step.src));
  known.overwrite(step.def);
  if (relates) known.relate(step.dst, made);
  if (zero_extended) known.set_zero_extended(step.dst);
}

}  // namespace

void propagate_copies(Code& code, std::span<const bool> is_target) {
  Relations known;
  for (InsnIndex at = code.start(); at < code.end(); at++) {
    Step& step = code[at];
    if (is_target[at] || step.form == Form::kUnreachable) known.clear();
    if (step.form == Form::kGone || step.form == Form::kUnreachable) continue;
    if (step.form != Form::kPlain) {
      if (step.form == Form::kArrayLookup || step.form == Form::kPerCpuLookup) {
        rewrite_address(step, step.src, known);
        step.refresh();
      }
      known.overwrite(step.def);
      continue;
    }
    if ((step.use & known.related()) != 0) {
      rewrite_operands(step, known);
      step.refresh();
    }
    const bool changes_nothing = step.op == Op::kMov && !step.use_imm && step.src == step.dst &&
                                 (step.width == Width::k64 || known.zero_extended(step.dst));
    if (changes_nothing) {
      step.become(Form::kGone);
    } else {
      note_result(step, known);
    }
    // The optimiser's own registers keep their values to the end of their loop, which is a backward jump: behind it,
    // they may be something else's.
    if (jumps(step) && step.target <= at) known.overwrite(kExtraRegs);
  }
}

}  // namespace skep::bpf::jit
