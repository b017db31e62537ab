// Arrays of objects that user space hands in as descriptors: BPF_MAP_TYPE_PROG_ARRAY, BPF_MAP_TYPE_ARRAY_OF_MAPS,
// BPF_MAP_TYPE_PERF_EVENT_ARRAY. An element is empty until then. Programs read elements without a lock; an object that
// was replaced lives on until a grace period after its last reference, as all objects do.
#pragma once

#include "bpf/maps/array.h"

namespace skep::bpf {

class FdArrayMap : public ArrayBase {
 public:
  Result<void> allocate();  // once, by whoever makes the map; ENOMEM

  void* lookup(const void*) override { return nullptr; }
  Result<void> update(const void*, const void*, uint64_t) override { return fail(Errno::kEINVAL); }
  // The id of the element's object; ENOENT for an empty one.
  Result<void> copy_value(const void* key, std::span<uint8_t> out, uint64_t = 0) override;
  // The value is a descriptor. EINVAL for flags other than BPF_ANY, E2BIG, EBADF, or what accept() says.
  Result<void> update_from_user(const void* key, std::span<const uint8_t> value, uint64_t flags) override;
  Result<void> erase(const void*) override { return fail(Errno::kEINVAL); }
  Result<void> erase_from_user(const void* key) override;  // E2BIG, ENOENT

 protected:
  explicit FdArrayMap(const MapAttributes& attributes) : ArrayBase(attributes) {}
  ~FdArrayMap() override { clear(); }
  // Whether the object may become an element: EINVAL when it is of the wrong kind. Task.
  virtual Result<void> accept(Object& object) = 0;
  // nullptr for an empty element. A reader's pointer is good until its section without preemption ends.
  Object* at(uint32_t index) const {
    return index < slots_.size() ? slots_[index].object.load(std::memory_order_acquire) : nullptr;
  }
  void clear();
  void dispose() override = 0;

 private:
  struct Slot {
    std::atomic<Object*> object{nullptr};  // holds a reference
    Slot() = default;
    Slot(Slot&&) noexcept {}  // for Vec's growth, before anything is in it
  };
  void put(uint32_t index, Object* object);  // takes over the caller's reference

  Vec<Slot> slots_;
};

// The programs that bpf_tail_call() may go on with. All are of the type, and run by the engine, of the first program
// that was put in or that was loaded with a reference to the map: one cannot return to, or take the context of,
// another.
class ProgArrayMap final : public FdArrayMap {
 public:
  static Result<Ref<Map>> create(const MapAttributes& attributes);
  const TailCallTarget* tail_call_target(uint32_t index) const override;
  bool fits_program(const Program& program) override;
  // A program in the array may hold the array: without user space's hold, nothing else would break the circle.
  void last_descriptor_closed() override { clear(); }

 private:
  template <typename T, typename... Args>
  friend Result<Ref<T>> create_ref(Args&&...);
  template <typename T>
  friend void destroy(T*);
  explicit ProgArrayMap(const MapAttributes& attributes) : FdArrayMap(attributes) {}
  Result<void> accept(Object& object) override;
  void dispose() override { destroy(this); }

  platform::Lock owner_lock_;
  bool owned_ SKEP_GUARDED_BY(owner_lock_) = false;
  bool owner_is_native_ SKEP_GUARDED_BY(owner_lock_) = false;
  uint32_t owner_type_ SKEP_GUARDED_BY(owner_lock_) = 0;
};

class ArrayOfMaps final : public FdArrayMap {
 public:
  // Every map in it is to be like `inner`. EINVAL, ENOTSUPP, ENOMEM.
  static Result<Ref<Map>> create(const MapAttributes& attributes, const Map& inner);
  const Map* inner_template() const override { return template_.get(); }
  void* lookup(const void* key) override { return static_cast<Map*>(at(index_of(key))); }

 private:
  template <typename T, typename... Args>
  friend Result<Ref<T>> create_ref(Args&&...);
  template <typename T>
  friend void destroy(T*);
  ArrayOfMaps(const MapAttributes& attributes, Ref<Map> inner) : FdArrayMap(attributes), template_(std::move(inner)) {}
  Result<void> accept(Object& object) override;
  void dispose() override { destroy(this); }

  const Ref<Map> template_;
};

// No perf event of this kernel takes a program's output yet, so the elements stay empty: update_from_user() refuses
// every descriptor with EINVAL (EBADF for one that is not open).
class PerfEventArrayMap final : public FdArrayMap {
 public:
  static Result<Ref<Map>> create(const MapAttributes& attributes);
  Result<void> copy_value(const void*, std::span<uint8_t>, uint64_t = 0) override { return fail(Errno::kENOTSUPP); }

 private:
  template <typename T, typename... Args>
  friend Result<Ref<T>> create_ref(Args&&...);
  template <typename T>
  friend void destroy(T*);
  explicit PerfEventArrayMap(const MapAttributes& attributes) : FdArrayMap(attributes) {}
  Result<void> accept(Object&) override { return fail(Errno::kEINVAL); }
  void dispose() override { destroy(this); }
};

// ---- Maps of maps

// What a map of maps remembers of `inner`, the example it was made with. ENOTSUPP for types that cannot be in one,
// EINVAL for a map of maps.
Result<Ref<Map>> describe_inner(const Map& inner);
// Whether programs that were verified with `example` may be given `map` instead. Linux: bpf_map_meta_equal.
bool is_like(const Map& example, const Map& map);

}  // namespace skep::bpf
