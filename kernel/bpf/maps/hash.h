// BPF_MAP_TYPE_HASH and BPF_MAP_TYPE_PERCPU_HASH.
//
// All memory is taken when the map is made, so that programs can insert from any context. Lookups walk a bucket's chain
// without a lock; whoever changes a chain holds the bucket's lock, which a program takes with try_lock_bounded()
// (EBUSY). An element that was removed or replaced keeps key, value and successor until a grace period has passed, then
// it returns to the free stack; because of that delay there are more elements than max_entries (kSpare…).
#pragma once

#include "bpf/maps/index_stack.h"
#include "bpf/maps/map.h"
#include "bpf/memory.h"

namespace skep::bpf {

class HashMap final : public Map {
 public:
  static Result<Ref<Map>> create(const MapAttributes& attributes);

  void* lookup(const void* key) override { return lookup_on_cpu(key, platform::cpu_id()); }
  void* lookup_on_cpu(const void* key, uint32_t cpu) override;
  // Of maps that are not per-CPU; MapType::lookup.
  static uint64_t lookup_element(uint64_t map, uint64_t key);
  Result<void> update(const void* key, const void* value, uint64_t flags) override;
  Result<void> erase(const void* key) override;

  Result<void> copy_value(const void* key, std::span<uint8_t> out, uint64_t flags = 0) override;
  Result<void> update_from_user(const void* key, std::span<const uint8_t> value, uint64_t flags) override;
  Result<void> erase_from_user(const void* key) override;
  Result<void> take_value(const void* key, std::span<uint8_t> out, uint64_t flags = 0) override;
  Result<void> next_key(const void* key, void* next) override;
  Result<uint64_t> for_each(Visit visit, void* cookie) override;

  uint64_t memory_bytes() const override { return element_count_ * element_bytes_ + buckets_.size() * sizeof(Bucket); }
  uint32_t count() const { return count_.load(std::memory_order_relaxed); }  // elements in the map now

 private:
  // Followed by the key, rounded up to 8, then the value: value_stride bytes, or one slot for each CPU.
  struct Element : platform::GraceCallback {
    std::atomic<Element*> following{nullptr};
    HashMap* map = nullptr;
    uint32_t hash = 0;
  };
  struct Bucket {
    std::atomic<Element*> first{nullptr};
    platform::Lock lock;
    Bucket() = default;
    Bucket(Bucket&&) noexcept {}  // for Vec's growth, before anything is in it
  };
  // Where a change was asked for.
  enum class Caller : uint8_t { kProgram, kUser };

  template <typename T, typename... Args>
  friend Result<Ref<T>> create_ref(Args&&...);
  template <typename T>
  friend void destroy(T*);
  explicit HashMap(const MapAttributes& attributes);
  ~HashMap() override { platform::release(elements_); }
  Result<void> allocate();
  void dispose() override { drop_hold(); }
  void drop_hold();

  uint32_t hash_of(const void* key) const;
  Bucket& bucket_of(uint32_t hash) { return buckets_[hash & (buckets_.size() - 1)]; }
  Element* element_at(uint32_t index) {
    return reinterpret_cast<Element*>(elements_ + static_cast<size_t>(index) * element_bytes_);
  }
  uint8_t* key_of(Element* e) const { return reinterpret_cast<uint8_t*>(e) + sizeof(Element); }
  uint8_t* value_of(Element* e, uint32_t cpu) const {
    return reinterpret_cast<uint8_t*>(e) + value_offset_ +
           (is_per_cpu() ? static_cast<size_t>(cpu) * cpu_slot_bytes_ : 0);
  }
  // The element with this key, or nullptr; *link is then the pointer to it. Preemption off.
  Element* find(Bucket& bucket, uint32_t hash, const void* key, std::atomic<Element*>** link);

  Result<void> change(const void* key, std::span<const uint8_t> value, uint64_t flags, Caller caller);
  Result<void> change_locked(Bucket& bucket, uint32_t hash, const void* key, std::span<const uint8_t> value,
                             uint64_t flags, Caller caller) SKEP_REQUIRES(bucket.lock);
  Result<void> erase_locked(Bucket& bucket, uint32_t hash, const void* key) SKEP_REQUIRES(bucket.lock);
  void read_value(Element* e, std::span<uint8_t> out, uint64_t flags) const;
  void write_value(Element* e, std::span<const uint8_t> value, Caller caller, bool is_new, uint64_t flags);
  void retire(Element* e);  // back to the free stack after a grace period

  uint32_t seed_ = 0;
  size_t value_offset_ = 0;
  size_t cpu_slot_bytes_ = 0;
  size_t element_bytes_ = 0;
  uint32_t element_count_ = 0;
  uint8_t* elements_ = nullptr;
  Vec<Bucket> buckets_;  // a power of two
  IndexStack free_;
  std::atomic<uint32_t> count_{0};
  // One for the map itself and one for each element that waits for a grace period; the last one frees the map.
  std::atomic<uint32_t> holds_{1};
};

}  // namespace skep::bpf
