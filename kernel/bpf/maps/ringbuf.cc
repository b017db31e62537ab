#include "bpf/maps/ringbuf.h"

#include <string.h>

#include "bpf/memory.h"
#include "lib/checked.h"

namespace skep::bpf {
namespace {

constexpr uint64_t kMaxRecordBytes = UINT32_MAX / 4;  // Linux: RINGBUF_MAX_RECORD_SZ; leaves room for the two flags

}  // namespace

Result<Ref<Map>> RingbufMap::create(const MapAttributes& attributes) {
  auto map = TRY(create_ref<RingbufMap>(attributes));
  if (auto r = map->allocate(); !r) {
    destroy(map.release());
    return fail(r.error());
  }
  return Ref<Map>(std::move(map));
}

Result<void> RingbufMap::allocate() {
  if (size() > platform::allocation_limit_bytes()) return fail(Errno::kENOMEM);
  data_ = static_cast<uint8_t*>(platform::allocate(static_cast<size_t>(size())));
  if (!data_) return fail(Errno::kENOMEM);
  return {};
}

RingbufMap::Header* RingbufMap::take(uint64_t total, uint32_t length) {
  const uint64_t position = producer_.load(std::memory_order_relaxed);
  // The consumer's position may be user space's to write: only the difference counts, and what is too large is full.
  const uint64_t used = position - consumer_.load(std::memory_order_acquire);
  if (used > size() || total > size() - used) return nullptr;
  const uint64_t at = position & (size() - 1);
  auto* header = reinterpret_cast<Header*>(data_ + at);
  header->length.store(length, std::memory_order_relaxed);
  header->unused = 0;
  producer_.store(position + total, std::memory_order_release);
  return header;
}

void* RingbufMap::reserve_locked(uint64_t bytes) {
  const uint64_t total = align_up<uint64_t>(bytes + kHeaderBytes, 8);
  if (total > size()) return nullptr;
  const uint64_t rest = size() - (producer_.load(std::memory_order_relaxed) & (size() - 1));
  if (total > rest) {
    const auto skipped = static_cast<uint32_t>(rest - kHeaderBytes);  // positions are multiples of 8
    if (!take(rest, skipped | kDiscarded)) return nullptr;
  }
  Header* header = take(total, static_cast<uint32_t>(bytes) | kBusy);
  return header ? header + 1 : nullptr;
}

void* RingbufMap::reserve(uint64_t bytes) {
  if (bytes > kMaxRecordBytes) return nullptr;
  uintptr_t saved;
  if (!lock_.try_lock_bounded(&saved)) return nullptr;
  void* record = reserve_locked(bytes);
  lock_.unlock(saved);
  return record;
}

void RingbufMap::commit(void* record, bool discard) {
  Header* header = static_cast<Header*>(record) - 1;
  const uint32_t length = header->length.load(std::memory_order_relaxed) & ~kBusy;
  header->length.store(discard ? length | kDiscarded : length, std::memory_order_release);
}

Result<void> RingbufMap::output(const void* data, uint64_t bytes) {
  void* record = reserve(bytes);
  if (!record) return fail(Errno::kEAGAIN);
  memcpy(record, data, static_cast<size_t>(bytes));
  commit(record, false);
  return {};
}

uint64_t RingbufMap::query(uint64_t what) const {
  switch (what) {
    case BPF_RB_AVAIL_DATA:
      return producer_position() - consumer_position();
    case BPF_RB_RING_SIZE:
      return size();
    case BPF_RB_CONS_POS:
      return consumer_position();
    case BPF_RB_PROD_POS:
      return producer_position();
    default:
      return 0;
  }
}

}  // namespace skep::bpf
