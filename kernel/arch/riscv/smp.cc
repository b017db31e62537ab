#include "arch/riscv/smp.h"

#include <stddef.h>

#include "arch/hooks.h"
#include "arch/machine.h"
#include "arch/riscv/asm_offsets.h"
#include "arch/riscv/boot.h"
#include "arch/riscv/csr.h"
#include "arch/riscv/sbi.h"
#include "arch/riscv/thread.h"
#include "arch/riscv/timer.h"
#include "arch/riscv/trap.h"

namespace skep::arch {

alignas(64) Hart g_harts[kMaxHarts];

namespace {

std::atomic<uint64_t> g_online_ids{0};  // hardware ids, a bit each
std::atomic<uint32_t> g_online_count{0};

struct HartStart {
  uintptr_t stack;
  Thread* thread;
  uint64_t satp;
};
static_assert(offsetof(HartStart, stack) == HART_START_STACK && offsetof(HartStart, thread) == HART_START_THREAD);
static_assert(offsetof(HartStart, satp) == HART_START_SATP);
HartStart g_starts[kMaxHarts];

alignas(16) uint8_t g_overflow_stacks[kMaxHarts][SKEP_STACK_BYTES];

SKEP_NOPROBE uint64_t other_harts() {
  return g_online_ids.load(std::memory_order_acquire) & ~(uint64_t{1} << this_hart().id);
}

extern "C" void secondary_entry();
extern "C" [[noreturn]] void secondary_main() {
  mark_hart_online();
  enable_hart_traps();
  start_hart_timer();
  on_secondary_hart();
}

}  // namespace

void init_hart(uint32_t index) {
  Hart& h = g_harts[index];
  h.index = index;
  h.id = machine().harts[index].id;
  h.overflow_stack_top = reinterpret_cast<uintptr_t>(g_overflow_stacks[index]) + SKEP_STACK_BYTES;
}

void mark_hart_online() {
  g_online_ids.fetch_or(uint64_t{1} << this_hart().id);
  g_online_count.fetch_add(1);
}

uint32_t online_hart_count() { return g_online_count.load(std::memory_order_acquire); }

bool start_hart(uint32_t index, Thread& idle) {
  init_hart(index);
  idle.hart = &g_harts[index];
  g_starts[index] = {idle.kernel_sp, &idle, SKEP_CSR_READ(satp)};
  const uintptr_t entry = reinterpret_cast<uintptr_t>(secondary_entry) - SKEP_IMAGE_OFFSET;
  const auto argument = reinterpret_cast<uintptr_t>(&g_starts[index]);
  const uint32_t before = online_hart_count();
  if (sbi::hart_start(machine().harts[index].id, entry, argument) != sbi::Error::kSuccess) return false;
  while (online_hart_count() == before) pause();
  return true;
}

SKEP_NOPROBE void send_ipi(uint32_t hart_index) { sbi::send_ipi(uint64_t{1} << g_harts[hart_index].id); }

SKEP_NOPROBE void send_ipi_to_others() {
  if (const uint64_t others = other_harts()) sbi::send_ipi(others);
}

SKEP_NOPROBE void fence_i_everywhere() {
  fence_i();
  // The stores that changed the text must be visible before the other harts fetch again.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (const uint64_t others = other_harts()) sbi::remote_fence_i(others);
}

SKEP_NOPROBE void sfence_everywhere(uintptr_t start, uintptr_t bytes) {
  std::atomic_thread_fence(std::memory_order_seq_cst);
  sfence_all();
  if (const uint64_t others = other_harts()) sbi::remote_sfence_vma(others, start, bytes);
}

}  // namespace skep::arch
