// BPF_MAP_TYPE_ARRAY and BPF_MAP_TYPE_PERCPU_ARRAY: elements 0 … max_entries - 1, all there from the start, zeroed.
#pragma once

#include "bpf/maps/map.h"
#include "bpf/memory.h"

namespace skep::bpf {

// What both kinds have in common: keys are 32-bit indices.
class ArrayBase : public Map {
 public:
  Result<void> erase(const void*) override { return fail(Errno::kEINVAL); }  // elements cannot go
  Result<void> next_key(const void* key, void* next) override;
  Result<uint64_t> for_each(Visit visit, void* cookie) override;
  uint64_t memory_bytes() const override {
    return static_cast<uint64_t>(stride_) * attributes().max_entries * (is_per_cpu() ? platform::cpu_count() : 1);
  }

 protected:
  explicit ArrayBase(const MapAttributes& attributes) : Map(attributes), stride_(value_stride(attributes.value_size)) {}

  static uint32_t index_of(const void* key);
  // Linux's order of checks for an update: EINVAL for flags, E2BIG for the index, EEXIST because every element exists.
  Result<void> check_update(uint32_t index, uint64_t flags) const;

  const uint32_t stride_;
};

class ArrayMap final : public ArrayBase {
 public:
  static Result<Ref<Map>> create(const MapAttributes& attributes);

  void* lookup(const void* key) override;
  Result<void> update(const void* key, const void* value, uint64_t flags) override;
  Result<void> copy_value(const void* key, std::span<uint8_t> out, uint64_t flags = 0) override;
  Result<void> update_from_user(const void* key, std::span<const uint8_t> value, uint64_t flags) override;
  Result<uint64_t> direct_value_address(uint32_t offset) const override;
  const void* array_base() const override { return values_; }

 private:
  template <typename T, typename... Args>
  friend Result<Ref<T>> create_ref(Args&&...);
  template <typename T>
  friend void destroy(T*);
  explicit ArrayMap(const MapAttributes& attributes) : ArrayBase(attributes) {}
  ~ArrayMap() override { platform::release(values_); }
  void dispose() override { destroy(this); }

  uint8_t* values_ = nullptr;
};

class PerCpuArrayMap final : public ArrayBase {
 public:
  static Result<Ref<Map>> create(const MapAttributes& attributes);

  void* lookup(const void* key) override { return lookup_on_cpu(key, platform::cpu_id()); }
  void* lookup_on_cpu(const void* key, uint32_t cpu) override;
  Result<void> update(const void* key, const void* value, uint64_t flags) override;
  Result<void> copy_value(const void* key, std::span<uint8_t> out, uint64_t flags = 0) override;
  Result<void> update_from_user(const void* key, std::span<const uint8_t> value, uint64_t flags) override;
  const void* const* array_base_per_cpu() const override {
    return reinterpret_cast<const void* const*>(values_.data());
  }

 private:
  template <typename T, typename... Args>
  friend Result<Ref<T>> create_ref(Args&&...);
  template <typename T>
  friend void destroy(T*);
  explicit PerCpuArrayMap(const MapAttributes& attributes) : ArrayBase(attributes) {}
  ~PerCpuArrayMap() override;
  void dispose() override { destroy(this); }

  Vec<uint8_t*> values_;  // per CPU, each its own allocation: no two CPUs share a cache line
};

}  // namespace skep::bpf
