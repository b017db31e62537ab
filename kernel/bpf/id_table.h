// Numbers for objects of one kind, and back. The table holds no references: an object leaves it when its last one goes.
#pragma once

#include <stdint.h>

#include "bpf/memory.h"
#include "bpf/object.h"
#include "lib/result.h"

namespace skep::bpf {

class IdTable {
 public:
  // Gives `object` an id: 1, 2, 3 …, each used once until 2^31 have been given out (as Linux's cyclic ids). ENOMEM,
  // ENOSPC. Task.
  Result<void> add(Object& object);
  void remove(Object& object);

  // The object with this id, referenced; null when there is none or it is just going. Task.
  Ref<Object> find(uint32_t id);
  // The smallest id above `id`, 0 when there is none.
  uint32_t next_id(uint32_t id);
  size_t size();

 private:
  static constexpr uint32_t kMaxId = INT32_MAX;

  size_t lower_bound(uint32_t id) SKEP_REQUIRES(lock_);  // index of the first entry with an id of at least this

  platform::Lock lock_;
  Vec<Object*> objects_ SKEP_GUARDED_BY(lock_);  // sorted by id
  uint32_t last_id_ SKEP_GUARDED_BY(lock_) = 0;
};

}  // namespace skep::bpf
