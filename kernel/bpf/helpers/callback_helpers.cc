// Helpers that run parts of the program, and the one that leaves it.
#include "bpf/helpers/functions.h"
#include "bpf/helpers/result.h"
#include "bpf/interp/interp.h"
#include "bpf/maps/map.h"
#include "uapi/bpf.h"

namespace skep::bpf {
namespace {

constexpr uint32_t kMaxLoops = 8u << 20;  // Linux: BPF_MAX_LOOPS

struct EachElement {
  uint64_t map;
  uint64_t callback;
  uint64_t context;
};

bool visit_element(void* cookie, const void* key, void* value) {
  const auto& e = *static_cast<const EachElement*>(cookie);
  return call_callback(e.callback, e.map, reinterpret_cast<uint64_t>(key), reinterpret_cast<uint64_t>(value), e.context,
                       0) == 0;
}

}  // namespace

// r0: how many turns were made.
uint64_t helper_loop(uint64_t turns, uint64_t callback, uint64_t context, uint64_t flags, uint64_t) {
  const auto count = static_cast<uint32_t>(turns);
  if (flags != 0) return helper_error(Errno::kEINVAL);
  if (count > kMaxLoops) return helper_error(Errno::kE2BIG);
  for (uint32_t i = 0; i < count; i++) {
    if (call_callback(callback, i, context, 0, 0, 0) != 0) return i + 1;
  }
  return count;
}

// r0: how many elements the callback saw.
uint64_t helper_for_each_map_elem(uint64_t map, uint64_t callback, uint64_t context, uint64_t flags, uint64_t) {
  if (flags != 0) return helper_error(Errno::kEINVAL);
  EachElement each{.map = map, .callback = callback, .context = context};
  const auto seen = reinterpret_cast<Map*>(map)->for_each(visit_element, &each);
  // The verifier let pass only types that have it; Linux says EINVAL to others.
  return seen ? *seen : helper_error(Errno::kEINVAL);
}

// The engines do this themselves (take_tail_call()); what comes here was called by number, by a program that no
// verifier has seen.
uint64_t helper_tail_call(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t) { return helper_error(Errno::kEINVAL); }

}  // namespace skep::bpf
