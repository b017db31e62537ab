// What needs the JIT's code to run, and no random program shows: sizes, distances, depths, faults, refusals. Prints
// TAP.
#include "bpf/interp/interp.h"
#include "bpf/jit/constant.h"
#include "tests/runner/builder.h"
#include "tests/runner/random_program.h"
#include "tests/runner/runner.h"

namespace skep::runner {
namespace {

using namespace skep::bpf;

// The same, expected r0 from both engines and on every target.
bool both_give(const Builder& builder, uint64_t expected, uint64_t r1 = 0, uint64_t r2 = 0) {
  const auto image = builder.image();
  if (!image) return false;
  const auto interp = interpret(*image, r1, {.r2 = r2});
  if (!interp || *interp != expected) return false;
  for (const JitTarget& target : kTargets) {
    for (const bool far : {false, true}) {
      const Run jit = run_jit(*image, target, r1, r2, far);
      if (!jit.ok || jit.r0 != expected) return false;
    }
  }
  return true;
}

// Executes a constant's instructions by hand and compares; also that zero-length and over-long sequences do not occur.
bool constants_are_right() {
  using riscv::Mnemonic;
  Random random(42);
  for (int n = 0; n < 20000; n++) {
    const uint64_t value = n < 128 ? (n < 64 ? uint64_t{1} << n : ~(uint64_t{1} << (n - 64))) : random.edge64();
    for (const JitTarget& target : kTargets) {
      const auto s = jit::constant_sequence(value, target);
      if (s.count == 0 || s.count > jit::ConstantSequence::kMax) return false;
      uint64_t r = 0;
      for (uint32_t i = 0; i < s.count; i++) {
        const auto& insn = s.code[i];
        const uint64_t source = insn.rs1 == riscv::Reg::kZero ? 0 : r;
        const auto imm = static_cast<uint64_t>(static_cast<int64_t>(insn.imm));
        if (!riscv::immediate_fits(riscv::info(insn.op).format, insn.imm)) return false;
        switch (insn.op) {
          case Mnemonic::kLui:
            r = imm << 12;
            break;
          case Mnemonic::kAddi:
            r = source + imm;
            break;
          case Mnemonic::kAddiw:
            r = static_cast<uint64_t>(static_cast<int64_t>(static_cast<int32_t>(source + imm)));
            break;
          case Mnemonic::kSlli:
            r = source << imm;
            break;
          case Mnemonic::kSrli:
            r = source >> imm;
            break;
          case Mnemonic::kSlliUw:
            if (!target.zba) return false;
            r = static_cast<uint64_t>(static_cast<uint32_t>(source)) << imm;
            break;
          case Mnemonic::kSh1add:
          case Mnemonic::kSh2add:
          case Mnemonic::kSh3add:
            if (!target.zba) return false;
            r = (source << (insn.op == Mnemonic::kSh1add ? 1 : insn.op == Mnemonic::kSh2add ? 2 : 3)) + source;
            break;
          case Mnemonic::kRori:
            if (!target.zbb) return false;
            r = source >> imm | source << (64 - imm);
            break;
          default:
            return false;
        }
      }
      if (r != value) return false;
    }
  }
  return true;
}

// `filler` slots between a branch and its target, both ways: past the reach of c.beqz, beq and jal in turn.
bool branches_reach(uint32_t filler) {
  Builder b;
  b.mov(0, 1);
  b.mov(2, 0);
  const InsnIndex top = b.at();
  b.add_imm(2, 1);
  b.text("if r2 s> 3 goto +2; if w2 == 2 goto +1; goto +1");
  const InsnIndex out_of_here = b.at();
  b.add({.op = Op::kJa, .width = Width::k32});
  for (uint32_t n = 0; n < filler; n++) b.add_imm(0, static_cast<int32_t>(n % 5));
  b.add({.op = Op::kJa, .width = Width::k32, .target = top});
  b.retarget(out_of_here, b.at());
  b.add_imm(0, 7);
  b.exit();
  uint64_t once = 0;
  for (uint32_t n = 0; n < filler; n++) once += n % 5;
  return both_give(b, 1 + once + 7);
}

// Conditional branches over the filler: BPF's own reach is 32767 slots.
bool conditions_reach() {
  Builder b;
  b.mov(0, 0);
  b.mov(1, -1);
  b.text("if w1 s< 0 goto +32000");
  for (int n = 0; n < 32000; n++) b.add({.op = Op::kMul, .dst = 0, .use_imm = true, .imm = 0x12345});
  b.add_imm(0, 9);
  b.exit();
  return both_give(b, 9);
}

bool many_functions() {
  Builder b;
  constexpr uint32_t kCount = 1000;
  b.mov(6, 0);
  InsnIndex calls[kCount];
  for (InsnIndex& call : calls) {
    b.text("r1 = r6");
    call = b.at();
    b.add({.op = Op::kCallLocal});
    b.text("r6 = r0");
  }
  b.text("r0 = r6; exit");
  uint64_t expected = 0;
  for (uint32_t n = 0; n < kCount; n++) {
    b.retarget(calls[n], b.at());
    b.text("r0 = r1");
    b.add({.op = Op::kMul, .dst = 0, .use_imm = true, .imm = 31});
    b.add_imm(0, static_cast<int32_t>(n));
    b.exit();
    expected = expected * 31 + n;
  }
  return both_give(b, expected);
}

// Many branches, each just within reach of its target as long as all others stay short.
bool branches_push_each_other() {
  Builder b;
  b.mov(0, 0);
  b.mov(1, 1);
  constexpr int kCount = 12000;
  for (int n = 0; n < kCount; n++) {
    b.text(n % 3 == 0 ? "if r1 == 0 goto +63" : n % 3 == 1 ? "if r1 == 2 goto +1000" : "r0 += 1");
  }
  for (int n = 0; n < 1100; n++) b.add_imm(0, 1);
  b.exit();
  return both_give(b, kCount / 3 + 1100);
}

// Eight frames, each with all of its stack and every callee-saved register: what one writes, the others keep.
bool eight_frames() {
  Builder b;
  for (uint32_t depth = 0; depth < kMaxCallDepth; depth++) {
    for (uint8_t r = 6; r < 10; r++) b.mov(r, static_cast<int32_t>(depth * 10 + r));
    b.text("*(u64 *)(r10 - 512) = r6; *(u64 *)(r10 - 8) = r9; r0 = 0");
    if (depth + 1 < kMaxCallDepth) b.add({.op = Op::kCallLocal, .target = b.at() + 10});
    b.text(
        "r0 += r6; r0 += r7; r0 += r8; r0 += r9; r1 = *(u64 *)(r10 - 512); r0 += r1; r1 = *(u64 *)(r10 - 8); r0 += r1; "
        "exit");
  }
  uint64_t expected = 0;
  for (uint32_t depth = 0; depth < kMaxCallDepth; depth++) expected += 6 * (depth * 10) + 6 + 7 + 8 + 9 + 6 + 9;
  return both_give(b, expected);
}

bool too_many_frames() {
  Builder b;
  b.text(
      "r0 = 0; call f; exit; f: call g; exit; g: call h; exit; h: call i; exit; i: call j; exit; j: call k; exit; k: "
      "call l; exit; "
      "l: call m; exit; m: r0 = 1; exit");
  const auto image = b.image();
  if (!image) return false;
  const auto r0 = interpret(*image, 0);
  return !r0 && r0.error() == Errno::kE2BIG;
}

// Loads through a bad pointer read 0 when the verifier marked them; good ones are not disturbed.
bool faults_read_zero() {
  for (const uint8_t size : {1, 2, 4, 8}) {
    for (const Op op : {Op::kLoad, Op::kLoadSx}) {
      if (op == Op::kLoadSx && size == 8) continue;
      Builder b;
      b.mov(6, 77);
      b.mov(2, -1);
      b.add({.op = op, .size = size, .dst = 2, .src = 1, .offset = 8});
      b.text("r0 = r2; r0 += r6");
      b.add({.op = op, .size = size, .dst = 1, .src = 1, .offset = 16});  // base and result in one register
      b.text("r0 += r1; exit");
      auto image = b.image();
      if (!image || !image->facts.resize(image->code.size())) return false;
      for (InsnIndex at = 0; at < image->code.size(); at++) image->facts[at].fault_safe = image->code[at].op == op;
      uint64_t good[4] = {1, 2, 3, 4};
      for (const uint64_t address : {uint64_t{0}, uint64_t{0x1000}, reinterpret_cast<uint64_t>(&good)}) {
        const uint64_t expected = 77 + (address == reinterpret_cast<uint64_t>(&good) ? 2 + 3 : 0);
        const auto interp = interpret(*image, address);
        if (!interp || *interp != expected) return false;
        for (const JitTarget& target : kTargets) {
          const Run jit = run_jit(*image, target, address);
          if (!jit.ok || jit.r0 != expected) return false;
        }
      }
    }
  }
  return true;
}

// What the verifier knows changes the code, not the result.
bool facts_are_used() {
  Builder b;
  b.text("r0 = 5; if r1 == 0 goto +1; r0 = 6; if r1 != 0 goto +1; r0 += 1; w0 += 3; exit; r0 = 9; exit");
  auto image = b.image();
  if (!image || !image->facts.resize(image->code.size())) return false;
  image->facts[1].branch_always = true;
  image->facts[2].reachable = false;
  image->facts[3].branch_never = true;
  image->facts[7].reachable = image->facts[8].reachable = false;
  const Run with_facts = run_jit(*image, kTargets[0]);
  image->facts[5].upper_zero = true;  // 5 + 1 + 3 has no upper half to clear
  const Run without_extension = run_jit(*image, kTargets[0]);
  auto code = jit_compile(*image, kTargets[0]);
  if (!code) return false;
  const size_t with_bytes = code->bytes;
  platform::release_code(code->memory);
  auto plain = b.image();
  auto plain_code = jit_compile(*plain, kTargets[0]);
  if (!plain_code) return false;
  const size_t plain_bytes = plain_code->bytes;
  platform::release_code(plain_code->memory);
  return with_facts.ok && with_facts.r0 == 9 && without_extension.ok && without_extension.r0 == 9 &&
         with_bytes < plain_bytes;
}

bool refused(std::string_view text) {
  Builder b;
  b.text(text);
  const auto image = b.image();
  if (!image) return false;
  auto code = jit_compile(*image, {});
  return !code && code.error() == Errno::kEINVAL && !interpret(*image, 0);
}

// 1 M instructions on both engines: compiled in time that grows linearly (a quadratic pass would not end).
bool largest_program() {
  Builder b;
  b.mov(0, 0);
  for (uint32_t n = 0; n < 999'000; n += 3) b.text("r1 = 1; if r1 == 0 goto +30; w0 += 1");
  for (int n = 0; n < 31; n++) b.add_imm(0, 1);
  b.exit();
  const auto image = b.image();
  if (!image) return false;
  constexpr uint64_t kExpected = 333'000 + 31;
  const Run jit = run_jit(*image, kTargets[1]);
  return jit.ok && jit.r0 == kExpected && interpret(*image, 0).value_or(0) == kExpected;
}

uint32_t g_tests = 0;
uint32_t g_failed = 0;

}  // namespace

void report(std::string_view name, bool passed) {
  g_tests++;
  g_failed += !passed;
  format_to(out(), "{} {} - {}\n", passed ? "ok" : "not ok", g_tests, name);
  out().flush();
}

int self_test() {
  report("constants: every sequence makes its value", constants_are_right());
  for (const uint32_t filler : {10u, 100u, 300u, 600u, 1500u, 2500u, 100'000u, 400'000u}) {
    char name[64];
    BufferSink sink(name);
    format_to(sink, "branches over {} instructions", filler);
    report(sink.view(), branches_reach(filler));
  }
  report("conditional branches over 32000 multiplications", conditions_reach());
  report("branches that push each other over their limits", branches_push_each_other());
  report("1000 functions", many_functions());
  report("8 frames with whole stacks", eight_frames());
  report("the interpreter refuses the ninth frame", too_many_frames());
  report("fault-safe loads read 0", faults_read_zero());
  report("the verifier's facts shorten the code and keep the result", facts_are_used());
  {
    Builder b;
    b.text("r0 = 0; again: r0 += 1; may_goto out; goto again; out: exit");
    const auto image = b.image();
    const uint64_t expected = uint64_t{kMayGotoLoops} + 1;
    const Run jit = image ? run_jit(*image, kTargets[1]) : Run{};
    report("may_goto ends a loop after 8 Mi rounds",
           jit.ok && jit.r0 == expected && interpret(*image, 0).value_or(0) == expected);
  }
  report("unknown helper is refused", refused("call 9999; exit"));
  report("kernel function is refused", refused("call kernel-function#1; exit"));
  tail_call_tests();
  report("1 M instructions", largest_program());
  report("nothing leaked", live_allocations() == 0);
  format_to(out(), "1..{}\n", g_tests);
  return g_failed == 0 ? 0 : 1;
}

}  // namespace skep::runner
