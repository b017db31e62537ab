// The simulator against the processor: every simulated instruction is also executed, and pc and all 31 registers must
// come out the same. A freestanding riscv64 program, run under qemu-riscv64 (or on hardware):
//
//   The code page is filled with c.ebreak. One instruction is put somewhere into it; the SIGTRAP handler loads the
//   registers of the test case and continues at the instruction; wherever that leads, the next thing executed is a
//   c.ebreak, and the handler sees the registers that the processor left.
#include <stddef.h>
#include <stdint.h>

#include <atomic>
#include <string_view>

#include "arch/riscv/probe/simulate.h"

using namespace skep::riscv::probe;

namespace {

long syscall(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0, long f = 0) {
  register long a0 asm("a0") = a;
  register long a1 asm("a1") = b;
  register long a2 asm("a2") = c;
  register long a3 asm("a3") = d;
  register long a4 asm("a4") = e;
  register long a5 asm("a5") = f;
  register long a7 asm("a7") = number;
  asm volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5), "r"(a7) : "memory");
  return a0;
}
constexpr long kWrite = 64, kExit = 93, kSigaltstack = 132, kRtSigaction = 134, kMmap = 222;
constexpr int kSigtrap = 5, kSigsegv = 11, kSigill = 4;

void print(std::string_view text) {
  syscall(kWrite, 1, reinterpret_cast<long>(text.data()), static_cast<long>(text.size()));
}
void print_hex(uint64_t value) {
  char digits[19] = "0x0000000000000000";
  for (int i = 17; i >= 2; i--, value >>= 4) digits[i] = "0123456789abcdef"[value & 15];
  print({digits, 18});
}
void print_decimal(uint64_t value) {
  char digits[21];
  size_t at = sizeof(digits);
  do digits[--at] = static_cast<char>('0' + value % 10);
  while ((value /= 10) != 0);
  print({digits + at, sizeof(digits) - at});
}

// Where the kernel keeps the registers in the third argument of a signal handler: struct ucontext of riscv64.
constexpr size_t kUcontextRegisters = 176;

constexpr size_t kCodeBytes = size_t{4} << 20;  // jal reaches 1 MiB either way
uint8_t* code;
uint8_t signal_stack[64 << 10];

uint64_t state = 88172645463325252u;
uint64_t random64() {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}
uint64_t random_operand() {
  constexpr uint64_t kEdges[] = {0,          1,          ~uint64_t{0}, uint64_t{1} << 63, (uint64_t{1} << 63) - 1,
                                 0x7fffffff, 0x80000000, 0xffffffff};
  const uint64_t r = random64();
  return (r & 3) == 0 ? kEdges[r >> 2 & 7] : random64() >> (r >> 8 & 63);
}

struct Case {
  uint32_t word;
  size_t at;  // offset in the code page
  uint64_t regs[33];
};
Case current;
uint64_t expected[33];
uint64_t done, wanted;
bool started;

void put_half(size_t at, uint32_t half) {
  code[at] = static_cast<uint8_t>(half);
  code[at + 1] = static_cast<uint8_t>(half >> 8);
}

// Fields of `word` that a generator leaves random.
struct Form {
  std::string_view name;
  uint32_t match;
  uint32_t mask;
};
// Fixed bits of each simulated instruction; sstatus operations need a privileged mode and are tested by hand.
constexpr Form kForms[] = {
    {"auipc", 0x17, 0x7f},          {"jal", 0x6f, 0x7f},        {"jalr", 0x67, 0x707f},     {"beq", 0x63, 0x707f},
    {"bne", 0x1063, 0x707f},        {"blt", 0x4063, 0x707f},    {"bge", 0x5063, 0x707f},    {"bltu", 0x6063, 0x707f},
    {"bgeu", 0x7063, 0x707f},       {"addi", 0x13, 0x707f},     {"lui", 0x37, 0x7f},        {"add", 0x33, 0xfe00707f},
    {"c.addi4spn", 0x0000, 0xe003}, {"c.addi", 0x0001, 0xe003}, {"c.li", 0x4001, 0xe003},   {"c.lui", 0x6001, 0xe003},
    {"c.addi16sp", 0x6101, 0xef83}, {"c.j", 0xa001, 0xe003},    {"c.beqz", 0xc001, 0xe003}, {"c.bnez", 0xe001, 0xe003},
    {"c.mv", 0x8002, 0xf003},       {"c.add", 0x9002, 0xf003},  {"c.jr", 0x8002, 0xf07f},   {"c.jalr", 0x9002, 0xf07f},
};
uint64_t runs_of_form[sizeof(kForms) / sizeof(kForms[0])];

[[noreturn]] void stop(int status) {
  for (;;) syscall(kExit, status);
}

// Chooses the next case; false when the chosen bits are no simulated instruction or would leave the code page.
bool choose(size_t form) {
  const Form& f = kForms[form];
  const bool wide = (f.match & 3) == 3;
  current.word = f.match | (static_cast<uint32_t>(random64()) & ~f.mask);
  if (!wide) current.word &= 0xffff;
  const Verdict v = classify(current.word);
  if (!v.accepted()) return false;  // a reserved encoding of the form
  if (v.step.operation == Operation::kOutOfLine) return false;
  current.at = kCodeBytes / 2 + (random64() & 0xffe);
  for (uint64_t& r : current.regs) r = random_operand();
  if (v.step.operation >= Operation::kBranchEq && v.step.operation <= Operation::kBranchGeu && (random64() & 1) != 0) {
    current.regs[v.step.rs2] = current.regs[v.step.rs1];  // equal operands would be rare otherwise
  }
  if (v.step.operation == Operation::kJalr) {
    const uint64_t target = reinterpret_cast<uint64_t>(code) + (random64() & (kCodeBytes - 1) & ~uint64_t{8191});
    current.regs[v.step.rs1] = target + 4096 + (random64() & 1);
    if (v.step.rs1 == 0) return false;  // would jump to an address near 0
  }
  current.regs[0] = reinterpret_cast<uint64_t>(code) + current.at;
  for (size_t i = 0; i < 33; i++) expected[i] = current.regs[i];
  simulate(v.step, expected);
  // With sp on the signal stack, the kernel would take the handler for running already.
  for (const uint64_t sp : {current.regs[2], expected[2]}) {
    if (sp - reinterpret_cast<uint64_t>(signal_stack) <= sizeof(signal_stack)) return false;
  }
  const uint64_t landed = expected[0] - reinterpret_cast<uint64_t>(code);
  // A jump into itself never ends.
  if (landed >= kCodeBytes - 4 || (landed + 2 > current.at && landed < current.at + v.step.length)) return false;
  put_half(current.at, current.word);
  if (wide) put_half(current.at + 2, current.word >> 16);
  asm volatile("fence.i" ::: "memory");
  runs_of_form[form]++;
  return true;
}

extern "C" void on_trap(int signal, void*, uint8_t* context) {
  auto* regs = reinterpret_cast<uint64_t*>(context + kUcontextRegisters);
  if (started) {
    bool same = signal == kSigtrap;
    for (size_t i = 0; i < 32; i++) same = same && regs[i] == expected[i];
    if (!same) {
      print("not ok 1 - instruction ");
      print_hex(current.word);
      print(" signal ");
      print_decimal(static_cast<uint64_t>(signal));
      print("\n");
      for (size_t i = 0; i < 32; i++) {
        if (regs[i] == expected[i]) continue;
        print(i == 0 ? "#  pc" : "#  x");
        if (i != 0) print_decimal(i);
        print(" before ");
        print_hex(current.regs[i]);
        print(" simulated ");
        print_hex(expected[i]);
        print(" real ");
        print_hex(regs[i]);
        print("\n");
      }
      stop(1);
    }
    for (size_t i = 0; i < 4; i += 2) put_half(current.at + i, 0x9002);
    done++;
  }
  started = true;
  if (done == wanted) {
    constexpr uint64_t kForms_ = sizeof(kForms) / sizeof(kForms[0]);
    for (size_t i = 0; i < kForms_; i++) {
      if (runs_of_form[i] >= 100) continue;
      print("not ok 1 - hardly ever ran ");
      print(kForms[i].name);
      print("\n");
      stop(1);
    }
    print("ok 1 - ");
    print_decimal(done);
    print(" simulated instructions agree with the processor\n");
    stop(0);
  }
  const size_t form = done % (sizeof(kForms) / sizeof(kForms[0]));
  while (!choose(form)) {
  }
  for (size_t i = 0; i < 32; i++) regs[i] = current.regs[i];
}

struct KernelSigaction {
  void (*handler)(int, void*, uint8_t*);
  unsigned long flags;
  unsigned long mask;
};
struct KernelStack {
  void* base;
  int flags;
  size_t bytes;
};

}  // namespace

extern "C" [[noreturn]] void probe_native_main() {
  wanted = 120000;
  print("1..1\n");
  const long place = syscall(kMmap, 0, kCodeBytes, 7 /* read, write, execute */, 0x22 /* private, anonymous */, -1, 0);
  if (place < 0 && place > -4096) stop(2);
  code = reinterpret_cast<uint8_t*>(place);
  for (size_t i = 0; i < kCodeBytes; i += 2) put_half(i, 0x9002);
  // The tested instructions leave any value in sp, so the handler has a stack of its own.
  const KernelStack stack{signal_stack, 0, sizeof(signal_stack)};
  const KernelSigaction action{on_trap, 0x08000004 /* SA_ONSTACK | SA_SIGINFO */, 0};
  if (syscall(kSigaltstack, reinterpret_cast<long>(&stack), 0) != 0) stop(2);
  for (const int signal : {kSigtrap, kSigsegv, kSigill}) {
    if (syscall(kRtSigaction, signal, reinterpret_cast<long>(&action), 0, 8) != 0) stop(2);
  }
  asm volatile("c.ebreak");
  stop(3);
}

asm(".globl _start\n_start:\n  andi sp, sp, -16\n  call probe_native_main\n");
