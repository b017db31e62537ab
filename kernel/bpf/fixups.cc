#include "bpf/fixups.h"

#include "bpf/jit/jit.h"

namespace skep::bpf {
namespace {

// Readers come from the trap handler and take no lock; a place that was taken out keeps its successor for those that
// are looking at it.
platform::Lock list_lock;
std::atomic<FixupPlace*> first{nullptr};

}  // namespace

void publish_fixups(FixupPlace& place, const JitCode& code) {
  if (code.exceptions.empty()) return;
  platform::LockGuard guard(list_lock);
  place.code = &code;
  place.next.store(first.load(std::memory_order_relaxed), std::memory_order_relaxed);
  first.store(&place, std::memory_order_release);
}

bool withdraw_fixups(FixupPlace& place) {
  if (place.code == nullptr) return false;
  platform::LockGuard guard(list_lock);
  std::atomic<FixupPlace*>* link = &first;
  while (link->load(std::memory_order_relaxed) != &place) link = &link->load(std::memory_order_relaxed)->next;
  link->store(place.next.load(std::memory_order_relaxed), std::memory_order_release);
  return true;
}

uint64_t find_fixup(uint64_t pc) {
  for (FixupPlace* p = first.load(std::memory_order_acquire); p != nullptr;
       p = p->next.load(std::memory_order_acquire)) {
    if (const uint64_t resume = find_jit_fixup(*p->code, pc)) return resume;
  }
  return 0;
}

}  // namespace skep::bpf
