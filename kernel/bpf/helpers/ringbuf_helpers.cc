// Ring buffers from programs. Nobody can wait for a record yet, so BPF_RB_NO_WAKEUP and BPF_RB_FORCE_WAKEUP change
// nothing.
#include "bpf/helpers/functions.h"
#include "bpf/helpers/result.h"
#include "bpf/maps/ringbuf.h"

namespace skep::bpf {
namespace {
constexpr uint64_t kWakeupFlags = BPF_RB_NO_WAKEUP | BPF_RB_FORCE_WAKEUP;
RingbufMap& ringbuf_of(uint64_t r) { return static_cast<RingbufMap&>(*reinterpret_cast<Map*>(r)); }
}  // namespace

uint64_t helper_ringbuf_reserve(uint64_t map, uint64_t size, uint64_t flags, uint64_t, uint64_t) {
  return flags != 0 ? 0 : reinterpret_cast<uint64_t>(ringbuf_of(map).reserve(size));
}

uint64_t helper_ringbuf_submit(uint64_t record, uint64_t, uint64_t, uint64_t, uint64_t) {
  RingbufMap::commit(reinterpret_cast<void*>(record), false);
  return 0;
}

uint64_t helper_ringbuf_discard(uint64_t record, uint64_t, uint64_t, uint64_t, uint64_t) {
  RingbufMap::commit(reinterpret_cast<void*>(record), true);
  return 0;
}

uint64_t helper_ringbuf_output(uint64_t map, uint64_t data, uint64_t size, uint64_t flags, uint64_t) {
  if ((flags & ~kWakeupFlags) != 0) return helper_error(Errno::kEINVAL);
  return helper_result(ringbuf_of(map).output(reinterpret_cast<const void*>(data), size));
}

uint64_t helper_ringbuf_query(uint64_t map, uint64_t what, uint64_t, uint64_t, uint64_t) {
  return ringbuf_of(map).query(what);
}

}  // namespace skep::bpf
