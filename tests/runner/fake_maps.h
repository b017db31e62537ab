// Maps for programs that no system call loads: an array, a per-CPU array and a hash, whose values lie in the memory
// that the fuzzer compares.
#pragma once

#include <span>

#include "bpf/maps/map.h"

namespace skep::runner {

// The CPU that runs here, and the numbers of its task.
inline constexpr uint32_t kFakeCpu = 3;
inline constexpr uint64_t kFakePidTgid = 0x0000'1234'8765'4321;
inline constexpr uint64_t kFakeTime = 0x1234'5678'90ab'cdef;

class FakeMap final : public bpf::Map {
 public:
  static constexpr uint32_t kCpus = 4;
  FakeMap(const bpf::MapAttributes& attributes, uint8_t* values) : Map(attributes), values_(values) {
    per_cpu_[kFakeCpu] = values;
  }

  void* lookup(const void* key) override;
  const void* array_base() const override { return attributes().type == BPF_MAP_TYPE_ARRAY ? values_ : nullptr; }
  const void* const* array_base_per_cpu() const override {
    return attributes().type == BPF_MAP_TYPE_PERCPU_ARRAY ? per_cpu_ : nullptr;
  }
  Result<void> update(const void*, const void*, uint64_t) override { return fail(Errno::kEINVAL); }
  Result<void> erase(const void*) override { return fail(Errno::kEINVAL); }
  Result<void> copy_value(const void*, std::span<uint8_t>, uint64_t = 0) override { return fail(Errno::kENOTSUPP); }
  Result<void> update_from_user(const void*, std::span<const uint8_t>, uint64_t) override {
    return fail(Errno::kEINVAL);
  }
  Result<void> next_key(const void*, void*) override { return fail(Errno::kENOENT); }
  std::span<const uint8_t> table() const { return {reinterpret_cast<const uint8_t*>(per_cpu_), sizeof(per_cpu_)}; }

 private:
  void dispose() override {}
  uint8_t* const values_;
  const void* per_cpu_[kCpus] = {};
};

struct FakeMapShape {
  uint32_t type, value_size, entries, at;  // `at`: where in the memory its values are
};
inline constexpr FakeMapShape kFakeMaps[] = {
    {BPF_MAP_TYPE_ARRAY, 12, 6, 0}, {BPF_MAP_TYPE_PERCPU_ARRAY, 8, 5, 128}, {BPF_MAP_TYPE_HASH, 24, 8, 192}};
inline constexpr uint32_t kFakeMapCount = sizeof(kFakeMaps) / sizeof(kFakeMaps[0]);

// They live as long as the process; `memory` is that of the first call.
std::span<FakeMap* const> fake_maps(uint8_t* memory);

}  // namespace skep::runner
