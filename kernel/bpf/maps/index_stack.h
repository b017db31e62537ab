// A lock-free stack of the numbers 0 … n - 1: the free elements of a preallocated map. Any context, any number of CPUs,
// and no operation ever fails for contention (a probe may interrupt a push or pop of its own CPU).
#pragma once

#include <stdint.h>

#include <atomic>

#include "bpf/memory.h"

namespace skep::bpf {

class IndexStack {
 public:
  static constexpr uint32_t kEmpty = UINT32_MAX;

  // Room for the numbers below `count`; the stack starts empty. ENOMEM. Task.
  Result<void> create(uint32_t count) { return below_.resize(count); }

  void push(uint32_t index) {
    uint64_t head = head_.load(std::memory_order_relaxed);
    do {
      below_[index].value.store(static_cast<uint32_t>(head), std::memory_order_relaxed);
    } while (
        !head_.compare_exchange_weak(head, tagged(head, index), std::memory_order_release, std::memory_order_relaxed));
  }

  // kEmpty when there is none.
  uint32_t pop() {
    uint64_t head = head_.load(std::memory_order_acquire);
    for (;;) {
      const auto index = static_cast<uint32_t>(head);
      if (index == kEmpty) return kEmpty;
      const uint32_t next = below_[index].value.load(std::memory_order_relaxed);
      if (head_.compare_exchange_weak(head, tagged(head, next), std::memory_order_acquire, std::memory_order_acquire))
        return index;
    }
  }

 private:
  struct Cell {
    std::atomic<uint32_t> value{kEmpty};
    Cell() = default;
    Cell(Cell&& o) noexcept : value(o.value.load(std::memory_order_relaxed)) {}
  };
  // The upper half counts changes: a head that was popped and pushed back in between is told from one that stayed
  // (ABA).
  static uint64_t tagged(uint64_t old, uint32_t index) { return ((old >> 32) + 1) << 32 | index; }

  std::atomic<uint64_t> head_{kEmpty};
  Vec<Cell> below_;  // of each number on the stack: the one below it
};

}  // namespace skep::bpf
