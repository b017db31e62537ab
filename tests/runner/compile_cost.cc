// What compiling costs: instructions that jit_compile() executes for each instruction of the program, simple tier and
// optimising tier, for programs of 100 to 100,000 instructions. Lines in linux-bench's format, for
// tests/bench/run-bench.
#include "bpf/interp/trusted_image.h"
#include "bpf/isa/assemble.h"
#include "tests/runner/runner.h"

namespace skep::runner {
namespace {

using namespace skep::bpf;

uint64_t executed_instructions() {
#ifdef __riscv
  uint64_t n;
  asm volatile("rdinstret %0" : "=r"(n)::"memory");
  return n;
#else
  return 0;
#endif
}

// Code as clang emits it: arithmetic of both widths, loads and stores, constants, short forward jumps, a call now and
// then, in a loop of about a hundred instructions.
constexpr std::string_view kBlock =
    "r6 = r1; r6 += 16; w3 = w2; w3 *= 31; w3 += 7; r4 = *(u64 *)(r10 - 8); r4 ^= r3; *(u64 *)(r10 - 8) = r4;"
    "if r4 > 100 goto skip; r5 = r4; r5 <<= 3; w5 &= 255; *(u32 *)(r10 - 16) = r5; skip: r2 += 1; r3 = r2;"
    "r3 >>= 7; w4 = w3; w4 |= 0x12345; r5 = 0x123456789 ll; r5 -= r4; *(u8 *)(r10 - 20) = r5; call 7; r1 = r10;"
    "r2 = r0; r3 = 0; r4 = 1; r5 = 2";
constexpr uint32_t kBlocksPerLoop = 4;

Result<uint64_t> cost(uint32_t length, const JitTarget& target) {
  bpf_insn block[64], head[8], tail[8];
  const auto block_slots = assemble(kBlock, block);
  const auto head_slots = assemble("*(u64 *)(r10 - 8) = 0; r2 = 0; r3 = 0; r4 = 1; r5 = 2; r7 = 0", head);
  const auto tail_slots = assemble("r7 += 1; if r7 != 5 goto -1", tail);
  if (!block_slots || !head_slots || !tail_slots) return fail(Errno::kEINVAL);
  Vec<bpf_insn> code;
  TRY(code.append({head, *head_slots}));
  while (code.size() < length) {
    const size_t begin = code.size();
    for (uint32_t n = 0; n < kBlocksPerLoop && code.size() < length; n++) TRY(code.append({block, *block_slots}));
    TRY(code.append({tail, *tail_slots}));
    code.back().off = static_cast<int16_t>(begin - code.size());
  }
  TRY(code.append({tail, 1}));
  bpf_insn end[2];
  const auto end_slots = assemble("r0 = 0; exit", end);
  if (!end_slots) return fail(Errno::kEINVAL);
  TRY(code.append({end, *end_slots}));
  auto image = make_trusted_image(code.span());
  if (!image) return fail(image.error().error);
  // The second time: the first one also fetched memory from the system, page by page.
  uint64_t spent = 0;
  for (uint32_t turn = 0; turn < 2; turn++) {
    const uint64_t before = executed_instructions();
    auto compiled = TRY(jit_compile(*image, target));
    spent = executed_instructions() - before;
    platform::release_code(compiled.memory);
  }
  return spent * 10 / code.size();
}

}  // namespace

int compile_cost(int argc, char** argv) {
  struct Length {
    std::string_view name;
    uint32_t slots;
  };
  constexpr Length kLengths[] = {{"100", 100}, {"1000", 1000}, {"10000", 10'000}, {"100000", 100'000}};
  const std::string_view tier = argc > 0 ? argv[0] : "", only = argc > 1 ? argv[1] : "";
  int status = 0;
  place_code_in_ring(true);  // no system calls
  for (const bool simple : {true, false}) {
    const std::string_view name = simple ? "simple" : "optimised";
    for (const Length& length : kLengths) {
      if ((!tier.empty() && tier != name) || (!only.empty() && only != length.name)) continue;
      const auto tenths = cost(length.slots, {.zba = true, .zbb = true, .passes_off = simple ? kAllPassesOff : 0});
      if (!tenths) {
        format_to(out(), "R|jit|{}.{}|na|na|err={}\n", name, length.name, errno_name(tenths.error()));
        status = 1;
        continue;
      }
      format_to(out(), "R|jit|{}.{}|{}.{}|{}.{}\n", name, length.name, *tenths / 10, *tenths % 10, *tenths / 10,
                *tenths % 10);
    }
  }
  return status;
}

}  // namespace skep::runner
