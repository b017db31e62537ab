#include "bpf/maps/map.h"

#include <string.h>

namespace skep::bpf {

uint32_t Map::user_value_size() const {
  return is_per_cpu() ? value_stride(attributes_.value_size) * platform::cpu_count() : attributes_.value_size;
}

void Map::set_btf(Ref<Object> btf) {
  btf_ = std::move(btf);
  fields_ = find_map_fields(*this);
}

namespace {

// Holds the lock in a value, when the flags say so. Linux: copy_map_value_locked().
class SKEP_SCOPED_CAPABILITY ValueGuard {
 public:
  ValueGuard(const Map& map, void* value, uint64_t flags) SKEP_NO_THREAD_SAFETY_ANALYSIS
      : lock_((flags & BPF_F_LOCK) != 0 ? &lock_in_value(value, map.fields()) : nullptr) {
    if (lock_) lock_->lock(&saved_);
  }
  ~ValueGuard() SKEP_NO_THREAD_SAFETY_ANALYSIS {
    if (lock_) lock_->unlock(saved_);
  }
  ValueGuard(const ValueGuard&) = delete;
  ValueGuard& operator=(const ValueGuard&) = delete;

 private:
  platform::Lock* lock_;
  uintptr_t saved_ = 0;
};

}  // namespace

void Map::store_around_fields(void* to, const void* from, uint64_t flags) const {
  const ValueGuard guard(*this, to, flags);
  uint32_t at = 0;
  const auto copy_up_to = [&](uint32_t end) {
    memcpy(static_cast<uint8_t*>(to) + at, static_cast<const uint8_t*>(from) + at, end - at);
  };
  for (const FieldSpan& field : fields_.in_order()) {
    if (field.bytes == 0) continue;
    copy_up_to(field.offset);
    at = field.offset + field.bytes;
  }
  copy_up_to(attributes_.value_size);
}

void Map::load_value(void* to, const void* from, uint64_t flags) const {
  const ValueGuard guard(*this, const_cast<void*>(from), flags);
  memcpy(to, from, attributes_.value_size);
  for (const FieldSpan& field : fields_.in_order()) memset(static_cast<uint8_t*>(to) + field.offset, 0, field.bytes);
}

// Writer and freezer each announce themselves first and look for the other one after, so at least one of them sees it.
Result<void> Map::begin_user_write() {
  writers_.fetch_add(1, std::memory_order_seq_cst);
  if (frozen()) {
    end_user_write();
    return fail(Errno::kEPERM);
  }
  return {};
}

Result<void> Map::freeze() {
  if (frozen_.exchange(true, std::memory_order_seq_cst)) return fail(Errno::kEBUSY);
  if (writers_.load(std::memory_order_seq_cst) != 0) {
    frozen_.store(false, std::memory_order_seq_cst);
    return fail(Errno::kEBUSY);
  }
  return {};
}

void Map::last_reference_dropped() {
  leave_id_table();
  // A program that has just dropped the map may still be running with pointers into it.
  disposal_.map = this;
  platform::call_after_grace_period(
      &disposal_, [](platform::GraceCallback* callback) { static_cast<Disposal*>(callback)->map->dispose(); });
}

}  // namespace skep::bpf
