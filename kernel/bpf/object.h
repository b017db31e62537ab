// What a BPF file descriptor can stand for. Maps, programs, BTF blobs and links derive from Object.
#pragma once

#include <stdint.h>

#include <atomic>

#include "bpf/platform.h"
#include "lib/ref.h"

namespace skep::bpf {

enum class ObjectKind : uint8_t { kMap, kProgram, kBtf, kLink };

class Object : public RefCounted<Object> {
 public:
  virtual ~Object() = default;

  ObjectKind kind() const { return kind_; }
  // What user space names the object by; 0 until it is in its IdTable (id_table.h), then never 0 again.
  uint32_t id() const { return id_; }

  // Disposes of the object, after a grace period where readers may still see it. Task context.
  virtual void last_reference_dropped() = 0;
  // For the platform: a descriptor of its own was made for the object (duplicates share one), and was closed for good.
  void descriptor_opened() { descriptors_.fetch_add(1, std::memory_order_relaxed); }
  void descriptor_closed() {
    if (descriptors_.fetch_sub(1, std::memory_order_acq_rel) == 1) last_descriptor_closed();
  }
  // The last descriptor was closed; the object may live on through other references (a link detaches here). Task.
  virtual void last_descriptor_closed() {}

 protected:
  explicit Object(ObjectKind kind) : kind_(kind) {}
  // Takes the object out of its IdTable, so that nobody finds it any more. Every last_reference_dropped() begins with
  // it.
  void leave_id_table();

 private:
  friend class IdTable;
  const ObjectKind kind_;
  uint32_t id_ = 0;
  std::atomic<uint32_t> descriptors_{0};
  class IdTable* table_ = nullptr;
};

// Checked downcast; null when `object` is of another kind. T names its kind as T::kKind.
template <typename T>
Ref<T> object_cast(Ref<Object>&& object) {
  if (!object || object->kind() != T::kKind) return {};
  return Ref<T>::adopt(static_cast<T*>(object.release()));
}

}  // namespace skep::bpf
