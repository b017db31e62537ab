#include "bpf/maps/array.h"

#include <string.h>

#include "lib/checked.h"

namespace skep::bpf {
namespace {

// Memory for max_entries values, ENOMEM beyond what one request may take.
Result<uint8_t*> allocate_values(const MapAttributes& attributes) {
  const auto bytes = checked_mul<uint64_t>(value_stride(attributes.value_size), attributes.max_entries);
  if (!bytes || *bytes > platform::allocation_limit_bytes()) return fail(Errno::kENOMEM);
  auto* values = static_cast<uint8_t*>(platform::allocate(*bytes));
  if (!values) return fail(Errno::kENOMEM);
  return values;
}

}  // namespace

uint32_t ArrayBase::index_of(const void* key) {
  uint32_t index;
  memcpy(&index, key, sizeof(index));
  return index;
}

Result<void> ArrayBase::check_update(uint32_t index, uint64_t flags) const {
  TRY(check_update_flags(flags));
  if (index >= attributes().max_entries) return fail(Errno::kE2BIG);
  if ((flags & BPF_NOEXIST) != 0) return fail(Errno::kEEXIST);
  return {};
}

Result<void> ArrayBase::next_key(const void* key, void* next) {
  const uint32_t index = key ? index_of(key) : UINT32_MAX;
  if (index == attributes().max_entries - 1) return fail(Errno::kENOENT);
  const uint32_t following = index >= attributes().max_entries ? 0 : index + 1;
  memcpy(next, &following, sizeof(following));
  return {};
}

Result<uint64_t> ArrayBase::for_each(Visit visit, void* cookie) {
  uint32_t index = 0;
  while (index < attributes().max_entries) {
    const uint32_t key = index++;
    if (!visit(cookie, &key, lookup(&key))) break;
  }
  return index;
}

Result<Ref<Map>> ArrayMap::create(const MapAttributes& attributes) {
  auto map = TRY(create_ref<ArrayMap>(attributes));
  auto values = allocate_values(attributes);
  if (!values) {
    destroy(map.release());
    return fail(values.error());
  }
  map->values_ = *values;
  return Ref<Map>(std::move(map));
}

void* ArrayMap::lookup(const void* key) {
  const uint32_t index = index_of(key);
  return index < attributes().max_entries ? values_ + static_cast<size_t>(index) * stride_ : nullptr;
}

Result<void> ArrayMap::update(const void* key, const void* value, uint64_t flags) {
  const uint32_t index = index_of(key);
  TRY(check_update(index, flags));
  store_value(values_ + static_cast<size_t>(index) * stride_, value, flags);
  return {};
}

Result<void> ArrayMap::copy_value(const void* key, std::span<uint8_t> out, uint64_t flags) {
  const void* value = lookup(key);
  if (!value) return fail(Errno::kENOENT);
  load_value(out.data(), value, flags);
  return {};
}

Result<void> ArrayMap::update_from_user(const void* key, std::span<const uint8_t> value, uint64_t flags) {
  return update(key, value.data(), flags);
}

Result<uint64_t> ArrayMap::direct_value_address(uint32_t offset) const {
  if (attributes().max_entries != 1) return fail(Errno::kENOTSUPP);
  if (offset >= attributes().value_size) return fail(Errno::kEINVAL);
  return reinterpret_cast<uint64_t>(values_) + offset;
}

Result<Ref<Map>> PerCpuArrayMap::create(const MapAttributes& attributes) {
  auto map = TRY(create_ref<PerCpuArrayMap>(attributes));
  auto filled = [&]() -> Result<void> {
    TRY(map->values_.reserve(platform::cpu_count()));
    for (uint32_t cpu = 0; cpu < platform::cpu_count(); cpu++) {
      TRY(map->values_.push_back(TRY(allocate_values(attributes))));
    }
    return {};
  }();
  if (!filled) {
    destroy(map.release());
    return fail(filled.error());
  }
  return Ref<Map>(std::move(map));
}

PerCpuArrayMap::~PerCpuArrayMap() {
  for (uint8_t* values : values_) platform::release(values);
}

void* PerCpuArrayMap::lookup_on_cpu(const void* key, uint32_t cpu) {
  const uint32_t index = index_of(key);
  return index < attributes().max_entries ? values_[cpu] + static_cast<size_t>(index) * stride_ : nullptr;
}

// A program writes its own CPU's value only.
Result<void> PerCpuArrayMap::update(const void* key, const void* value, uint64_t flags) {
  TRY(check_update(index_of(key), flags));
  memcpy(lookup(key), value, attributes().value_size);
  return {};
}

Result<void> PerCpuArrayMap::copy_value(const void* key, std::span<uint8_t> out, uint64_t) {
  if (index_of(key) >= attributes().max_entries) return fail(Errno::kENOENT);
  for (uint32_t cpu = 0; cpu < platform::cpu_count(); cpu++)
    memcpy(&out[cpu * stride_], lookup_on_cpu(key, cpu), stride_);
  return {};
}

Result<void> PerCpuArrayMap::update_from_user(const void* key, std::span<const uint8_t> value, uint64_t flags) {
  TRY(check_update(index_of(key), flags));
  for (uint32_t cpu = 0; cpu < platform::cpu_count(); cpu++)
    memcpy(lookup_on_cpu(key, cpu), &value[cpu * stride_], stride_);
  return {};
}

}  // namespace skep::bpf
