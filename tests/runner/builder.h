// Programs written in the runner's own tests, and their results.
#pragma once

#include "bpf/interp/trusted_image.h"
#include "bpf/isa/decode.h"
#include "bpf/memory.h"
#include "tests/runner/runner.h"

namespace skep::runner {

using namespace skep::bpf;

// A program being written slot by slot.
class Builder {
 public:
  void add(const bpf::Insn& insn);
  void mov(uint8_t dst, int32_t imm) { add({.op = Op::kMov, .dst = dst, .use_imm = true, .imm = imm}); }
  void add_imm(uint8_t dst, int32_t imm) { add({.op = Op::kAdd, .dst = dst, .use_imm = true, .imm = imm}); }
  void exit() { add({.op = Op::kExit}); }
  InsnIndex at() const { return static_cast<InsnIndex>(code_.size()); }
  // Text with jumps relative to itself.
  void text(std::string_view source);
  void retarget(InsnIndex insn, InsnIndex target) { code_[insn].imm = static_cast<int32_t>(target - insn - 1); }
  std::expected<Image, DecodeError> image() const {
    auto image = make_trusted_image(code_.span());
    if (image) image->bind();
    if (!ok_) return std::unexpected(DecodeError{});
    return image;
  }

 private:
  Vec<bpf_insn> code_;
  bool ok_ = true;
};

// Prints one test's line.
void report(std::string_view name, bool passed);

inline constexpr JitTarget kTargets[] = {{false, false}, {true, true}, {true, false}, {false, true}};

struct Run {
  bool ok = false;
  uint64_t r0 = 0;
};

// Compiles and runs once; not ok when a callee-saved register changed.
Run run_jit(const bpf::Image& image, const JitTarget& target, uint64_t r1 = 0, uint64_t r2 = 0, bool far = false);

// tail_call_test.cc
void tail_call_tests();

}  // namespace skep::runner
