#include "bpf/interp/interp.h"

#include <string.h>

#include "bpf/helpers/helper.h"
#include "bpf/interp/atomic.h"
#include "bpf/isa/eval.h"
#include "bpf/packet.h"

namespace skep::bpf {
namespace {

// An operand of 32 bits as the 64-bit number that arithmetic and comparisons use: immediates are sign-extended.
uint64_t widen(int32_t imm) { return static_cast<uint64_t>(static_cast<int64_t>(imm)); }

uint64_t load(uint64_t address, uint8_t size) {
  uint64_t value = 0;
  memcpy(&value, reinterpret_cast<const void*>(address), size);  // little-endian, any alignment
  return value;
}

void store(uint64_t address, uint8_t size, uint64_t value) { memcpy(reinterpret_cast<void*>(address), &value, size); }

// Loads that the verifier allowed on a pointer that may be stale: a fault reads as 0.
uint64_t load_fault_safe(uint64_t address, uint8_t size) {
  uint64_t value = 0;
  if (!platform::read_kernel_nofault(&value, address, size)) return 0;
  return value;
}

// While a program runs under an observer (tests do, one program at a time): which, with what, and in which frame it
// called a helper, which may call back.
const Image* g_observed = nullptr;
const InterpOptions* g_observed_with = nullptr;
uint32_t g_observed_frame = 0;

class Interpreter {
 public:
  Interpreter(const Image& image, const InterpOptions& options, uint32_t tail_calls)
      : observed_(&image),
        options_(options),
        executed_(options.executed != nullptr ? *options.executed : own_count_),
        tail_calls_(tail_calls) {}

  // Runs one function from its first instruction to its exit; a bpf-to-bpf call is a call of this function. A tail call
  // goes on in the same frame with another image.
  Result<uint64_t> run(const Image* image, InsnIndex start, const uint64_t (&arguments)[5], uint32_t depth);

 private:
  Result<uint64_t> call_helper(int64_t id, const uint64_t* r);

  const Image* const observed_;  // the observer hears of this one only
  const InterpOptions& options_;
  uint64_t own_count_ = 0;
  uint64_t& executed_;
  uint32_t tail_calls_;
};

bool is_fault_safe(const Image& image, InsnIndex at) { return !image.facts.empty() && image.facts[at].fault_safe; }

Result<uint64_t> Interpreter::call_helper(int64_t id, const uint64_t* r) {
  const Helper* helper = id == static_cast<int32_t>(id) ? find_helper(static_cast<int32_t>(id)) : nullptr;
  if (helper == nullptr || helper->function == nullptr) return fail(Errno::kEINVAL);
  return helper->function(r[1], r[2], r[3], r[4], r[5]);
}

// The address of the Subprogram, made odd. 0 for a target that is no subprogram.
uint64_t callback_value(const Image& image, InsnIndex target) {
  for (const Subprogram& s : image.subprograms) {
    if (s.start == target && s.image != nullptr) return reinterpret_cast<uintptr_t>(&s) | 1;
  }
  return 0;
}

Result<uint64_t> Interpreter::run(const Image* image, InsnIndex start, const uint64_t (&arguments)[5], uint32_t depth) {
  if (depth >= kMaxCallDepth) return fail(Errno::kE2BIG);
  alignas(16) uint8_t stack[kStackBytes] = {};  // zeroed, so that a wrong program reads the same thing each time
  uint64_t r[kRegisters] = {};
  for (uint32_t i = 0; i < 5; i++) r[1 + i] = arguments[i];
  r[kFrameRegister] = reinterpret_cast<uintptr_t>(stack) + kStackBytes;
  uint32_t may_goto_left = kMayGotoLoops;

  for (InsnIndex at = start;;) {
    if (at >= image->code.size()) return fail(Errno::kEINVAL);
    if (options_.max_instructions != 0 && executed_ >= options_.max_instructions) return fail(Errno::kETIMEDOUT);
    executed_++;
    if (options_.observer != nullptr && image == observed_) options_.observer(options_.cookie, at, r, depth);
    const Insn& insn = image->code[at];
    if (insn.second_slot) return fail(Errno::kEINVAL);
    const uint64_t operand = insn.use_imm ? widen(insn.imm) : r[insn.src];
    InsnIndex next = at + 1;

    switch (insn.op) {
      case Op::kAdd:
      case Op::kSub:
      case Op::kMul:
      case Op::kDiv:
      case Op::kSDiv:
      case Op::kMod:
      case Op::kSMod:
      case Op::kOr:
      case Op::kAnd:
      case Op::kXor:
      case Op::kLsh:
      case Op::kRsh:
      case Op::kArsh:
      case Op::kNeg:
      case Op::kMov:
      case Op::kMovSx:
      case Op::kToLe:
      case Op::kToBe:
      case Op::kBswap:
        r[insn.dst] = eval_alu(insn.op, insn.width, insn.size, r[insn.dst], operand);
        break;
      case Op::kJa:
        next = insn.target;
        break;
      case Op::kJeq:
      case Op::kJne:
      case Op::kJgt:
      case Op::kJge:
      case Op::kJlt:
      case Op::kJle:
      case Op::kJset:
      case Op::kJsgt:
      case Op::kJsge:
      case Op::kJslt:
      case Op::kJsle:
        if (eval_jump(insn.op, insn.width, r[insn.dst], operand)) next = insn.target;
        break;
      case Op::kMayGoto:
        if (may_goto_left == 0) {
          next = insn.target;
        } else {
          may_goto_left--;
        }
        break;
      case Op::kCallHelper:
        if (insn.imm == BPF_FUNC_tail_call) {
          const TailCallTarget* target = take_tail_call(r[2], r[3], tail_calls_);
          if (target == nullptr) break;
          image = target->image;
          next = 0;
          depth = 0;  // the frames below are the other program's callers, not its own
          may_goto_left = kMayGotoLoops;
          break;
        }
        if (options_.observer != nullptr) g_observed_frame = depth;
        r[0] = TRY(call_helper(insn.imm, r));
        break;
      case Op::kCallIndirect:
        r[0] = TRY(call_helper(static_cast<int64_t>(r[insn.dst]), r));
        break;
      case Op::kCallLocal: {
        const uint64_t callee_arguments[5] = {r[1], r[2], r[3], r[4], r[5]};
        r[0] = TRY(run(image, insn.target, callee_arguments, depth + 1));
        break;
      }
      case Op::kCallKfunc:
        return fail(Errno::kEINVAL);  // there are none; the verifier refuses them by name
      case Op::kExit:
        return r[0];
      case Op::kLoad: {
        const uint64_t address = r[insn.src] + widen(insn.offset);
        r[insn.dst] = is_fault_safe(*image, at) ? load_fault_safe(address, insn.size) : load(address, insn.size);
        break;
      }
      case Op::kLoadSx: {
        const uint64_t address = r[insn.src] + widen(insn.offset);
        const uint64_t value =
            is_fault_safe(*image, at) ? load_fault_safe(address, insn.size) : load(address, insn.size);
        r[insn.dst] = eval_alu(Op::kMovSx, Width::k64, insn.size, 0, value);
        break;
      }
      case Op::kStoreReg:
        store(r[insn.dst] + widen(insn.offset), insn.size, r[insn.src]);
        break;
      case Op::kStoreImm:
        store(r[insn.dst] + widen(insn.offset), insn.size, widen(insn.imm));
        break;
      case Op::kAtomic:
        execute_atomic(insn, r);
        break;
      case Op::kLoadImm64:
        r[insn.dst] = insn.pseudo == Pseudo::kFunc ? callback_value(*image, insn.target) : insn.imm64;
        next = at + 2;
        break;
      case Op::kLoadAbs:
      case Op::kLoadInd: {
        // The context is in r6 by definition; a read outside of the packet ends the program with 0, as in Linux.
        const uint64_t base = insn.op == Op::kLoadInd ? r[insn.src] : 0;
        const auto offset = static_cast<int32_t>(static_cast<uint32_t>(base) + static_cast<uint32_t>(insn.imm));
        const int64_t value = load_packet(reinterpret_cast<const void*>(r[6]), offset, insn.size);
        if (value < 0) return 0;
        r[0] = static_cast<uint64_t>(value);
        break;
      }
    }
    at = next;
  }
}

}  // namespace

Result<uint64_t> interpret(const Image& image, uint64_t r1, const InterpOptions& options) {
  const uint64_t arguments[5] = {r1, options.r2, 0, 0, 0};
  if (options.observer != nullptr) {
    g_observed = &image;
    g_observed_with = &options;
  }
  const Result<uint64_t> r0 = Interpreter(image, options, 0).run(&image, 0, arguments, 0);
  if (options.observer != nullptr) {
    g_observed = nullptr;
    g_observed_with = nullptr;
  }
  return r0;
}

uint64_t call_callback(uint64_t callback, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5) {
  if ((callback & 1) == 0) return reinterpret_cast<HelperFunction>(callback)(r1, r2, r3, r4, r5);
  const auto* subprogram = reinterpret_cast<const Subprogram*>(callback & ~uint64_t{1});
  const Image& image = *subprogram->image;
  const InterpOptions options = g_observed == &image ? *g_observed_with : InterpOptions{};
  const uint32_t caller = options.observer != nullptr ? g_observed_frame : 0;
  const uint64_t arguments[5] = {r1, r2, r3, r4, r5};
  // A verified callback cannot fail; the frame count starts anew, as the helper's own frames lie in between. It makes
  // no tail calls: their count would start anew, too, and the run might not end.
  const Result<uint64_t> r0 =
      Interpreter(image, options, kMaxTailCalls).run(&image, subprogram->start, arguments, caller + 1);
  if (options.observer != nullptr) g_observed_frame = caller;
  return r0.value_or(options.executed != nullptr ? 1 : 0);
}

}  // namespace skep::bpf
