// The names of the passes, each of which can be turned off by itself: JitTarget::passes_off holds their bits.
#pragma once

#include <stdint.h>

#include <span>
#include <string_view>

namespace skep::bpf {

enum class JitPass : uint8_t {
  kInline,      // opt/inline: array lookups and simple helpers without a call
  kJumps,       // opt/jumps: jumps to jumps, jumps over jumps
  kCopies,      // opt/copies: operands read from where they were copied, addresses folded
  kIdioms,      // opt/idioms: rotations, shift-and-add
  kDead,        // opt/dead: results that nobody reads
  kInduction,   // opt/induction: pointers that advance instead of counters
  kCoalesce,    // opt/coalesce: values computed where they are moved to
  kExtensions,  // opt/plan: what is known of upper halves is carried over joins and loops
  kConstants,   // opt/constants: constants live in registers across a loop
  kFacts,       // opt/facts: results that the verifier knows
  kCount,
};

struct JitPassInfo {
  JitPass pass;
  std::string_view name;  // as the kernel argument jit_off= and the runner's --off want it
  std::string_view what;
};

inline constexpr JitPassInfo kJitPasses[] = {
    {JitPass::kInline, "inline", "array lookups and simple helpers inlined"},
    {JitPass::kJumps, "jumps", "jumps to and over jumps"},
    {JitPass::kCopies, "copies", "copies read at their source, addresses folded"},
    {JitPass::kIdioms, "idioms", "rotations, shift-and-add"},
    {JitPass::kDead, "dead", "unread results left out"},
    {JitPass::kInduction, "induction", "pointers advanced instead of counters"},
    {JitPass::kCoalesce, "coalesce", "values computed where they are moved to"},
    {JitPass::kExtensions, "extensions", "upper halves known across joins"},
    {JitPass::kConstants, "constants", "constants kept in registers across loops"},
    {JitPass::kFacts, "facts", "results that the verifier knows"},
};
static_assert(sizeof(kJitPasses) / sizeof(kJitPasses[0]) == static_cast<size_t>(JitPass::kCount));

constexpr uint32_t pass_bit(JitPass p) { return 1u << static_cast<uint32_t>(p); }
inline constexpr uint32_t kAllPassesOff = (1u << static_cast<uint32_t>(JitPass::kCount)) - 1;

// The bits of a comma-separated list of names ("all": every one); unknown names are left out.
constexpr uint32_t parse_passes(std::string_view list) {
  uint32_t bits = 0;
  while (!list.empty()) {
    const size_t comma = list.find(',');
    const std::string_view name = list.substr(0, comma);
    for (const JitPassInfo& p : kJitPasses) {
      if (name == p.name || name == "all") bits |= pass_bit(p.pass);
    }
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  return bits;
}

}  // namespace skep::bpf
