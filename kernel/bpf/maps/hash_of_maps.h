// BPF_MAP_TYPE_HASH_OF_MAPS: a hash whose values are maps. The pointers lie in a HashMap of its own; only user space
// changes it, one caller at a time, so that every pointer that leaves the table leaves with its reference.
#pragma once

#include "bpf/maps/hash.h"

namespace skep::bpf {

class HashOfMaps final : public Map {
 public:
  // Every map in it is to be like `inner`. EINVAL, ENOTSUPP, ENOMEM, E2BIG.
  static Result<Ref<Map>> create(const MapAttributes& attributes, const Map& inner);
  const Map* inner_template() const override { return template_.get(); }

  void* lookup(const void* key) override;
  Result<void> update(const void*, const void*, uint64_t) override { return fail(Errno::kEINVAL); }
  Result<void> erase(const void*) override { return fail(Errno::kEINVAL); }

  uint64_t memory_bytes() const override { return table_->memory_bytes(); }
  Result<void> copy_value(const void* key, std::span<uint8_t> out, uint64_t = 0) override;  // the map's id
  // The value is a map's descriptor: EBADF, EINVAL, and what a hash refuses.
  Result<void> update_from_user(const void* key, std::span<const uint8_t> value, uint64_t flags) override;
  Result<void> erase_from_user(const void* key) override;
  Result<void> next_key(const void* key, void* next) override { return table_->next_key(key, next); }

 private:
  template <typename T, typename... Args>
  friend Result<Ref<T>> create_ref(Args&&...);
  template <typename T>
  friend void destroy(T*);
  HashOfMaps(const MapAttributes& attributes, Ref<Map> inner, Ref<Map> table)
      : Map(attributes), template_(std::move(inner)), table_(std::move(table)) {}
  ~HashOfMaps() override;
  void dispose() override { destroy(this); }
  // Stores `map`, and hands out the one that it replaces. ENOMEM: all free elements wait for a grace period.
  Result<Map*> exchange(const void* key, Map* map, uint64_t flags);

  const Ref<Map> template_;
  const Ref<Map> table_;
  platform::Lock lock_;  // taken by user space's changes; outside of the table's own locks
};

}  // namespace skep::bpf
