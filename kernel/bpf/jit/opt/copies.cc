#include "bpf/jit/opt/copies.h"

namespace skep::bpf::jit {
namespace {

// What is known of a register in terms of another: r = from + offset, or the same for the low 32 bits only.
struct Relation {
  bool known = false;
  bool low_only = false;
  uint8_t from = 0;
  int64_t offset = 0;
};

class Relations {
 public:
  void clear() {
    for (Relation& r : of_) r = {};
    zero_extended_ = kNoRegs;
  }

  const Relation& operator[](uint8_t r) const { return of_[r]; }

  // The register that `r` is a copy of, itself when there is none. `low`: the low 32 bits are all that counts.
  uint8_t copied(uint8_t r, bool low) const {
    const Relation& known = of_[r];
    return known.known && known.offset == 0 && (low || !known.low_only) ? known.from : r;
  }
  bool zero_extended(uint8_t r) const { return (zero_extended_ & reg_bit(r)) != 0; }

  void overwrite(RegSet written) {
    zero_extended_ &= ~written;
    for (uint8_t r = 0; r < kRegisterLimit; r++) {
      if ((written & (reg_bit(r) | (of_[r].known ? reg_bit(of_[r].from) : 0))) != 0) of_[r] = {};
    }
  }
  // r += by: relations stay relations.
  void advance(uint8_t r, int64_t by) {
    for (uint8_t other = 0; other < kRegisterLimit; other++) {
      Relation& known = of_[other];
      if (!known.known || known.from != r) continue;
      known.offset -= by;
      if (known.low_only || !is_small(known.offset)) known = {};
    }
    of_[r].offset += by;
    if (!of_[r].known || of_[r].low_only || !is_small(of_[r].offset)) of_[r] = {};
    zero_extended_ &= ~reg_bit(r);
  }
  void relate(uint8_t r, const Relation& relation) {
    if (relation.from != r && is_small(relation.offset)) of_[r] = relation;
  }
  void set_zero_extended(uint8_t r) { zero_extended_ |= reg_bit(r); }

 private:
  static bool is_small(int64_t offset) { return offset >= INT16_MIN && offset <= INT16_MAX; }

  Relation of_[kRegisterLimit];
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
  const Relation& r = known[base];
  if (!r.known || r.low_only) return;
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

  Relation made;
  if (adds) {
    const Relation& of_left = known[step.left];
    made = of_left.known && !of_left.low_only
               ? Relation{.known = true, .from = of_left.from, .offset = of_left.offset + by}
               : Relation{.known = true, .from = step.left, .offset = by};
  } else if (step.op == Op::kMov && !step.use_imm) {
    const Relation& of_src = known[step.src];
    const bool low = step.width == Width::k32 && !known.zero_extended(step.src);
    made = Relation{.known = true, .low_only = low, .from = step.src};
    if (of_src.known && !of_src.low_only && !low) made = of_src;
  }
  const bool zero_extended =
      makes_zero_extended(step) || (step.op == Op::kMov && !step.use_imm && known.zero_extended(step.src));
  known.overwrite(writes(step));
  if (made.known && made.from != step.dst) known.relate(step.dst, made);
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
      if (step.form == Form::kArrayLookup || step.form == Form::kPerCpuLookup) rewrite_address(step, step.src, known);
      known.overwrite(writes(step));
      continue;
    }
    rewrite_operands(step, known);
    const bool changes_nothing = step.op == Op::kMov && !step.use_imm && step.src == step.dst &&
                                 (step.width == Width::k64 || known.zero_extended(step.dst));
    if (changes_nothing) {
      step.form = Form::kGone;
    } else {
      note_result(step, known);
    }
  }
}

}  // namespace skep::bpf::jit
