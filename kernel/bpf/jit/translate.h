// Instruction selection: one BPF function to RV64 instructions in an assembler.
//
// Registers. r1 … r5 live where the C calling convention wants arguments, so calls move nothing; r0 in a5, r6 … r9 in
// callee-saved registers. r10 has no register at all: the BPF stack lies at the bottom of the frame, so that it is sp
// plus a constant, which the compressed sp-relative loads and stores reach. t0 … t2 are scratch inside one BPF
// instruction, t6 inside one machine-level jump.
//
//   sp -> BPF stack (stack_bytes) | may_goto counter | tail calls' count, context | saved s0 … s3 | saved ra
//                                                                                    each only when used
#pragma once

#include "bpf/jit/assembler.h"
#include "bpf/jit/jit.h"
#include "bpf/jit/opt/plan.h"
#include "bpf/jit/usage.h"

namespace skep::bpf::jit {

// A load that may fault, and where to go on.
struct PendingException {
  Position instruction;
  Label resume;
};

// What all functions of one image share.
struct Context {
  const Image& image;
  const JitTarget& target;
  Assembler& assembler;
  std::span<const Label> entries;      // per subprogram, as other functions of the image call it
  std::span<const Label> stubs;        // per subprogram, as others do: tail_calls.h; mostly the same
  std::span<const bool> tail_callers;  // per subprogram: find_tail_callers()
  std::span<bool> is_target;           // per slot: some jump goes here
  ScratchVec<PendingException>& exceptions;
  Scratch& scratch;  // for the translation of one function
  // The label of a slot has the slot's own number.
  Label label_of(InsnIndex at) const { return Label{at}; }
};

class Translator {
 public:
  // The simple tier: straight from the image.
  Translator(const Context& context, size_t function)
      : cx_(context),
        as_(context.assembler),
        function_(context.image.subprograms[function]),
        entry_(context.entries[function]),
        counts_tail_calls_(context.tail_callers[function]),
        preheaders_(context.scratch),
        stubs_(context.scratch) {}
  // The optimising tier: `code` is what `plan` has made of the function.
  Translator(const Context& context, size_t function, const Code& code, Plan& plan) : Translator(context, function) {
    code_ = &code;
    plan_ = &plan;
  }

  // ENOMEM is reported by the assembler; EINVAL: an operation that cannot be compiled, or one that writes r10.
  Result<void> translate();

 private:
  static constexpr uint32_t kNoLabel = ~uint32_t{0};
  // What is known of a register's upper half: zero, copies of bit 31, both (a number below 2^31), nothing.
  enum Ext : uint8_t { kNone = 0, kZeroExt = 1, kSignExt = 2, kBothExt = 3 };
  struct Address {
    Reg base;
    int32_t offset;
  };
  struct Stub {  // the rare end of a fault-safe load or a lookup, out of line: rd is 0
    Label begin;
    Label after;
    Reg rd;
  };

  // translate.cc: frame, operands, bookkeeping
  void translate_instructions();
  void translate_steps();
  void refuse() { refused_ = true; }  // an operation that cannot be compiled
  void plan_frame();
  void emit_prologue();
  void emit_epilogue();
  void leave_frame();
  void emit_stubs();
  Reg reg(uint8_t bpf) const;
  Reg read(uint8_t bpf, Reg scratch);
  Reg read_sign_extended(uint8_t bpf, Reg scratch);
  void constant(Reg rd, uint64_t value);
  void word_constant(Reg rd, int32_t value);
  Reg constant_operand(int64_t value, Reg scratch);
  bool optimizes(JitPass pass) const { return plan_ != nullptr && plan_->has(pass); }
  void begin_block();
  void bind_preheaders(bool falls_in);
  bool has_preheader(uint8_t loop) const { return preheaders_[loop].id != kNoLabel; }
  void emit_preheader(uint8_t loop);
  Label label_for_jump(InsnIndex from, InsnIndex to);
  void jump_to(InsnIndex target);
  void branch_to(Mnemonic op, Reg rs1, Reg rs2, InsnIndex target);
  void zero_extend(Reg rd, Reg rs);
  bool upper_needed(uint8_t bpf) const;
  Ext ext(uint8_t bpf) const;
  void set_ext(uint8_t bpf, Ext e);
  void finish32(uint8_t bpf, Ext have);

  // translate_forms.cc
  void rotate(const Step& step);
  void shift_add(const Step& step);
  void array_lookup(const Step& step);
  void per_cpu_element(const Step& step);
  void per_cpu_lookup(const Step& step);
  void check_key(const Step& step, const Map& map, Label after);
  void element_address(Reg rd, uint32_t stride, Reg base);
  void per_cpu_base(Reg rd, const Map& map);
  void cpu_number(Reg rd);
  void read_path(Reg rd, const platform::ReadPath& path);
  void time();
  void translate_form(const Step& step);

  // translate_alu.cc
  bool fuses_with_next(const Insn& move) const;
  void translate_plain(const Insn& insn, uint8_t left);
  void alu(const Insn& insn, uint8_t left);
  void move(const Insn& insn);
  void add_imm(const Insn& insn, uint8_t left, int64_t imm);
  void bitwise(const Insn& insn, uint8_t left);
  void and_imm(const Insn& insn, uint8_t left);
  void shift(const Insn& insn, uint8_t left);
  void multiply(const Insn& insn, uint8_t left);
  void divide(const Insn& insn, uint8_t left);
  void divide_by_imm(const Insn& insn, uint8_t left);
  void byte_swap(const Insn& insn, uint8_t left);
  void byte_swap_plain(Reg rd, Reg rs, uint8_t size);
  void sign_extend_small(Reg rd, Reg rs, uint8_t size);

  // translate_memory.cc
  Address address(uint8_t base, int32_t offset, Reg scratch);
  void load(const Insn& insn);
  void store(const Insn& insn);
  void atomic(const Insn& insn);
  void compare_exchange(const Insn& insn, Reg at);

  // translate_control.cc
  void cond_jump(const Insn& insn);
  void may_goto(const Insn& insn);
  void call(const Insn& insn);
  void packet_load(const Insn& insn);
  void exit();
  void load_imm64(const Insn& insn);
  size_t subprogram_at(InsnIndex start) const;

  // tail_calls.cc
  void tail_call();

  const Context& cx_;
  Assembler& as_;
  const Subprogram& function_;
  const Code* code_ = nullptr;  // of the optimising tier
  Plan* plan_ = nullptr;
  const Label entry_;
  const bool counts_tail_calls_;
  ScratchVec<Label> preheaders_;  // per loop of the plan; kNoLabel: nothing is computed before it
  bool in_preheader_ = false;
  InsnIndex at_ = 0;  // the instruction being translated (the second one of a fused pair)

  FunctionUsage usage_;
  MachineRegs saved_ = 0;
  int32_t stack_bytes_ = 0;      // of the BPF stack: r10 = sp + stack_bytes_
  int32_t counter_at_ = 0;       // may_goto counter, from sp
  int32_t tail_count_at_ = 0;    // address of the run's count of tail calls
  int32_t tail_context_at_ = 0;  // the context, while a tail call looks for its target
  int32_t saves_at_ = 0;
  int32_t frame_bytes_ = 0;
  // The main program and callbacks are C functions: their result is in a0. Callers of other functions find it in r0's
  // own register, where C functions leave it, too.
  bool returns_to_c_ = true;
  uint32_t exits_left_ = 0;
  Label exit_label_;
  bool exit_bound_ = false;
  bool refused_ = false;
  RegSet zero_ext_ = 0;
  RegSet sign_ext_ = 0;
  ScratchVec<Stub> stubs_;
};

inline Reg Translator::reg(uint8_t bpf) const {
  return bpf < kFirstExtra ? kRegisterMap[bpf] : plan_->preheaders.machine(bpf);
}

// The register that holds a BPF register's value; r10's is computed into `scratch`.
inline Reg Translator::read(uint8_t bpf, Reg scratch) {
  if (bpf != kFrameRegister) return reg(bpf);
  as_.i(Mnemonic::kAddi, scratch, Reg::kSp, stack_bytes_);
  return scratch;
}

inline Translator::Ext Translator::ext(uint8_t bpf) const {
  return static_cast<Ext>((zero_ext_ >> bpf & 1) | (sign_ext_ >> bpf & 1) << 1);
}

inline void Translator::set_ext(uint8_t bpf, Ext e) {
  static_assert(kZeroExt == 1 && kSignExt == 2);
  const RegSet others = ~reg_bit(bpf);
  zero_ext_ = (zero_ext_ & others) | static_cast<RegSet>(e & kZeroExt) << bpf;
  sign_ext_ = (sign_ext_ & others) | static_cast<RegSet>(e >> 1) << bpf;
}

inline bool Translator::upper_needed(uint8_t bpf) const {
  return plan_ == nullptr || (plan_->upper_live[at_ - function_.start] & reg_bit(bpf)) != 0;
}

// A 32-bit result stands in the register with its upper half as `have` says. RFC 9669 "Arithmetic instructions": it
// must be zero, if anyone looks.
inline void Translator::finish32(uint8_t bpf, Ext have) {
  if (upper_needed(bpf) && (have & kZeroExt) == 0) {
    zero_extend(reg(bpf), reg(bpf));
    have = kZeroExt;
  }
  set_ext(bpf, have);
}

}  // namespace skep::bpf::jit
