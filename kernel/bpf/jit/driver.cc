#include <algorithm>

#include "bpf/jit/jit.h"
#include "bpf/jit/layout.h"
#include "bpf/jit/tail_calls.h"
#include "bpf/jit/translate.h"

namespace skep::bpf {
namespace jit {
namespace {

// First guesses of the memory that compiling takes, so that most programs are content with one piece.
constexpr size_t kScratchBytes = 512;
constexpr size_t kScratchBytesPerSlot = 24;

// The optimising tier translates functions up to some length.
bool optimizes(const Subprogram& function, const JitTarget& target) {
  return function.end - function.start <= kMaxOptimized && target.passes_off != kAllPassesOff;
}

// For the longest function that is optimised: its steps, and what passes note of each.
size_t scratch_for_functions(const Image& image, const JitTarget& target) {
  size_t longest = 0;
  for (const Subprogram& s : image.subprograms) {
    if (optimizes(s, target)) longest = std::max<size_t>(longest, s.end - s.start);
  }
  return kScratchBytes + longest * (sizeof(Step) + 4 * sizeof(RegSet));
}

// One look at all code: where jumps go, and who calls whom.
Result<void> survey(const Image& image, std::span<bool> is_target, CallGraph& calls) {
  for (const Insn& insn : image.code.span()) {
    if (insn.op < Op::kJa || insn.op > Op::kCallLocal) continue;
    if (is_jump(insn.op)) {
      if (insn.target >= image.code.size()) return fail(Errno::kEINVAL);
      is_target[insn.target] = true;
    } else {
      TRY(calls.add(static_cast<InsnIndex>(&insn - image.code.data()), insn));
    }
  }
  for (const Subprogram& s : image.subprograms) is_target[s.start] = true;
  return {};
}

// Places the laid-out code in executable memory and seals it.
Result<platform::CodeMemory> place_code(const Layout& layout, platform::CodeMemory memory) {
  layout.write(memory.write, memory.address);
  if (auto sealed = platform::seal_code(memory); !sealed) {
    platform::release_code(memory);
    return fail(sealed.error());
  }
  return memory;
}

// The tables that go with the code: where slots, functions and faulting loads are.
Result<void> describe(const Image& image, const Layout& layout, std::span<const Label> entries,
                      std::span<const PendingException> exceptions, JitCode& out) {
  TRY(out.offsets.resize_for_overwrite(image.code.size()));
  for (InsnIndex at = 0; at < image.code.size(); at++) out.offsets[at] = layout.offset_of(Label{at});
  TRY(out.subprogram_offsets.reserve(entries.size()));
  for (const Label entry : entries) TRY(out.subprogram_offsets.push_back(layout.offset_of(entry)));
  TRY(out.exceptions.reserve(exceptions.size()));
  for (const PendingException& e : exceptions) {
    TRY(out.exceptions.push_back(
        {.fault_offset = layout.offset_of(e.instruction), .resume_offset = layout.offset_of(e.resume)}));
  }
  return {};
}

// The optimising tier translates functions with loops until what it assumed of them has come true, and then for good;
// very long functions, and those for which everything is turned off, are translated by the simple tier.
Result<void> translate_function(const Context& context, size_t number) {
  const Subprogram& function = context.image.subprograms[number];
  if (!optimizes(function, context.target)) {
    return Translator(context, number).translate();
  }
  Code code(context.scratch);
  Plan plan(context.target, context.scratch);
  TRY(code.build(context.image, function));
  TRY(plan.prepare(context.image, code, context.is_target));
  const size_t exceptions = context.exceptions.size();
  const auto translate = [&]() -> Result<void> {
    while (context.exceptions.size() > exceptions) context.exceptions.pop_back();
    plan.begin_round();
    return Translator(context, number, code, plan).translate();
  };
  // Straight through, everything is known of what comes before.
  if (plan.needs_to_listen) {
    context.assembler.discard(true);
    do TRY(translate());
    while (TRY(plan.another_round()));
    context.assembler.discard(false);
  }
  return translate();
}

Result<JitCode> compile(const Image& image, const JitTarget& target) {
  if (image.code.empty() || image.subprograms.empty()) return fail(Errno::kEINVAL);
  // One for what lives as long as the compilation, one that is emptied after every function.
  Scratch scratch(kScratchBytes + image.code.size() * kScratchBytesPerSlot),
      function_scratch(scratch_for_functions(image, target));
  ScratchVec<bool> is_target(scratch), tail_callers(scratch);
  ScratchVec<Label> entries(scratch), stubs(scratch);
  ScratchVec<PendingException> exceptions(scratch);
  Assembler assembler(scratch);
  CallGraph calls(image, scratch);
  TRY(is_target.resize(image.code.size()));
  TRY(survey(image, is_target.span(), calls));
  TRY(tail_callers.resize(image.subprograms.size()));
  calls.find_tail_callers(tail_callers.span());
  assembler.reserve(image.code.size() * 3, image.code.size() / 4, image.code.size() + image.subprograms.size() * 2);
  assembler.new_labels(image.code.size());  // label n is slot n
  for (size_t n = 0; n < image.subprograms.size(); n++) {
    TRY(entries.push_back(assembler.new_label()));
    const bool needs_stub = tail_callers[n] && (n == 0 || image.subprograms[n].is_callback);
    TRY(stubs.push_back(needs_stub ? assembler.new_label() : entries[n]));
  }
  if (assembler.failed()) return fail(Errno::kENOMEM);

  const Context context{.image = image,
                        .target = target,
                        .assembler = assembler,
                        .entries = entries.span(),
                        .stubs = stubs.span(),
                        .tail_callers = tail_callers.span(),
                        .is_target = is_target.span(),
                        .exceptions = exceptions,
                        .scratch = function_scratch};
  for (size_t n = 0; n < image.subprograms.size(); n++) {
    if (stubs[n].id != entries[n].id) emit_entry_stub(assembler, stubs[n], entries[n], n == 0 ? 0 : kMaxTailCalls);
    TRY(translate_function(context, n));
    function_scratch.clear();
  }
  if (assembler.failed()) return fail(Errno::kENOMEM);

  // Code lies near the kernel's text, so that helpers are called directly; where a platform cannot have it so, the
  // second round loads their addresses.
  for (const bool far_calls : {false, true}) {
    Layout layout(assembler, target, far_calls, scratch);
    TRY(layout.relax());
    auto memory = TRY(platform::allocate_code(layout.bytes()));
    if (!layout.calls_reach(memory.address)) {
      platform::release_code(memory);
      continue;
    }
    JitCode out;
    if (auto described = describe(image, layout, stubs.span(), exceptions.span(), out); !described) {
      platform::release_code(memory);
      return fail(described.error());
    }
    out.memory = TRY(place_code(layout, memory));
    out.bytes = layout.bytes();
    out.code_bytes = layout.code_bytes();
    out.entry = out.memory.address + out.subprogram_offsets[0];
    out.tail_entry = out.memory.address + layout.offset_of(entries[0]);
    return out;
  }
  return fail(Errno::kEINVAL);  // not reached: far calls reach everything
}

JitTarget current_target;

}  // namespace
}  // namespace jit

Result<JitCode> jit_compile(const Image& image, const JitTarget& target) { return jit::compile(image, target); }

const JitTarget& jit_target() { return jit::current_target; }
void set_jit_target(const JitTarget& target) { jit::current_target = target; }

uint64_t find_jit_fixup(const JitCode& code, uint64_t pc) {
  const uint64_t offset = pc - code.memory.address;
  if (offset >= code.memory.bytes) return 0;
  const JitException* found = std::lower_bound(code.exceptions.begin(), code.exceptions.end(), offset,
                                               [](const JitException& e, uint64_t o) { return e.fault_offset < o; });
  return found != code.exceptions.end() && found->fault_offset == offset ? code.memory.address + found->resume_offset
                                                                         : 0;
}

}  // namespace skep::bpf
