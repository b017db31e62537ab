// verify(): structure, paths, image; and the log around them.
#include "bpf/verifier/verifier.h"

#include "bpf/verifier/explain.h"
#include "bpf/verifier/image.h"
#include "bpf/verifier/limits.h"

namespace skep::bpf {
namespace {

using namespace verifier;

// Bits of log_level. Linux: BPF_LOG_LEVEL1, BPF_LOG_LEVEL2, BPF_LOG_STATS.
constexpr uint32_t kLogPath = 1;
constexpr uint32_t kLogEverything = 2;
constexpr uint32_t kLogStatistics = 4;

void print_statistics(const VerifyRequest& request, const Statistics& s, const Shape* shape) {
  if (!request.log || request.log_level == 0) return;
  if ((request.log_level & kLogStatistics) != 0 && shape && !shape->subprograms.empty()) {
    format_to(*request.log, "verification time {} usec\n", (platform::monotonic_ns() - request.started_ns) / 1000);
    request.log->write("stack depth ");
    for (size_t i = 0; i < shape->subprograms.size(); i++) {
      format_to(*request.log, "{}{}", i == 0 ? "" : "+", shape->subprograms[i].stack_bytes);
    }
    request.log->write("\n");
    format_to(*request.log, "verifier memory {} bytes\n", s.peak_bytes);
  }
  format_to(*request.log,
            "processed {} insns (limit {}) max_states_per_insn {} total_states {} peak_states {} mark_read {}\n",
            s.insns_processed, kMaxInsns, s.max_states_per_insn, s.total_states, s.peak_states, 0);
}

// The line, then the statistics as in Linux, then the explanation.
std::unexpected<Rejection> report(const VerifyRequest& request, const Rejection& rejection, Shape* shape,
                                  Analysis* analysis) {
  const bool logs = request.log && (request.log_level & (kLogPath | kLogEverything)) != 0;
  const bool is_about_program = rejection.rule != Rule::kNoMemory && rejection.rule != Rule::kInterrupted;
  Unique<Analysis> again;
  Unique<PathHistory> history;
  if (logs && analysis && is_about_program) {
    const bool print_path = (request.log_level & kLogEverything) == 0;
    // The path is walked once more: only now is it known which one to show.
    auto fresh = Unique<Analysis>::create(request, *shape);
    if (fresh) again = std::move(*fresh);
    if (again) {
      auto made = Unique<PathHistory>::create(*again, print_path ? request.log : nullptr);
      if (made) history = std::move(*made);
    }
    if (history) {
      again->replay(*analysis, *history);
      history->finish_line();
    }
  }
  if (request.log && request.log_level != 0) {
    print_rejection(*request.log, rejection);
    request.log->write("\n");
  }
  print_statistics(request, analysis ? analysis->statistics() : Statistics{}, shape);
  if (logs) explain(*request.log, request, rejection, analysis, history.get());
  Rejection told = rejection;
  if (analysis) {
    told.insns_processed = analysis->statistics().insns_processed;
    told.peak_states = analysis->statistics().peak_states;
  }
  return std::unexpected(told);
}

Rejection make_rejection(Rule rule, int64_t value) {
  return {.error = rule_row(rule).error, .rule = rule, .values = {value}};
}

// First guess of the memory that verifying takes, so that most programs are content with one piece or two.
constexpr size_t kScratchBytes = 3500;
constexpr size_t kScratchBytesPerSlot = 64;

// What a refusal may have come of other than of the program.
enum class Blame : uint8_t { kProgram, kJoinedPaths, kInduction };

std::expected<VerifyResult, Rejection> verify_once(const VerifyRequest& request, Blame& blame) {
  blame = Blame::kProgram;
  const uint32_t limit = request.privileged ? kMaxInsns : kMaxInsnsUnprivileged;
  if (request.code.empty() || request.code.size() > limit) {
    return report(request, make_rejection(Rule::kProgramSize, static_cast<int64_t>(request.code.size())), nullptr,
                  nullptr);
  }
  if (program_set_of(request.prog_type) == 0) {
    return report(request, make_rejection(Rule::kProgramType, request.prog_type), nullptr, nullptr);
  }
  const auto target = find_attach_target(request);
  if (!target) return report(request, target.error(), nullptr, nullptr);
  Scratch scratch(kScratchBytes + request.code.size() * kScratchBytesPerSlot);
  Shape shape(scratch);
  if (const auto good = analyse_shape(request, shape); !good) return report(request, good.error(), nullptr, nullptr);
  shape.target = *target;

  auto analysis = Unique<Analysis>::create(request, shape);
  if (!analysis) return report(request, make_rejection(Rule::kNoMemory, 0), nullptr, nullptr);
  Analysis& a = **analysis;
  const bool prints_all = request.log && (request.log_level & kLogEverything) != 0;
  PathHistory printer(a, request.log);
  const bool accepted = a.run(prints_all ? &printer : nullptr);
  if (prints_all) printer.finish_line();
  if (!accepted) {
    if (a.joined_paths()) blame = Blame::kJoinedPaths;
    if (a.blames_induction() && blame == Blame::kProgram) blame = Blame::kInduction;
    const bool is_about_program = a.rejection().rule != Rule::kNoMemory && a.rejection().rule != Rule::kInterrupted;
    if (is_about_program && blame != Blame::kProgram) return std::unexpected(a.rejection());
    blame = Blame::kProgram;
  }
  if (!accepted) return report(request, a.rejection(), &shape, &a);

  VerifyResult result;
  print_statistics(request, a.statistics(), &shape);
  auto image = build_image(a, shape);
  if (!image) return report(request, make_rejection(Rule::kNoMemory, 0), nullptr, nullptr);
  result.image = std::move(*image);
  result.insns_processed = a.statistics().insns_processed;
  result.peak_states = a.statistics().peak_states;
  result.total_states = a.statistics().total_states;
  result.max_states_per_insn = a.statistics().max_states_per_insn;
  result.max_context_offset = a.max_context_offset();
  result.peak_bytes = a.statistics().peak_bytes;
  result.loops_proved = a.statistics().loops_proved;
  result.loops_unrolled = a.statistics().loops_unrolled;
  result.max_trace_buffer_offset = a.max_trace_buffer_offset();
  return result;
}

}  // namespace

std::expected<VerifyResult, Rejection> verify(const VerifyRequest& request) {
  VerifyRequest job = request;
  if ((job.log_level & kLogStatistics) != 0) job.started_ns = platform::monotonic_ns();
  // A refusal is to be the program's fault alone, and to show the path and the turn in which it happens.
  for (;;) {
    Blame blame = Blame::kProgram;
    auto verified = verify_once(job, blame);
    if (blame != Blame::kProgram && job.recorder) job.recorder->take_back(0);
    switch (blame) {
      case Blame::kProgram:
        return verified;
      case Blame::kJoinedPaths:
        job.keep_paths_apart = true;
        break;
      case Blame::kInduction:
        job.keep_paths_apart = job.unroll_loops = true;
        break;
    }
  }
}

}  // namespace skep::bpf
