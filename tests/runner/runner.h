// The riscv64 runner: engines, a BPF platform on bare Linux system calls, and what both need. It has no libc;
// kernel/lib supplies memcpy and formatting. Runs under qemu-riscv64 (or on a riscv64 Linux). sim/ has the same
// functions for the build machine, where compiled code is simulated.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <initializer_list>
#include <span>
#include <string_view>

#include "bpf/isa/insn.h"
#include "bpf/jit/jit.h"
#include "lib/format.h"

namespace skep::runner {

using bpf::JitTarget;

// Linux system calls; negative errno.
extern "C" long raw_syscall(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0, long f = 0);
// Calls compiled code with known values in all callee-saved registers; *differences gets a bit for each that changed
// (n for sn, 12 for sp, 13 gp, 14 tp), bit 63 when the code did not return.
uint64_t checked_call(const bpf::JitCode& code, uint64_t r1, uint64_t r2, uint64_t* differences);
// What a helper calls instead of call_callback(): the simulator must run the callback.
uint64_t callback_from_helper(uint64_t callback, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5);
[[noreturn]] void exit_process(int status);

// Standard output and error, collected until flushed.
class Output final : public TextSink {
 public:
  constexpr explicit Output(int fd) : fd_(fd) {}
  void write(std::string_view text) override;
  void flush();

 private:
  int fd_;
  size_t used_ = 0;
  char buffer_[4096] = {};
};
Output& out();
Output& err();

// Platform knobs (platform.cc). Code is placed near the runner's text, or beyond the reach of a direct call.
void place_code_far(bool far);
// Code goes to a ring that is writable and executable: for the fuzzer, to which sealing would be most of the time.
void place_code_in_ring(bool ring);
// Live allocations, for leak checks.
size_t live_allocations();
// Installs the handler that ends the process with a message on a fault, unless the code below expects it.
void handle_faults();
// The code whose fault-safe loads the handler resumes. The caller keeps it.
void set_faulting_code(std::span<const bpf::JitCode> code);
// For the simulator, which is stricter than qemu: the extensions that the code may use, and the memory besides its
// stack.
void set_processor(const JitTarget& target);
void allow_memory(std::initializer_list<std::span<const uint8_t>> ranges);
// How often each byte offset of the code last called was executed; empty where nobody counts.
std::span<const uint32_t> executions();

// The commands; each returns an exit status.
int serve();                              // serve.cc: cases on stdin, results on stdout
int fuzz(int argc, char** argv);          // fuzz.cc
int compile_cost(int argc, char** argv);  // compile_cost.cc
int self_test();                          // self_test.cc

// The fuzzer's current program, for the fault handler's message.
extern uint64_t current_seed;

}  // namespace skep::runner
