#include "bpf/maps/map.h"

namespace skep::bpf {

uint32_t Map::user_value_size() const {
  return is_per_cpu() ? value_stride(attributes_.value_size) * platform::cpu_count() : attributes_.value_size;
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
