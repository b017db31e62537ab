// The form in which the JIT works on a function: one step per slot of the BPF program, so that labels, tables and line
// numbers stay what they are. A step begins as the instruction itself; passes change it into something better, or into
// nothing.
#pragma once

#include "bpf/jit/usage.h"

namespace skep::bpf::jit {

enum class Form : uint8_t {
  kPlain,          // what the Insn says; `left` is the left operand where it reads dst. kCallHelper with an imm64:
                   // the function there does the helper's work
  kGone,           // nothing: its result is not needed, or the second slot of an LDDW
  kUnreachable,    // the verifier found that no path comes here. Those behind it have code of their own
  kRotate,         // dst = left rotated left by imm, in `width`
  kShiftAdd,       // dst = (left << imm) + src, 64 bits, imm of 1, 2, 3
  kArrayLookup,    // r0 = element number *(u32 *)(src + offset) of the array map imm64, or 0
  kPerCpuElement,  // r0 = this CPU's element number imm of the per-CPU array map imm64
  kPerCpuLookup,   // the same with the number in *(u32 *)(src + offset)
  kCpuId,          // r0 = the number of this CPU
  kTime,           // r0 = nanoseconds since boot
  kPidTgid,        // r0 = tgid << 32 | pid of the current task
};

struct Step : Insn {
  uint8_t left = 0;
  Form form = Form::kPlain;
  bool enters_loop = false;  // the entry of some loop (opt/loops.h)
  RegSet before = kNoRegs;   // registers that the preheaders standing here read
  RegSet use = kNoRegs;      // registers whose values it reads, and those that it overwrites: refresh()
  RegSet def = kNoRegs;
  InsnIndex back_from = 0;  // the last jump back to here; 0 for none. find_backward_jumps()

  bool is(Op wanted) const { return form == Form::kPlain && op == wanted; }
  // After every change of anything else.
  void refresh();
  void become(Form f) {
    form = f;
    refresh();
  }
};

// The steps of one function, by the program's instruction numbers.
class Code {
 public:
  explicit Code(Scratch& scratch) : steps_(scratch) {}

  // ENOMEM; EINVAL for a program that writes r10.
  Result<void> build(const Image& image, const Subprogram& function);

  InsnIndex start() const { return start_; }
  InsnIndex end() const { return start_ + static_cast<InsnIndex>(steps_.size()); }
  const Step& operator[](InsnIndex at) const { return steps_[at - start_]; }
  Step& operator[](InsnIndex at) { return steps_[at - start_]; }
  std::span<Step> steps() { return steps_.span(); }
  std::span<const Step> steps() const { return steps_.span(); }

  // Whether the program has any such instruction: what passes need not look for.
  bool had(Op op) const { return (ops_ >> static_cast<uint32_t>(op) & 1) != 0; }
  // ... whose result is of less than 64 bits.
  bool had_narrow_results() const { return narrow_; }

  // Once jumps are what they stay: sets back_from. False when there are none.
  bool find_backward_jumps();

 private:
  void note(const Insn& insn) {
    static_assert(kOpCount <= 64);
    ops_ |= uint64_t{1} << static_cast<uint32_t>(insn.op);
    const bool stores = insn.op == Op::kStoreReg || insn.op == Op::kStoreImm;
    narrow_ |= insn.width == Width::k32 || (insn.size < 8 && insn.size != 0 && !stores);
  }

  ScratchVec<Step> steps_;
  InsnIndex start_ = 0;
  uint64_t ops_ = 0;  // a bit for each operation
  bool narrow_ = false;
};

// What the prologue of a function must provide.
struct FunctionUsage {
  RegSet read = 0;
  RegSet written = 0;
  bool calls = false;     // anything that overwrites ra
  bool may_goto = false;  // needs the loop counter
  bool tail_calls = false;
  uint32_t exits = 0;
};
FunctionUsage function_usage(const Code& code);

bool reads_left(const Step& step);   // `left` is an operand
bool reads_right(const Step& step);  // `src` is one
inline bool clobbers_caller_saved(const Step& step) {
  return step.form == Form::kPlain && clobbers_caller_saved(static_cast<const Insn&>(step));
}
inline bool jumps(const Step& step) { return is_jump(step.op) && step.form == Form::kPlain; }
inline bool falls_through(const Step& step) {
  return step.form == Form::kPlain ? step.op != Op::kExit && step.op != Op::kJa : step.form != Form::kUnreachable;
}

}  // namespace skep::bpf::jit
