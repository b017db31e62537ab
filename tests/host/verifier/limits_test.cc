// What the verifier does when something runs out: memory, time, patience.
#include <string.h>

#include <catch2/catch.hpp>
#include <optional>

#include "tests/host/platform/host_platform.h"
#include "tests/host/verifier/random_program.h"
#include "tests/host/verifier/support.h"

using namespace skep::verifier_test;
using skep::Errno;

namespace {

// Calls, loops (one proved by induction inside one that is unrolled, one given up), spills, branches, a null check.
constexpr std::string_view kVariedProgram = R"(
  r6 = r1
  *(u64 *)(r10 -16) = r1
  *(u32 *)(r10 -4) = 0
  r2 = r10
  r2 += -4
  r1 = map_fd 0 ll
  call 1
  if r0 == 0 goto out
  r7 = r0
  r8 = 0
loop:
  r1 = r7
  r1 += r8
  r2 = *(u8 *)(r1 +0)
  *(u64 *)(r10 -24) = r2
  call f
  r8 += 1
  if r8 < 16 goto loop
  r8 = 1
double:
  r9 = 0
count:
  r9 += 1
  if r9 < 5 goto count
  r8 <<= 1
  if r8 < 16 goto double
  r9 = 0
  r8 = 7
  *(u64 *)(r10 -32) = r9
square:
  r1 = r7
  r1 += r9
  r2 = *(u8 *)(r1 +0)
  r9 += r8
  r8 -= 6
  if r8 s> 0 goto square
  r3 = *(u64 *)(r6 +0)
  if r3 > 7 goto out
  r7 += r3
  *(u8 *)(r7 +0) = 1
out:
  r0 = 0
  exit
f:
  *(u64 *)(r10 -8) = r2
  if r2 > 100 goto g
  r2 += 1
g:
  r0 = r2
  exit
)";

}  // namespace

TEST_CASE("verifier: every allocation that fails is ENOMEM, and nothing stays behind", "[verifier]") {
  const auto code = assemble_program(kVariedProgram);
  (void)test_maps();
  const std::string_view bad = "r0 = *(u64 *)(r10 -8)\nexit";
  const auto refused_code = assemble_program(bad);
  for (const bool good : {true, false}) {
    uint64_t n = 1;
    for (;; n++) {
      const size_t before = skep::host::live_bytes();
      bool failed = false;
      {
        skep::host::FailNthAllocation fail(n);
        const Verdict v = run_verifier(good ? code : refused_code, {.log_level = 1});
        failed = fail.has_failed();
        if (!failed) {
          CHECK(v.accepted == good);
        } else if (v.accepted) {
          // A failure that costs only speed (memory kept for reuse).
        } else if (v.rejection.error != Errno::kENOMEM) {
          CHECK_FALSE(good);  // the refusal stands; only its explanation is shorter
        }
      }
      REQUIRE(skep::host::live_bytes() == before);
      if (!failed) break;
    }
    CHECK(n > 6);
  }
}

TEST_CASE("verifier: a load that would take more memory than it may ends with ENOMEM and leaves nothing",
          "[verifier]") {
  // Loops that must be explored turn by turn, with branches: states, waiting paths, values.
  const auto code = assemble_program(
      "r9 = 1\na:\ncall 7\n*(u64 *)(r10 -8) = r0\nif r0 > 5 goto b\nr8 = 1\nb:\nr9 <<= 1\nif r9 < 1000000 goto a\n"
      "r0 = 0\nexit");
  (void)test_maps();
  const auto with_limit = [&](size_t limit) {
    const skep::bpf::VerifyRequest request{
        .code = code, .prog_type = BPF_PROG_TYPE_KPROBE, .maps = test_maps(), .memory_limit = limit};
    return skep::bpf::verify(request);
  };
  const auto unlimited = with_limit(0);
  REQUIRE(unlimited.has_value());
  const size_t peak = unlimited->peak_bytes;
  CHECK(peak > 4096);
  CHECK(peak < 1u << 20);
  CHECK(with_limit(peak).has_value());
  for (const size_t limit : {peak - 1, peak / 2, peak / 10, size_t{1}}) {
    const size_t before = skep::host::live_bytes();
    {
      const auto v = with_limit(limit);
      REQUIRE_FALSE(v.has_value());
      CHECK(v.error().error == Errno::kENOMEM);
    }
    CHECK(skep::host::live_bytes() == before);
  }
}

TEST_CASE("verifier: a signal ends verification with EAGAIN", "[verifier]") {
  const auto code = assemble_program("r0 = 0\na:\nr0 += 1\nif r0 < 10000000 goto a\nexit");
  StringSink log;
  const skep::bpf::VerifyRequest request{.code = code,
                                         .prog_type = BPF_PROG_TYPE_KPROBE,
                                         .maps = test_maps(),
                                         .log_level = 1,
                                         .log = &log,
                                         .interrupted = [] { return true; }};
  const auto v = skep::bpf::verify(request);
  REQUIRE_FALSE(v.has_value());
  CHECK(v.error().error == Errno::kEAGAIN);
}

TEST_CASE("verifier: program size limits", "[verifier]") {
  std::vector<bpf_insn> code = assemble_program("r0 = 0\nexit");
  const auto with_length = [&](size_t n, bool privileged) {
    std::vector<bpf_insn> padded(n - 1, code[0]);
    padded.push_back(code[1]);
    const skep::bpf::VerifyRequest request{.code = padded, .prog_type = BPF_PROG_TYPE_KPROBE, .privileged = privileged};
    const auto v = skep::bpf::verify(request);
    return v ? 0 : static_cast<int>(v.error().error);
  };
  CHECK(with_length(4096, false) == 0);
  CHECK(with_length(4097, false) == static_cast<int>(Errno::kE2BIG));
  CHECK(with_length(4097, true) == 0);
  const skep::bpf::VerifyRequest empty{.prog_type = BPF_PROG_TYPE_KPROBE};
  CHECK(skep::bpf::verify(empty).error().error == Errno::kE2BIG);
}

TEST_CASE("verifier: bytes that are no program are refused, never believed", "[verifier]") {
  std::mt19937_64 random(7);
  int accepted = 0;
  for (int i = 0; i < 3000; i++) {
    std::vector<bpf_insn> code(1 + random() % 24);
    for (bpf_insn& insn : code) {
      const uint64_t r = random();
      memcpy(&insn, &r, sizeof(insn));
      if (random() % 2 != 0) insn.off = static_cast<int16_t>(insn.off % 16);
      if (random() % 2 != 0) insn.imm %= 32;
    }
    accepted += run_verifier(code, {.log_level = 3}).accepted;
  }
  CHECK(accepted == 0);
}

TEST_CASE("verifier: one field of a good program changed at a time", "[verifier]") {
  std::mt19937_64 random(8);
  const auto good = assemble_program(kVariedProgram);
  int accepted = 0;
  for (int i = 0; i < 2000; i++) {
    std::vector<bpf_insn> code = good;
    bpf_insn& insn = code[random() % code.size()];
    switch (random() % 5) {
      case 0:
        insn.code = static_cast<uint8_t>(random());
        break;
      case 1:
        insn.dst_reg = random() % 16;
        break;
      case 2:
        insn.src_reg = random() % 16;
        break;
      case 3:
        insn.off = static_cast<int16_t>(insn.off + static_cast<int>(random() % 9) - 4);
        break;
      default:
        insn.imm = static_cast<int32_t>(random() % 64) - 8;
        break;
    }
    accepted += run_verifier(code, {.log_level = 2}).accepted;
  }
  CHECK(accepted > 0);
  CHECK(accepted < 2000);
}
