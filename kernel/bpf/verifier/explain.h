// After a refusal: what was violated, where, how the program got there, what to do. Derived from the rejection, the
// rule table, the path that was refused and BTF's source lines.
#pragma once

#include "bpf/verifier/log.h"

namespace skep::bpf::verifier {

// Remembers the branches of a path while it is walked again; prints it, too, when given a sink.
class PathHistory final : public Trace {
 public:
  PathHistory(const Analysis& analysis, TextSink* print_to)
      : printer_(print_to ? *print_to : nothing_, analysis), prints_(print_to) {}

  void before_insn(InsnIndex at, const State& state) override {
    if (prints_) printer_.before_insn(at, state);
  }
  void after_insn(InsnIndex at, const State& state, uint16_t touched) override {
    if (prints_) printer_.after_insn(at, state, touched);
  }
  void new_path(InsnIndex from, InsnIndex to, const State& state) override {
    if (prints_) printer_.new_path(from, to, state);
  }
  void branch_taken(InsnIndex at, bool taken, bool) override {
    branches_[total_ % kKept] = {at, taken};
    total_++;
  }
  void path_ended(std::string_view how, InsnIndex from, InsnIndex to) override {
    if (prints_) printer_.path_ended(how, from, to);
  }
  void finish_line() {
    if (prints_) printer_.finish_line();
  }

  struct Branch {
    InsnIndex at;
    bool taken;
  };
  static constexpr size_t kKept = 12;  // enough to recognise the way; a loop would fill pages
  size_t total() const { return total_; }
  size_t kept() const { return total_ < kKept ? total_ : kKept; }
  const Branch& branch(size_t i) const { return branches_[(total_ - kept() + i) % kKept]; }

 private:
  class Nothing final : public TextSink {
   public:
    void write(std::string_view) override {}
  };
  Nothing nothing_;
  PathPrinter printer_;
  bool prints_;
  Branch branches_[kKept] = {};
  size_t total_ = 0;
};

// `analysis` and `history` are null when the program was refused for its structure, before any path.
void explain(TextSink& out, const VerifyRequest& request, const Rejection& rejection, const Analysis* analysis,
             const PathHistory* history);

}  // namespace skep::bpf::verifier
