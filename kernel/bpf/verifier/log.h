// The verifier's log: Linux 6.1's lines, so that existing readers of such logs work.
#pragma once

#include "bpf/verifier/analysis.h"

namespace skep::bpf::verifier {

// "map_value_or_null", from Reg::type_code().
void print_type(TextSink& out, int64_t type_code);
// "(0x0; 0xff)", or the number when it is a constant.
void print_tnum(TextSink& out, uint64_t value, uint64_t mask);
// " R0=…  R10=fp0 fp-8=mmmmmmmm": the top frame; only the registers in `which`, all registers and the stack when `all`.
void print_state(TextSink& out, const VerifyRequest& request, const State& state, uint16_t which, bool all);
// Without leading blanks.
std::string_view trimmed(std::string_view text);
// The BTF line record that covers the instruction, nullptr without one.
const bpf_line_info* line_of(const VerifyRequest& request, InsnIndex at);

// Prints a path as it is walked.
class PathPrinter final : public Trace {
 public:
  PathPrinter(TextSink& out, const Analysis& analysis) : out_(out), analysis_(analysis) {}
  void before_insn(InsnIndex at, const State& state) override;
  void after_insn(InsnIndex at, const State& state, uint16_t touched) override;
  void new_path(InsnIndex from, InsnIndex to, const State& state) override;
  void branch_taken(InsnIndex, bool, bool) override {}
  void path_ended(std::string_view how, InsnIndex from, InsnIndex to) override;
  // Ends the line of an instruction that was refused.
  void finish_line();

 private:
  TextSink& out_;
  const Analysis& analysis_;
  bool line_open_ = false;
  size_t line_length_ = 0;
  const bpf_line_info* last_line_ = nullptr;
};

}  // namespace skep::bpf::verifier
