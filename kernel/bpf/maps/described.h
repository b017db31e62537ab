// A map that has attributes and no elements: what a map of maps knows of the maps in it, and what `skep verify` judges
// programs with when a map type does not exist here.
#pragma once

#include "bpf/maps/map.h"

namespace skep::bpf {

class DescribedMap final : public Map {
 public:
  // `inner` describes the maps in a map of maps, and is null for other types. ENOMEM.
  static Result<Ref<Map>> create(const MapAttributes& attributes, Ref<Map> inner = {});

  const Map* inner_template() const override { return inner_.get(); }

  void* lookup(const void*) override { return nullptr; }
  Result<void> update(const void*, const void*, uint64_t) override { return fail(Errno::kENOTSUPP); }
  Result<void> erase(const void*) override { return fail(Errno::kENOTSUPP); }
  Result<void> copy_value(const void*, std::span<uint8_t>, uint64_t = 0) override { return fail(Errno::kENOTSUPP); }
  Result<void> update_from_user(const void*, std::span<const uint8_t>, uint64_t) override {
    return fail(Errno::kENOTSUPP);
  }
  Result<void> next_key(const void*, void*) override { return fail(Errno::kENOTSUPP); }

 private:
  template <typename T, typename... Args>
  friend Result<Ref<T>> create_ref(Args&&...);
  template <typename T>
  friend void destroy(T*);
  DescribedMap(const MapAttributes& attributes, Ref<Map> inner) : Map(attributes), inner_(std::move(inner)) {}
  void dispose() override { destroy(this); }

  const Ref<Map> inner_;
};

}  // namespace skep::bpf
