// BPF_MAP_TYPE_RINGBUF: records from many producers to one consumer, in the order in which they were reserved. Linux:
// Documentation/bpf/ringbuf.rst; a record's header and the two positions are as there, so that libbpf's consumer can
// read them once user space can map the pages (it cannot yet: no BPF map can be mapped here).
//
// One difference: Linux maps the data twice in a row, so that a record may run over the end. Here such a record starts
// at the beginning instead, and the rest before the end becomes a discarded record, which consumers skip anyway.
#pragma once

#include "bpf/maps/map.h"

namespace skep::bpf {

class RingbufMap final : public Map {
 public:
  static constexpr uint32_t kBusy = 1U << 31;       // the record is reserved and not yet submitted
  static constexpr uint32_t kDiscarded = 1U << 30;  // consumers skip it
  static constexpr uint32_t kHeaderBytes = 8;

  static Result<Ref<Map>> create(const MapAttributes& attributes);

  // -- For programs: any context.

  // `bytes` of memory, or nullptr: no room, a record that is too large, or a lock that the probed code holds.
  void* reserve(uint64_t bytes);
  // Of a record that reserve() gave; nobody may use it afterwards.
  static void commit(void* record, bool discard);
  // EAGAIN when there is no room.
  Result<void> output(const void* data, uint64_t bytes);
  uint64_t query(uint64_t what) const;  // BPF_RB_*; 0 for what it does not know

  // -- For a consumer. Positions only grow; the record at one lies at data() + position modulo the size.

  const uint8_t* data() const { return data_; }
  uint64_t producer_position() const { return producer_.load(std::memory_order_acquire); }
  uint64_t consumer_position() const { return consumer_.load(std::memory_order_acquire); }
  void consumed_up_to(uint64_t position) { consumer_.store(position, std::memory_order_release); }

  void* lookup(const void*) override { return nullptr; }
  Result<void> update(const void*, const void*, uint64_t) override { return fail(Errno::kENOTSUPP); }
  Result<void> erase(const void*) override { return fail(Errno::kENOTSUPP); }
  uint64_t memory_bytes() const override { return attributes().max_entries; }
  Result<void> copy_value(const void*, std::span<uint8_t>, uint64_t = 0) override { return fail(Errno::kENOTSUPP); }
  Result<void> update_from_user(const void*, std::span<const uint8_t>, uint64_t) override {
    return fail(Errno::kENOTSUPP);
  }
  Result<void> next_key(const void*, void*) override { return fail(Errno::kENOTSUPP); }

 private:
  // Before each record.
  struct Header {
    std::atomic<uint32_t> length;  // with kBusy and kDiscarded
    uint32_t unused;               // where Linux notes how to find the map; consumers do not read it
  };
  static_assert(sizeof(Header) == kHeaderBytes);

  template <typename T, typename... Args>
  friend Result<Ref<T>> create_ref(Args&&...);
  template <typename T>
  friend void destroy(T*);
  explicit RingbufMap(const MapAttributes& attributes) : Map(attributes) {}
  ~RingbufMap() override { platform::release(data_); }
  void dispose() override { destroy(this); }
  Result<void> allocate();

  uint64_t size() const { return attributes().max_entries; }
  void* reserve_locked(uint64_t bytes) SKEP_REQUIRES(lock_);
  // Takes `total` bytes, header included, that do not run over the end; nullptr when they are not free.
  Header* take(uint64_t total, uint32_t length) SKEP_REQUIRES(lock_);

  uint8_t* data_ = nullptr;
  platform::Lock lock_;  // of the producers
  std::atomic<uint64_t> producer_{0};
  std::atomic<uint64_t> consumer_{0};
};

}  // namespace skep::bpf
