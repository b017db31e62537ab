#include "fs/poll.h"

#include <atomic>

namespace skep::vfs {

WaitQueue poll_queue;

namespace {
std::atomic<uint32_t> g_pollers{0};
}

// Sequentially consistent against the event's own store: either the poller's look sees the event, or this sees the
// poller.
void notify_pollers() {
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (g_pollers.load(std::memory_order_relaxed) != 0) poll_queue.wake_all();
}

PollScope::PollScope() { g_pollers.fetch_add(1, std::memory_order_seq_cst); }
PollScope::~PollScope() { g_pollers.fetch_sub(1, std::memory_order_seq_cst); }

}  // namespace skep::vfs
