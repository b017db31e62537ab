#include "arch/riscv/panic.h"

#include "arch/hooks.h"
#include "arch/machine.h"
#include "arch/riscv/csr.h"
#include "arch/riscv/sbi.h"
#include "arch/riscv/smp.h"
#include "arch/riscv/thread.h"
#include "arch/riscv/trap.h"
#include "lib/format.h"
#include "lib/log.h"
#include "mm/user_copy.h"

namespace skep::arch {

namespace {

constexpr uint32_t kNobody = 0;
std::atomic<uint32_t> g_panicking_hart{kNobody};  // index + 1
constexpr uint32_t kMaxBacktraceFrames = 32;

class FirmwareConsole final : public TextSink {
 public:
  void write(std::string_view text) override {
    for (const char c : text) sbi::console_putchar(c);
  }
};

// A return address is looked up by the call before it: the call may be a function's last instruction.
void print_frame(TextSink& out, uint64_t address, bool is_return) {
  out.write("  ");
  print_code_address(out, is_return ? address - 1 : address);
  out.write("\n");
}

// A frame record: fp - 16 holds the caller's frame pointer, fp - 8 the return address (RISC-V psABI, "Frame Pointer
// Convention"). Read fault-safe: the stack may be what is broken.
void print_backtrace(TextSink& out, const pt_regs& regs, bool at_call) {
  out.write("backtrace:\n");
  print_frame(out, regs.epc, at_call);
  uint64_t fp = regs.s0;
  uint64_t record[2];
  // In a function that has not made its frame yet, ra is the only way to its caller; otherwise the record repeats it.
  const bool has_record = read_kernel_nofault(record, fp - 16, sizeof(record)).has_value();
  if (!at_call && regs.ra != 0 && (!has_record || record[1] != regs.ra)) print_frame(out, regs.ra, true);
  for (uint32_t i = 0; i < kMaxBacktraceFrames && fp != 0; i++) {
    if (fp % 8 != 0 || !read_kernel_nofault(record, fp - 16, sizeof(record)) || record[1] == 0) return;
    print_frame(out, record[1], true);
    fp = record[0];
  }
}

void print_registers(TextSink& out, const pt_regs& r) {
  const struct {
    const char* name;
    uint64_t value;
  } table[] = {
      {"epc", r.epc}, {"ra", r.ra}, {"sp", r.sp},         {"gp", r.gp},           {"tp", r.tp},       {"t0", r.t0},
      {"t1", r.t1},   {"t2", r.t2}, {"s0", r.s0},         {"s1", r.s1},           {"a0", r.a0},       {"a1", r.a1},
      {"a2", r.a2},   {"a3", r.a3}, {"a4", r.a4},         {"a5", r.a5},           {"a6", r.a6},       {"a7", r.a7},
      {"s2", r.s2},   {"s3", r.s3}, {"s4", r.s4},         {"s5", r.s5},           {"s6", r.s6},       {"s7", r.s7},
      {"s8", r.s8},   {"s9", r.s9}, {"s10", r.s10},       {"s11", r.s11},         {"t3", r.t3},       {"t4", r.t4},
      {"t5", r.t5},   {"t6", r.t6}, {"status", r.status}, {"badaddr", r.badaddr}, {"cause", r.cause},
  };
  uint32_t column = 0;
  for (const auto& e : table) {
    format_to(out, "{8} {016x}", std::string_view(e.name), e.value);
    out.write(++column % 4 == 0 ? "\n" : "");
  }
  if (column % 4 != 0) out.write("\n");
}

// The first hart to get here goes on alone.
void begin_panic() {
  disable_interrupts();
  uint32_t expected = kNobody;
  const uint32_t me = this_hart().index + 1;
  if (!g_panicking_hart.compare_exchange_strong(expected, me)) {
    if (expected == me) power_off(kPanicExitCode);  // a panic inside the panic: nothing more can be said
    stop_this_hart();
  }
  current_thread().preempt_count++;
  send_ipi_to_others();
}

}  // namespace

bool panic_in_progress() { return g_panicking_hart.load(std::memory_order_relaxed) != kNobody; }

void stop_this_hart() {
  disable_interrupts();
  for (;;) wait_for_interrupt();
}

namespace {

[[noreturn]] void report(std::string_view cause, const pt_regs& regs, bool at_call) {
  begin_panic();
  FirmwareConsole out;
  format_to(out, "\nPANIC: {}\n", cause);
  format_to(out, "hart {}, ", this_hart().index);
  print_current_task(out);
  if (!at_call) format_to(out, ", cause {} ({}), address {#x}", regs.cause, trap_cause_name(regs.cause), regs.badaddr);
  out.write("\n");
  print_registers(out, regs);
  print_backtrace(out, regs, at_call);
  power_off(kPanicExitCode);
}

}  // namespace

void panic_with_registers(std::string_view cause, const pt_regs& regs) { report(cause, regs, false); }

// panic_line() (entry.S) continues here with its caller's registers.
extern "C" [[noreturn]] void panic_at_call(const char* cause, size_t length, const pt_regs* regs) {
  report({cause, length}, *regs, true);
}

}  // namespace skep::arch
