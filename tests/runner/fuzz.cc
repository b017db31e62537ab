// Differential fuzzing: random programs on the interpreter and on the JIT; r0, all registers, memory, stack,
// callee-saved registers and sp are compared. `fuzz SEED COUNT` repeats exactly what it did before, and ends with a
// digest of all results, which is the same under qemu and in the simulator.
#include <string.h>

#include <new>

#include "bpf/interp/interp.h"
#include "bpf/isa/table.h"
#include "bpf/packet.h"
#include "bpf/verifier/constants.h"
#include "tests/runner/fake_maps.h"
#include "tests/runner/prog_array.h"
#include "tests/runner/random_program.h"
#include "tests/runner/runner.h"

namespace skep::runner {
namespace {

using namespace skep::bpf;

constexpr uint64_t kInstructionLimit = 500'000;
constexpr JitTarget kTargets[] = {{false, false}, {true, true}, {true, false}, {false, true}};
constexpr uint32_t kFarEvery = 7;    // every seventh program is placed out of reach of direct calls
constexpr uint32_t kPairEvery = 8;   // every eighth has another program to tail-call
constexpr uint32_t kFactsEvery = 4;  // every fourth is compiled once more, with facts

alignas(64) uint8_t g_memory[kMemoryBytes + 8];
uint8_t g_packet[kPacketBytes];
PacketContext g_context;
uint64_t g_row_counts[kInsnRowCount];      // by the interpreter
uint64_t g_jit_row_counts[kInsnRowCount];  // by compiled code, where it is simulated
uint64_t g_executed = 0;
uint64_t g_digest = 0;

// What one run of the interpreter showed of each instruction. The run has one input only, so what always happened in it
// is a fact for the JIT, as the verifier would give it.
struct Profile {
  const Image& image;
  const uint8_t* row_of_slot;
  Vec<InsnFacts> facts;
  Vec<uint8_t> seen;  // kTaken …
  InsnIndex before = ~InsnIndex{0};

  enum : uint8_t { kTaken = 1, kNotTaken = 2, kHasResult = 4 };
  void after(InsnIndex at, InsnIndex next, const uint64_t (&r)[11]);
};

// Instructions whose only effect is on dst.
bool only_writes_dst(const Insn& insn) {
  return insn.op <= Op::kBswap || insn.op == Op::kLoad || insn.op == Op::kLoadSx;
}

void Profile::after(InsnIndex at, InsnIndex next, const uint64_t (&r)[11]) {
  const Insn& insn = image.code[at];
  if (insn.op >= Op::kJeq && insn.op <= Op::kJsle && insn.target != at + 1) {
    seen[at] |= next == insn.target ? kTaken : kNotTaken;
    facts[at].branch_always = seen[at] == kTaken;
    facts[at].branch_never = seen[at] == kNotTaken;
  }
  if (!only_writes_dst(insn)) return;
  const uint64_t result = r[insn.dst];
  facts[at].result_known = (seen[at] & kHasResult) == 0 || (facts[at].result_known && facts[at].constant == result);
  facts[at].constant = facts[at].result_known ? result : 0;
  seen[at] |= kHasResult;
}

void observe(void* cookie, InsnIndex at, const uint64_t (&registers)[11], uint32_t) {
  auto& profile = *static_cast<Profile*>(cookie);
  g_row_counts[profile.row_of_slot[at]]++;
  g_executed++;
  profile.facts[at].reachable = true;
  if (profile.before != ~InsnIndex{0}) profile.after(profile.before, at, registers);
  profile.before = at;
}

// Adds what the code last called executed to the rows' counts.
void count_compiled(const JitCode& code, const uint8_t* row_of_slot, const Image& image) {
  const auto counts = executions();
  if (counts.empty()) return;
  for (InsnIndex at = 0; at < image.code.size(); at++) {
    if (!image.code[at].second_slot && code.offsets[at] < counts.size()) {
      g_jit_row_counts[row_of_slot[at]] += counts[code.offsets[at]];
    }
  }
}

void prepare_memory(uint64_t seed) {
  Random random(~seed);
  for (uint8_t& b : std::span(g_memory).first(kMemoryBytes))
    b = static_cast<uint8_t>(random.one_in(3) ? 0xff : random.next());
  for (uint8_t& b : g_packet) b = static_cast<uint8_t>(random.next());
  g_context = {};
  g_context.skb.len = kPacketBytes;
  g_context.data = g_packet;
  g_context.length = kPacketBytes;
  const auto address = reinterpret_cast<uint64_t>(&g_context);
  memcpy(g_memory + kMemoryBytes, &address, sizeof(address));
}

void print_program(const Image& image) {
  for (InsnIndex at = 0; at < image.code.size(); at++) {
    if (image.code[at].second_slot) continue;
    format_to(out(), "{5}: ", at);
    disassemble(out(), image.code[at], at);
    out().write("\n");
  }
}

void describe_memory_difference(const uint8_t* expected) {
  for (uint32_t i = 0; i < kMemoryBytes; i += 8) {
    uint64_t a, b;
    memcpy(&a, expected + i, 8);
    memcpy(&b, g_memory + i, 8);
    if (a == b) continue;
    if (i < kDataBytes) {
      format_to(out(), "  memory+{}: interp {#x}, jit {#x}\n", i, a, b);
    } else if (i < kDataBytes + 80) {
      format_to(out(), "  r{} at the end: interp {#x}, jit {#x}\n", (i - kDataBytes) / 8, a, b);
    } else {
      format_to(out(), "  stack slot {}: interp {#x}, jit {#x}\n", (i - kDataBytes - 80) / 8, a, b);
    }
  }
}

enum class Verdict : uint8_t { kSame, kDifferent, kSkipped, kBroken };

// What the engines must agree on.
struct Expected {
  uint64_t r0;
  uint8_t memory[kMemoryBytes];
};

// The program, and another one that it may tail-call.
struct Pair {
  Image images[2];
  ProgArray& array;
  uint32_t count = 1;
};

Verdict compare_on(const Pair& pair, uint64_t seed, const JitTarget& target, const Expected& expected,
                   const uint8_t* row_of_slot, std::string_view how) {
  JitCode code[2];
  for (uint32_t n = 0; n < pair.count; n++) {
    auto compiled = jit_compile(pair.images[n], target);
    if (!compiled) {
      format_to(out(), "seed {}: the JIT refuses: {}\n", seed, errno_name(compiled.error()));
      return Verdict::kBroken;
    }
    code[n] = std::move(*compiled);
    pair.array.slots[n].entry = code[n].tail_entry;
  }
  prepare_memory(seed);
  set_processor(target);
  set_faulting_code(code);
  uint64_t changed = 0;
  const uint64_t r0 = checked_call(code[0], reinterpret_cast<uintptr_t>(g_memory), 0, &changed);
  set_faulting_code({});
  count_compiled(code[0], row_of_slot, pair.images[0]);
  for (JitCode& c : code) platform::release_code(c.memory);
  const bool same_memory = memcmp(expected.memory, g_memory, kMemoryBytes) == 0;
  if (r0 == expected.r0 && same_memory && changed == 0) return Verdict::kSame;
  format_to(out(), "seed {} zba {} zbb {}{}: r0 interp {#x}, jit {#x}; callee-saved registers changed: {#x}\n", seed,
            target.zba, target.zbb, how, expected.r0, r0, changed);
  describe_memory_difference(expected.memory);
  return Verdict::kDifferent;
}

Result<Vec<uint8_t>> rows_of(const Image& image) {
  Vec<uint8_t> rows;
  TRY(rows.resize(image.code.size()));
  for (InsnIndex at = 0; at < image.code.size(); at++) {
    const InsnRow* row = image.code[at].second_slot ? nullptr : find_insn_row(image.code[at]);
    rows[at] = static_cast<uint8_t>(row == nullptr ? 0 : row - insn_rows().data());
  }
  return rows;
}

ProgArray& prog_array() {
  alignas(ProgArray) static uint8_t storage[sizeof(ProgArray)];
  static ProgArray* const array = new (storage) ProgArray;
  return *array;
}

Result<Image> make_image(const RandomProgram& program, uint64_t seed) {
  auto image = make_trusted_image(program.code.span());
  if (!image) {
    char text[128];
    BufferSink sink(text);
    print_decode_error(sink, image.error());
    format_to(out(), "seed {}: insn {}: {}\n", seed, image.error().at, sink.view());
    return fail(image.error().error);
  }
  if (!program.fault_safe.empty()) {
    TRY(image->facts.resize(image->code.size()));
    for (const InsnIndex at : program.fault_safe) image->facts[at].fault_safe = true;
  }
  for (const InsnIndex at : program.prog_arrays) image->code[at].imm64 = reinterpret_cast<uintptr_t>(&prog_array());
  if (!program.lookups.empty()) {
    if (image->facts.empty()) TRY(image->facts.resize(image->code.size()));
    for (FakeMap* map : fake_maps(g_memory)) TRY(image->maps.push_back(Ref<Map>::share(map)));
    for (const RandomProgram::Lookup& l : program.lookups) {
      image->code[l.map_load].imm64 = reinterpret_cast<uintptr_t>(static_cast<Map*>(fake_maps(g_memory)[l.map]));
      InsnFacts& facts = image->facts[l.call];
      facts.map_index = static_cast<uint16_t>(l.map);
      facts.constant_key = l.known;
      facts.constant = l.known ? l.key : 0;
    }
  }
  // Half of the programs come with the results that the verifier would find to be the same on every run.
  if (seed % 2 == 0) {
    if (image->facts.empty()) TRY(image->facts.resize(image->code.size()));
    Scratch scratch(1024);
    TRY(find_constants(*image, scratch));
  }
  return std::move(*image);
}

void add_to_digest(const Expected& expected) {
  const auto add = [](uint64_t v) { g_digest = (g_digest ^ v) * 0x9e3779b97f4a7c15 + (g_digest >> 31); };
  add(expected.r0);
  for (uint32_t i = 0; i < kMemoryBytes; i += 8) {
    uint64_t v;
    memcpy(&v, expected.memory + i, 8);
    add(v);
  }
}

struct FuzzOptions {
  bool all_targets = false;
  uint32_t passes_off = 0;
  bool dump = false;
};

JitTarget with_passes(JitTarget target, const FuzzOptions& options) {
  target.passes_off = options.passes_off;
  return target;
}

Verdict compare(Pair& pair, uint64_t seed, const FuzzOptions& options, const Expected& expected, Profile& profile) {
  place_code_far(seed % kFarEvery == 0);
  for (uint32_t n = 0; n < 4; n++) {
    if (!options.all_targets && n != seed % 4) continue;
    const Verdict verdict =
        compare_on(pair, seed, with_passes(kTargets[n], options), expected, profile.row_of_slot, "");
    if (verdict != Verdict::kSame) return verdict;
  }
  if (!options.all_targets && seed % kFactsEvery != 0) return Verdict::kSame;
  Image& image = pair.images[0];
  for (InsnIndex at = 0; at < image.facts.size(); at++) {
    const InsnFacts& known = image.facts[at];
    profile.facts[at].fault_safe = known.fault_safe;
    profile.facts[at].map_index = known.map_index;
    if (!known.constant_key) continue;
    profile.facts[at].constant_key = true;
    profile.facts[at].constant = known.constant;
  }
  for (InsnIndex at = 0; at < image.code.size(); at++) {  // no code is made for an LDDW without both of its slots
    if (image.code[at].second_slot) profile.facts[at].reachable = profile.facts[at - 1].reachable;
  }
  image.facts = std::move(profile.facts);
  return compare_on(pair, seed, with_passes(kTargets[seed / kFactsEvery % 4], options), expected, profile.row_of_slot,
                    " with facts");
}

// The pair's second program comes with every kPairEvery-th seed.
Result<void> make_pair(Pair& pair, uint64_t seed) {
  pair.count = seed % kPairEvery == 0 ? 2 : 1;
  for (TailCallTarget& slot : pair.array.slots) slot = {};
  for (uint32_t n = 0; n < pair.count; n++) {
    const auto program = TRY(make_random_program(n == 0 ? seed : ~seed));
    pair.images[n] = TRY(make_image(program, seed));
    pair.images[n].bind();
    pair.array.slots[n].image = &pair.images[n];
  }
  return {};
}

Verdict run_seed(uint64_t seed, const FuzzOptions& options) {
  Pair pair{.images = {}, .array = prog_array()};
  if (!make_pair(pair, seed)) return Verdict::kBroken;
  const Image& image = pair.images[0];
  const auto print = [&] {
    for (uint32_t n = 0; n < pair.count; n++) print_program(pair.images[n]);
  };
  if (options.dump) print();
  auto rows = rows_of(image);
  if (!rows) return Verdict::kBroken;
  Profile profile{.image = image, .row_of_slot = rows->data(), .facts = {}, .seen = {}};
  if (!profile.facts.resize(image.code.size()) || !profile.seen.resize(image.code.size())) return Verdict::kBroken;
  for (InsnFacts& f : profile.facts) f.reachable = false;
  prepare_memory(seed);
  const auto r0 = interpret(image, reinterpret_cast<uintptr_t>(g_memory),
                            {.max_instructions = kInstructionLimit, .observer = observe, .cookie = &profile});
  if (!r0) return r0.error() == Errno::kETIMEDOUT ? Verdict::kSkipped : Verdict::kBroken;
  Expected expected{.r0 = *r0, .memory = {}};
  memcpy(expected.memory, g_memory, kMemoryBytes);
  add_to_digest(expected);
  const Verdict verdict = compare(pair, seed, options, expected, profile);
  if (verdict == Verdict::kDifferent && !options.dump) print();
  return verdict;
}

bool parse_number(const char* text, uint64_t& value) {
  value = 0;
  if (*text == '\0') return false;
  for (; *text != '\0'; text++) {
    if (*text < '0' || *text > '9') return false;
    value = value * 10 + static_cast<uint64_t>(*text - '0');
  }
  return true;
}

// Forms that no program can execute: kernel functions do not exist, and no LDDW pseudo form but the function reference
// differs from a constant for an engine.
bool is_exempt(const InsnRow& row) { return row.op == Op::kCallKfunc; }

// Prints how often each row of the ISA table was executed, by the interpreter and by compiled code (0 for all where
// that is not counted); the number of rows below `least`.
uint32_t report_rows(uint64_t least, bool print) {
  uint32_t missing = 0;
  const auto rows = insn_rows();
  const bool both = !executions().empty();
  if (print) format_to(out(), "    interp        jit  instruction\n");
  for (size_t n = 0; n < rows.size(); n++) {
    const InsnRow& row = rows[n];
    const bool low = (g_row_counts[n] < least || (both && g_jit_row_counts[n] < least)) && !is_exempt(row);
    missing += low;
    if (!print && !low) continue;
    Insn sample{.op = row.op,
                .width = row.width,
                .size = row.size,
                .use_imm = row.uses_imm(),
                .atomic = row.atomic,
                .pseudo = row.pseudo,
                .target = 1};
    format_to(out(), "{10} {10}  ", g_row_counts[n], g_jit_row_counts[n]);
    disassemble(out(), sample, 0);
    out().write(is_exempt(row) ? "  (no engine has it)\n" : low ? "  TOO FEW\n" : "\n");
  }
  return missing;
}

}  // namespace

uint64_t current_seed = 0;

// fuzz SEED COUNT [--rows] [--least N] [--all-targets] [--dump] [--off PASS,...]
int fuzz(int argc, char** argv) {
  uint64_t seed = 0, count = 0, least = 0;
  bool print_rows = false;
  FuzzOptions options;
  if (argc < 2 || !parse_number(argv[0], seed) || !parse_number(argv[1], count)) return 2;
  for (int n = 2; n < argc; n++) {
    const std::string_view a = argv[n];
    print_rows |= a == "--rows";
    options.all_targets |= a == "--all-targets";
    if (a == "--off" && n + 1 < argc) options.passes_off = parse_passes(argv[++n]);
    options.dump |= a == "--dump";
    if (a == "--least" && n + 1 < argc && !parse_number(argv[++n], least)) return 2;
  }
  place_code_in_ring(true);
  allow_memory({g_memory,
                g_packet,
                {reinterpret_cast<const uint8_t*>(&g_context), sizeof(g_context)},
                fake_maps(g_memory)[1]->table()});
  uint64_t failed = 0, skipped = 0;
  for (uint64_t n = 0; n < count; n++) {
    current_seed = seed + n;
    switch (run_seed(current_seed, options)) {
      case Verdict::kSame:
        break;
      case Verdict::kSkipped:
        skipped++;
        break;
      case Verdict::kDifferent:
      case Verdict::kBroken:
        failed++;
        break;
    }
    if (failed >= 3) break;
  }
  const size_t leaked = live_allocations();
  const uint32_t missing = print_rows || least != 0 ? report_rows(least, print_rows) : 0;
  format_to(out(),
            "fuzz: {} programs from seed {}, {} instructions, {} too long, {} different, {} rows too rare, {} blocks "
            "leaked, digest {016x}\n",
            count, seed, g_executed, skipped, failed, missing, leaked, g_digest);
  return failed == 0 && missing == 0 && leaked == 0 ? 0 : 1;
}

}  // namespace skep::runner
