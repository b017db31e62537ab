// Differential fuzzing: random programs on the interpreter and on the JIT; r0, all registers, memory, stack,
// callee-saved registers and sp are compared. `runner fuzz SEED COUNT` repeats exactly what it did before.
#include <string.h>

#include "bpf/interp/interp.h"
#include "bpf/isa/table.h"
#include "bpf/packet.h"
#include "tests/runner/random_program.h"
#include "tests/runner/runner.h"

namespace skep::runner {
namespace {

using namespace skep::bpf;

constexpr uint64_t kInstructionLimit = 500'000;
constexpr JitTarget kTargets[] = {{false, false}, {true, true}, {true, false}, {false, true}};
constexpr uint32_t kFarEvery = 7;  // every seventh program is placed out of reach of direct calls

alignas(64) uint8_t g_memory[kMemoryBytes];
uint8_t g_packet[kPacketBytes];
PacketContext g_context;
uint64_t g_row_counts[kInsnRowCount];
uint64_t g_executed = 0;

struct RowCounter {
  const uint8_t* row_of_slot;
};

void count_row(void* cookie, InsnIndex at, const uint64_t (&)[11], uint32_t) {
  g_row_counts[static_cast<RowCounter*>(cookie)->row_of_slot[at]]++;
  g_executed++;
}

void prepare_memory(uint64_t seed) {
  Random random(~seed);
  for (uint8_t& b : g_memory) b = static_cast<uint8_t>(random.one_in(3) ? 0xff : random.next());
  for (uint8_t& b : g_packet) b = static_cast<uint8_t>(random.next());
  g_context = {};
  g_context.skb.len = kPacketBytes;
  g_context.data = g_packet;
  g_context.length = kPacketBytes;
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

Verdict compare_on(const Image& image, uint64_t seed, const JitTarget& target, uint64_t expected_r0,
                   const uint8_t* expected_memory) {
  auto code = jit_compile(image, target);
  if (!code) {
    format_to(out(), "seed {}: the JIT refuses: {}\n", seed, errno_name(code.error()));
    return Verdict::kBroken;
  }
  prepare_memory(seed);
  uint64_t changed = 0;
  const uint64_t r0 = checked_call(code->entry, reinterpret_cast<uintptr_t>(g_memory),
                                   reinterpret_cast<uintptr_t>(&g_context), &changed);
  platform::release_code(code->memory);
  const bool same_memory = memcmp(expected_memory, g_memory, kMemoryBytes) == 0;
  if (r0 == expected_r0 && same_memory && changed == 0) return Verdict::kSame;
  format_to(out(), "seed {} zba {} zbb {}: r0 interp {#x}, jit {#x}; callee-saved registers changed: {#x}\n", seed,
            target.zba, target.zbb, expected_r0, r0, changed);
  describe_memory_difference(expected_memory);
  return Verdict::kDifferent;
}

Verdict run_seed(uint64_t seed, bool all_targets, bool dump) {
  auto program = make_random_program(seed);
  if (!program) return Verdict::kBroken;
  auto image = make_trusted_image(program->code.span());
  if (!image) {
    char text[128];
    BufferSink sink(text);
    print_decode_error(sink, image.error());
    format_to(out(), "seed {}: insn {}: {}\n", seed, image.error().at, sink.view());
    return Verdict::kBroken;
  }
  image->bind();
  if (dump) print_program(*image);
  Vec<uint8_t> rows;
  if (!rows.resize(image->code.size())) return Verdict::kBroken;
  for (InsnIndex at = 0; at < image->code.size(); at++) {
    const InsnRow* row = image->code[at].second_slot ? nullptr : find_insn_row(image->code[at]);
    rows[at] = static_cast<uint8_t>(row == nullptr ? 0 : row - insn_rows().data());
  }
  RowCounter counter{rows.data()};
  prepare_memory(seed);
  const auto expected = interpret(*image, reinterpret_cast<uintptr_t>(g_memory),
                                  {.r2 = reinterpret_cast<uintptr_t>(&g_context),
                                   .max_instructions = kInstructionLimit,
                                   .observer = count_row,
                                   .cookie = &counter});
  if (!expected) return expected.error() == Errno::kETIMEDOUT ? Verdict::kSkipped : Verdict::kBroken;
  uint8_t expected_memory[kMemoryBytes];
  memcpy(expected_memory, g_memory, kMemoryBytes);

  place_code_far(seed % kFarEvery == 0);
  Verdict verdict = Verdict::kSame;
  for (uint32_t n = 0; n < 4; n++) {
    if (!all_targets && n != seed % 4) continue;
    verdict = compare_on(*image, seed, kTargets[n], *expected, expected_memory);
    if (verdict != Verdict::kSame) break;
  }
  if (verdict == Verdict::kDifferent && !dump) print_program(*image);
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

// Prints how often each row of the ISA table was executed; the number of rows below `least`.
uint32_t report_rows(uint64_t least, bool print) {
  uint32_t missing = 0;
  const auto rows = insn_rows();
  for (size_t n = 0; n < rows.size(); n++) {
    const InsnRow& row = rows[n];
    const bool low = g_row_counts[n] < least && !is_exempt(row);
    missing += low;
    if (!print && !low) continue;
    Insn sample{.op = row.op,
                .width = row.width,
                .size = row.size,
                .use_imm = row.uses_imm(),
                .atomic = row.atomic,
                .pseudo = row.pseudo,
                .target = 1};
    format_to(out(), "{10} ", g_row_counts[n]);
    disassemble(out(), sample, 0);
    out().write(is_exempt(row) ? "  (no engine has it)\n" : low ? "  TOO FEW\n" : "\n");
  }
  return missing;
}

}  // namespace

uint64_t current_seed = 0;

// fuzz SEED COUNT [--rows] [--least N] [--all-targets] [--dump]
int fuzz(int argc, char** argv) {
  uint64_t seed = 0, count = 0, least = 0;
  bool print_rows = false, all_targets = false, dump = false;
  if (argc < 2 || !parse_number(argv[0], seed) || !parse_number(argv[1], count)) return 2;
  for (int n = 2; n < argc; n++) {
    const std::string_view a = argv[n];
    print_rows |= a == "--rows";
    all_targets |= a == "--all-targets";
    dump |= a == "--dump";
    if (a == "--least" && n + 1 < argc && !parse_number(argv[++n], least)) return 2;
  }
  place_code_in_ring(true);
  uint64_t failed = 0, skipped = 0;
  for (uint64_t n = 0; n < count; n++) {
    current_seed = seed + n;
    switch (run_seed(current_seed, all_targets, dump)) {
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
            "leaked\n",
            count, seed, g_executed, skipped, failed, missing, leaked);
  return failed == 0 && missing == 0 && leaked == 0 ? 0 : 1;
}

}  // namespace skep::runner
