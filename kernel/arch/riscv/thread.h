// The part of a task that the architecture's assembly knows, and the part of a hart that every hot path reads.
// tp points to the running Thread; task/thread.h derives Task from it.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <atomic>

#include "arch/limits.h"
#include "arch/riscv/asm_offsets.h"
#include "arch/riscv/layout.h"
#include "uapi/ptrace.h"

namespace skep::arch {

// What a hart has to look at when its outermost preemption-off section ends (Hart::attention).
inline constexpr uint32_t kAttentionReschedule = 1;
inline constexpr uint32_t kAttentionQuiescent = 2;  // a grace period waits for this hart

struct Hart {
  uintptr_t overflow_stack_top = 0;
  uint32_t index = 0;
  uint64_t id = 0;  // the hardware's number
  std::atomic<uint32_t> attention{0};
  std::atomic<bool> idle{false};  // in wait-for-interrupt, or about to be: an IPI is needed to wake it
  uint32_t interrupt_depth = 0;
  uint64_t locks_held = 0;  // spin locks held: four bits per rank (task/lock_order.h)
};

struct FpState {
  uint64_t f[32] = {};
  uint32_t fcsr = 0;
};

// ra, sp, s0 ... s11: what a function call preserves.
struct Context {
  uint64_t ra = 0;
  uint64_t sp = 0;
  uint64_t s[12] = {};
};

struct Thread {
  uintptr_t kernel_sp = 0;   // top of the kernel stack: where an entry from user mode builds its frame
  uint64_t scratch[2] = {};  // of the trap entry
  Hart* hart = nullptr;      // where it runs, or ran last
  Context context;
  FpState fp;
  // How many preemption-off sections are open. It lives here and not in Hart so that `tp->preempt_count++` needs no
  // protection from being moved to another hart in between.
  uint32_t preempt_count = 0;

  // The registers of the user program: at the top of the kernel stack. User tasks only.
  pt_regs& user_regs() const { return *reinterpret_cast<pt_regs*>(kernel_sp - sizeof(pt_regs)); }
};

static_assert(offsetof(Hart, overflow_stack_top) == HART_OVERFLOW_STACK);
static_assert(offsetof(Thread, kernel_sp) == THREAD_KERNEL_SP);
static_assert(offsetof(Thread, scratch) == THREAD_SCRATCH0 && THREAD_SCRATCH1 == THREAD_SCRATCH0 + 8);
static_assert(offsetof(Thread, hart) == THREAD_HART);
static_assert(offsetof(Thread, context) == THREAD_CONTEXT);
static_assert(offsetof(Thread, fp) == THREAD_FP);
static_assert(sizeof(pt_regs) == SKEP_PT_BYTES && offsetof(pt_regs, ra) == SKEP_PT_RA &&
              offsetof(pt_regs, sp) == SKEP_PT_SP);
static_assert(offsetof(pt_regs, gp) == SKEP_PT_GP && offsetof(pt_regs, tp) == SKEP_PT_TP &&
              offsetof(pt_regs, t0) == SKEP_PT_T0);
static_assert(offsetof(pt_regs, s0) == SKEP_PT_S0 && offsetof(pt_regs, a0) == SKEP_PT_A0 &&
              offsetof(pt_regs, s2) == SKEP_PT_S2);
static_assert(offsetof(pt_regs, t3) == SKEP_PT_T3 && offsetof(pt_regs, status) == SKEP_PT_STATUS);
static_assert(offsetof(pt_regs, badaddr) == SKEP_PT_BADADDR && offsetof(pt_regs, cause) == SKEP_PT_CAUSE);
static_assert(offsetof(pt_regs, orig_a0) == SKEP_PT_ORIG_A0 && offsetof(pt_regs, epc) == SKEP_PT_EPC);

// The running thread. The value stays right for as long as the calling code runs, whichever hart it is moved to.
[[gnu::always_inline]] inline Thread& current_thread() {
  Thread* t;
  asm("mv %0, tp" : "=r"(t));
  return *t;
}
// This hart. Stable only with preemption off or interrupts masked.
[[gnu::always_inline]] inline Hart& this_hart() { return *current_thread().hart; }

extern Hart g_harts[kMaxHarts];

extern "C" void switch_context(Thread* from, Thread* to);
extern "C" void thread_start();
extern "C" void save_fp_state(FpState* state);
extern "C" void load_fp_state(const FpState* state);

}  // namespace skep::arch
