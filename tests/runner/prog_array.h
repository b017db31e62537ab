// A program array for programs that no system call loads.
#pragma once

#include "bpf/maps/map.h"
#include "bpf/prog.h"

namespace skep::runner {

class ProgArray final : public bpf::Map {
 public:
  static constexpr uint32_t kSlots = 4;
  ProgArray() : Map({.type = BPF_MAP_TYPE_PROG_ARRAY, .key_size = 4, .value_size = 4, .max_entries = kSlots}) {}

  bpf::TailCallTarget slots[kSlots];

  const bpf::TailCallTarget* tail_call_target(uint32_t index) const override {
    return index < kSlots && slots[index].image != nullptr ? &slots[index] : nullptr;
  }
  void* lookup(const void*) override { return nullptr; }
  Result<void> update(const void*, const void*, uint64_t) override { return fail(Errno::kEINVAL); }
  Result<void> erase(const void*) override { return fail(Errno::kEINVAL); }
  Result<void> copy_value(const void*, std::span<uint8_t>, uint64_t = 0) override { return fail(Errno::kENOTSUPP); }
  Result<void> update_from_user(const void*, std::span<const uint8_t>, uint64_t) override {
    return fail(Errno::kEINVAL);
  }
  Result<void> next_key(const void*, void*) override { return fail(Errno::kENOENT); }

 private:
  void dispose() override {}
};

}  // namespace skep::runner
