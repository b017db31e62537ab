// BPF_MAP_TYPE_STACK_TRACE: call chains by number. No helper fills it yet (bpf_get_stackid is known to the verifier
// only), so that it is always empty.
#pragma once

#include "bpf/maps/map.h"

namespace skep::bpf {

class StackTraceMap final : public Map {
 public:
  static Result<Ref<Map>> create(const MapAttributes& attributes);

  void* lookup(const void*) override { return nullptr; }
  Result<void> update(const void*, const void*, uint64_t) override { return fail(Errno::kEINVAL); }
  Result<void> erase(const void*) override { return fail(Errno::kENOENT); }
  Result<void> copy_value(const void*, std::span<uint8_t>, uint64_t = 0) override { return fail(Errno::kENOENT); }
  Result<void> update_from_user(const void*, std::span<const uint8_t>, uint64_t) override {
    return fail(Errno::kEINVAL);
  }
  Result<void> next_key(const void*, void*) override { return fail(Errno::kENOENT); }

 private:
  template <typename T, typename... Args>
  friend Result<Ref<T>> create_ref(Args&&...);
  template <typename T>
  friend void destroy(T*);
  explicit StackTraceMap(const MapAttributes& attributes) : Map(attributes) {}
  void dispose() override { destroy(this); }
};

}  // namespace skep::bpf
