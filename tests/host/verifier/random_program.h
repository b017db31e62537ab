// Random structured BPF programs (loops, spills, map values, calls, variable offsets, atomics) that are neither all
// accepted nor all refused.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "uapi/bpf.h"

namespace skep::verifier_test {

class RandomProgram {
 public:
  explicit RandomProgram(uint64_t seed) : random_(seed) {}
  // For BPF_PROG_TYPE_KPROBE, with the maps of support.h.
  std::vector<bpf_insn> generate();
  // Of the program made: a word for each function (described.h), "" when it needs no func_info.
  const std::string& functions() const { return functions_; }
  // It may run until a may_goto ends it, which takes long.
  bool may_run_long() const { return may_run_long_; }

 private:
  enum class Role : uint8_t { kMain, kCallee, kTurn, kElement };  // the last two: callbacks
  uint32_t below(uint32_t n) { return static_cast<uint32_t>(random_() % n); }
  bool chance(uint32_t one_in) { return below(one_in) == 0; }
  void emit(uint8_t code, uint8_t dst, uint8_t src, int16_t off, int32_t imm) {
    bpf_insn i{};
    i.code = code;
    i.dst_reg = dst & 15;
    i.src_reg = src & 15;
    i.off = off;
    i.imm = imm;
    code_.push_back(i);
  }
  int32_t interesting();
  uint8_t scalar();     // a register that holds a number
  uint8_t size_code();  // BPF_B … BPF_DW
  static int bytes_of(uint8_t size) { return size == BPF_B ? 1 : size == BPF_H ? 2 : size == BPF_W ? 4 : 8; }
  void function(Role role);
  void block(int length, int depth);
  void statement(int depth);
  void alu();
  void load_unknown(uint8_t dst);
  void bound(uint8_t reg, int32_t limit);
  void map_access();
  void stack_access();
  void variable_stack_access();
  void branch(int depth);
  void loop(int depth);
  void counted_loop(int depth);  // with its counter in a register, in many shapes
  void call();
  void helper();
  void atomic();
  void pointer_dance();
  // random_features.cc
  void enter(Role role);
  void prepare_features();
  void feature(int depth);
  void restore_numbers();
  void store_index();
  void use_index();
  void compare_copy(int depth);
  void look_up();
  void use_pointer();
  void record(int depth);
  void repeat(int depth);
  void loop_from_anywhere(int depth);
  void call_back(Role role);

  std::mt19937_64 random_;
  std::vector<bpf_insn> code_;
  std::vector<size_t> calls_;             // local calls whose target is still open
  std::vector<size_t> turns_, elements_;  // function references that are still open
  std::string functions_;
  uint32_t features_ = 0;
  bool may_run_long_ = false;
  bool has_record_ = false;
  bool is_callback_ = false;
  bool has_context_ = false;
  uint32_t loops_ = 0;
  uint32_t reserved_ = 0;  // registers that hold counters: rarely written
};

}  // namespace skep::verifier_test
