// A grace period is a round number. A hart that passes a point where it cannot be inside a reader notes the round it
// saw; the period is over when every hart has noted its round. Harts are hurried with an IPI instead of waiting for
// their tick.
#include "task/grace.h"

#include <atomic>

#include "arch/riscv/csr.h"
#include "arch/riscv/smp.h"
#include "arch/riscv/thread.h"
#include "lib/log.h"
#include "task/scheduler.h"
#include "task/task.h"
#include "task/wait_queue.h"

namespace skep {

namespace {

std::atomic<uint64_t> g_round{0};

struct alignas(64) SeenRound {
  std::atomic<uint64_t> value{0};
};
SeenRound g_seen[arch::kMaxHarts];

// Callbacks as they come, newest first: pushed without a lock, since a probe may do it.
std::atomic<GraceCallback*> g_new_callbacks{nullptr};
WaitQueue g_thread_queue;

GraceCallback* take_callbacks() {
  GraceCallback* newest_first = g_new_callbacks.exchange(nullptr, std::memory_order_acquire);
  GraceCallback* in_order = nullptr;
  while (newest_first) {
    GraceCallback* next = newest_first->next;
    newest_first->next = in_order;
    in_order = newest_first;
    newest_first = next;
  }
  return in_order;
}

bool round_over(uint64_t round) {
  for (uint32_t i = 0; i < arch::online_hart_count(); i++) {
    if (g_seen[i].value.load(std::memory_order_acquire) < round) return false;
  }
  return true;
}

void pass_grace_period() {
  const uint64_t round = g_round.fetch_add(1) + 1;
  for (uint32_t i = 0; i < arch::online_hart_count(); i++) {
    arch::g_harts[i].attention.fetch_or(arch::kAttentionQuiescent);
  }
  arch::send_ipi_to_others();
  // Giving way to others is a quiescent point of this hart, too.
  while (!round_over(round)) yield();
}

void grace_thread(void*) {
  for (;;) {
    g_thread_queue.wait_uninterruptible([] { return g_new_callbacks.load(std::memory_order_acquire) != nullptr; });
    GraceCallback* list = take_callbacks();
    pass_grace_period();
    while (list) {
      GraceCallback* callback = list;
      list = list->next;  // the callback may free itself
      callback->function(callback);
    }
  }
}

}  // namespace

void report_quiescent(uint32_t index) {
  arch::g_harts[index].attention.fetch_and(~arch::kAttentionQuiescent);
  g_seen[index].value.store(g_round.load());
}

void wake_grace_thread() {
  if (g_new_callbacks.load(std::memory_order_relaxed) != nullptr) g_thread_queue.wake_all();
}

void start_grace_thread() {
  if (!start_kernel_thread("grace", grace_thread, nullptr)) panic("no memory for the grace thread");
}

void call_after_grace_period(GraceCallback* callback, void (*function)(GraceCallback*)) {
  callback->function = function;
  GraceCallback* head = g_new_callbacks.load(std::memory_order_relaxed);
  do {
    callback->next = head;
  } while (
      !g_new_callbacks.compare_exchange_weak(head, callback, std::memory_order_release, std::memory_order_relaxed));
  // The thread is woken by an interrupt of this hart, which comes when interrupts are unmasked: a probe may run with
  // any lock held, those of the scheduler among them.
  if (head == nullptr) SKEP_CSR_SET(sip, uint64_t{1} << 1);
}

namespace {
struct Completion {
  GraceCallback callback;
  WaitQueue queue;
  std::atomic<bool> done{false};
};
}  // namespace

void wait_for_grace_period() {
  Completion completion;
  call_after_grace_period(&completion.callback, [](GraceCallback* c) {
    auto* self = reinterpret_cast<Completion*>(c);
    // The waiter's stack holds all of this: it may go on, and the stack be used anew, once `done` is seen.
    self->queue.change_and_wake_all([self] { self->done.store(true); });
  });
  completion.queue.wait_uninterruptible([&] { return completion.done.load(); });
}

}  // namespace skep
