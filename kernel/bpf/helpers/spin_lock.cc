// The locks in map values. The verifier lets no program leave with one held, nor call anything while it holds one.
#include "bpf/helpers/functions.h"
#include "bpf/maps/fields.h"
#include "bpf/platform.h"

namespace skep::bpf {
namespace {

// What masking this CPU's interrupts has to undo. A program holds one lock at a time, and nothing that takes one can
// interrupt it. Linux: irqsave_flags in kernel/bpf/helpers.c.
struct alignas(64) Saved {
  uintptr_t interrupts = 0;
};
Saved g_saved[platform::kMaxCpus];

}  // namespace

uint64_t helper_spin_lock(uint64_t lock, uint64_t, uint64_t, uint64_t, uint64_t) SKEP_NO_THREAD_SAFETY_ANALYSIS {
  uintptr_t saved = 0;
  lock_at(reinterpret_cast<void*>(lock)).lock(&saved);
  g_saved[platform::cpu_id()].interrupts = saved;
  return 0;
}

uint64_t helper_spin_unlock(uint64_t lock, uint64_t, uint64_t, uint64_t, uint64_t) SKEP_NO_THREAD_SAFETY_ANALYSIS {
  lock_at(reinterpret_cast<void*>(lock)).unlock(g_saved[platform::cpu_id()].interrupts);
  return 0;
}

}  // namespace skep::bpf
