// The form in which the JIT works on a function: one step per slot of the BPF program, so that labels, tables and line
// numbers stay what they are. A step begins as the instruction itself; passes change it into something better, or into
// nothing.
#pragma once

#include "bpf/jit/usage.h"

namespace skep::bpf::jit {

enum class Form : uint8_t {
  kPlain,          // what the Insn says; `left` is the left operand where it reads dst
  kGone,           // nothing: its result is not needed, or the second slot of an LDDW
  kUnreachable,    // the verifier found that no path comes here
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
  RegSet before = kNoRegs;  // registers that the preheaders standing here read
  RegSet use = kNoRegs;     // reads() and writes(), as find_live_registers() found them last
  RegSet def = kNoRegs;

  bool is(Op wanted) const { return form == Form::kPlain && op == wanted; }
};

// The steps of one function, by the program's instruction numbers.
class Code {
 public:
  // ENOMEM; EINVAL for a program that writes r10.
  Result<void> build(const Image& image, const Subprogram& function);

  InsnIndex start() const { return start_; }
  InsnIndex end() const { return start_ + static_cast<InsnIndex>(steps_.size()); }
  const Step& operator[](InsnIndex at) const { return steps_[at - start_]; }
  Step& operator[](InsnIndex at) { return steps_[at - start_]; }

 private:
  Vec<Step> steps_;
  InsnIndex start_ = 0;
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

// The step's effect on registers; a step that is not kPlain has its own.
RegSet reads(const Step& step);
RegSet writes(const Step& step);
bool reads_left(const Step& step);   // `left` is an operand
bool reads_right(const Step& step);  // `src` is one
bool clobbers_caller_saved(const Step& step);
bool jumps(const Step& step);
bool falls_through(const Step& step);

}  // namespace skep::bpf::jit
