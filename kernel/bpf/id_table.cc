#include "bpf/id_table.h"

namespace skep::bpf {

size_t IdTable::lower_bound(uint32_t id) {
  size_t low = 0;
  size_t high = objects_.size();
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (objects_[middle]->id_ < id) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

Result<void> IdTable::add(Object& object) {
  platform::LockGuard guard(lock_);
  if (objects_.size() >= kMaxId) return fail(Errno::kENOSPC);
  uint32_t id = last_id_ == kMaxId ? 1 : last_id_ + 1;
  size_t at = lower_bound(id);
  while (at < objects_.size() && objects_[at]->id_ == id) {  // only after the numbers have wrapped
    at++;
    if (id == kMaxId) {
      id = 1;
      at = 0;
    } else {
      id++;
    }
  }
  TRY(objects_.push_back(nullptr));
  for (size_t i = objects_.size() - 1; i > at; i--) objects_[i] = objects_[i - 1];
  objects_[at] = &object;
  object.id_ = last_id_ = id;
  object.table_ = this;
  return {};
}

void IdTable::remove(Object& object) {
  platform::LockGuard guard(lock_);
  const size_t at = lower_bound(object.id_);
  if (at == objects_.size() || objects_[at] != &object) return;
  for (size_t i = at; i + 1 < objects_.size(); i++) objects_[i] = objects_[i + 1];
  objects_.pop_back();
  if (objects_.empty()) objects_ = {};  // an idle system holds no memory
  object.table_ = nullptr;
}

Ref<Object> IdTable::find(uint32_t id) {
  platform::LockGuard guard(lock_);
  const size_t at = lower_bound(id);
  if (id == 0 || at == objects_.size() || objects_[at]->id_ != id || !objects_[at]->try_ref()) return {};
  return Ref<Object>::adopt(objects_[at]);
}

uint32_t IdTable::next_id(uint32_t id) {
  platform::LockGuard guard(lock_);
  if (id >= kMaxId) return 0;
  const size_t at = lower_bound(id + 1);
  return at == objects_.size() ? 0 : objects_[at]->id_;
}

size_t IdTable::size() {
  platform::LockGuard guard(lock_);
  return objects_.size();
}

void Object::leave_id_table() {
  if (table_) table_->remove(*this);
}

}  // namespace skep::bpf
