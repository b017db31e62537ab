// After a refusal: what was violated, where, how the program got there, what to do. Derived from the rejection, the
// rule table, the path that was refused and BTF's source lines.
#pragma once

#include "bpf/verifier/log.h"

namespace skep::bpf::verifier {

// Remembers the branches of a path while it is walked again; prints it, too, when given a sink.
class PathHistory final : public Trace {
 public:
  PathHistory(const Analysis& analysis, TextSink* print_to)
      : printer_(print_to ? *print_to : nothing_, analysis), prints_(print_to), analysis_(analysis) {}

  void before_insn(InsnIndex at, const State& state) override {
    if (prints_) printer_.before_insn(at, state);
  }
  void after_insn(InsnIndex at, const State& state, uint16_t touched) override {
    note_origin(at, state, touched);
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
    bool operator==(const Branch&) const = default;
  };
  static constexpr size_t kKept = 12;  // enough to recognise the way; a loop would fill pages
  size_t total() const { return total_; }
  size_t kept() const { return total_ < kKept ? total_ : kKept; }
  const Branch& branch(size_t i) const { return branches_[(total_ - kept() + i) % kKept]; }

  // The instructions that gave a register of the top frame its value: the one that wrote it, then the one that wrote
  // what that one used, and so on. As far as the current function goes.
  static constexpr size_t kChain = 4;
  struct Chain {
    InsnIndex at[kChain] = {};
    uint32_t length = 0;
  };
  const Chain& chain(uint8_t r) const { return chains_[r]; }

 private:
  void note_origin(InsnIndex at, const State& state, uint16_t touched);

  class Nothing final : public TextSink {
   public:
    void write(std::string_view) override {}
  };
  Nothing nothing_;
  PathPrinter printer_;
  bool prints_;
  const Analysis& analysis_;
  Branch branches_[kKept] = {};
  Chain chains_[kRegisters] = {};
  uint32_t depth_ = 0;  // of calls, when chains_ was written last
  size_t total_ = 0;
};

// `analysis` and `history` are null when the program was refused for its structure, before any path.
void explain(TextSink& out, const VerifyRequest& request, const Rejection& rejection, const Analysis* analysis,
             const PathHistory* history);

}  // namespace skep::bpf::verifier
