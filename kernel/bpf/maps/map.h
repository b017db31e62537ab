// The one interface of all map types. One file per type implements it; maps/registry.h makes them by number.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <atomic>
#include <span>

#include "bpf/maps/fields.h"
#include "bpf/object.h"
#include "lib/result.h"
#include "uapi/bpf.h"

namespace skep::bpf {

class Btf;
class Program;
struct TailCallTarget;  // bpf/prog.h

// What MAP_CREATE fixed. The verifier reads nothing else of a map.
struct MapAttributes {
  uint32_t type = 0;  // enum bpf_map_type
  uint32_t key_size = 0;
  uint32_t value_size = 0;
  uint32_t max_entries = 0;
  uint32_t flags = 0;  // BPF_F_*
  uint64_t extra = 0;
  char name[BPF_OBJ_NAME_LEN] = {};
  uint32_t btf_key_type_id = 0;
  uint32_t btf_value_type_id = 0;
};

// Value sizes are rounded up to 8 where values are laid out one after the other (per CPU, in arrays), as in Linux.
constexpr uint32_t value_stride(uint32_t value_size) { return (value_size + 7) & ~7U; }

class Map : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::kMap;

  const MapAttributes& attributes() const { return attributes_; }
  bool is_per_cpu() const {
    return attributes_.type == BPF_MAP_TYPE_PERCPU_ARRAY || attributes_.type == BPF_MAP_TYPE_PERCPU_HASH;
  }

  // -- For BPF programs (any context, preemption off). Keys and values are exactly key_size and value_size bytes. --

  // This CPU's value for a per-CPU map; nullptr when there is no such element. Takes no lock. The pointer stays valid
  // until a grace period after the element was deleted.
  virtual void* lookup(const void* key) = 0;
  // ENOENT, EEXIST, E2BIG (full), EINVAL (flags), EBUSY (the map's lock is taken by code that was probed).
  virtual Result<void> update(const void* key, const void* value, uint64_t flags) = 0;
  virtual Result<void> erase(const void* key) = 0;
  // One CPU's value of a per-CPU map (cpu < cpu_count); nullptr when there is no such element, or no such map.
  virtual void* lookup_on_cpu(const void* key, uint32_t cpu) {
    (void)key;
    (void)cpu;
    return nullptr;
  }

  // -- For the syscall (task context). --

  // Whether a program with a reference to this map may be loaded; a prog_array then takes only programs like it.
  virtual bool fits_program(const Program& program) {
    (void)program;
    return true;
  }

  // Memory that the map's elements take, for fdinfo's "memlock".
  virtual uint64_t memory_bytes() const { return 0; }
  // The kernel's structures in the values; none without BTF.
  const MapFields& fields() const { return fields_; }
  // Fills a value that lies in the map with one from outside, around the kernel's structures; with BPF_F_LOCK in
  // `flags` under the value's lock. Any context in which that lock is not held.
  void store_value(void* to, const void* from, uint64_t flags) const {
    if (!fields_.any()) [[likely]] {
      memcpy(to, from, attributes_.value_size);
    } else {
      store_around_fields(to, from, flags);
    }
  }
  // The way back: there the kernel's structures are zero.
  void load_value(void* to, const void* from, uint64_t flags) const;
  // Bytes of one value as user space sees it: value_stride × cpu_count for per-CPU maps.
  uint32_t user_value_size() const;
  // Copies the value(s) of `key` into out (user_value_size() bytes); ENOENT.
  // With BPF_F_LOCK in `flags` (of values with a lock only) no change is seen halfway.
  virtual Result<void> copy_value(const void* key, std::span<uint8_t> out, uint64_t flags = 0) = 0;
  virtual Result<void> update_from_user(const void* key, std::span<const uint8_t> value, uint64_t flags) = 0;
  virtual Result<void> erase_from_user(const void* key) { return erase(key); }
  // copy_value() and erase_from_user() in one; ENOTSUPP for types without it.
  virtual Result<void> take_value(const void* key, std::span<uint8_t> out, uint64_t flags = 0) {
    (void)key;
    (void)out;
    (void)flags;
    return fail(Errno::kENOTSUPP);
  }
  // The key after `key` in iteration order, the first one for nullptr or a key that is not there; ENOENT at the end.
  virtual Result<void> next_key(const void* key, void* next) = 0;

  // -- For the verifier and the engines. --

  // Address of byte `offset` of the first element's value, for Pseudo::kMapValue; ENOTSUPP unless an array map of one
  // element, EINVAL when offset is out of range (Linux: map_direct_value_addr).
  virtual Result<uint64_t> direct_value_address(uint32_t offset) const {
    (void)offset;
    return fail(Errno::kENOTSUPP);
  }
  // Of a program array: where a tail call to `index` goes; nullptr for an empty slot, one that is not there, and other
  // types. Stays valid while preemption is off. Any context.
  virtual const TailCallTarget* tail_call_target(uint32_t index) const {
    (void)index;
    return nullptr;
  }
  // Calls `visit` for each element with its key and its value (this CPU's) until it returns false; how many were
  // visited. ENOTSUPP for types without it. Any context, preemption off.
  using Visit = bool (*)(void* cookie, const void* key, void* value);
  virtual Result<uint64_t> for_each(Visit visit, void* cookie) {
    (void)visit;
    (void)cookie;
    return fail(Errno::kENOTSUPP);
  }
  // Of a map of maps: what every map in it is like. nullptr for other types.
  virtual const Map* inner_template() const { return nullptr; }
  // For the JIT's inlined array lookup: base address of element 0, nullptr when lookup() must be called.
  virtual const void* array_base() const { return nullptr; }
  // The same for per-CPU arrays: a table of each CPU's element 0, indexed by cpu_id().
  virtual const void* const* array_base_per_cpu() const { return nullptr; }

  // Writes by user space. A frozen map takes none (EPERM), and a map that is being written cannot be frozen (EBUSY), so
  // that the verifier may read a frozen, program-read-only map's values as constants.
  bool frozen() const { return frozen_.load(std::memory_order_seq_cst); }
  Result<void> freeze();
  Result<void> begin_user_write();
  void end_user_write() { writers_.fetch_sub(1, std::memory_order_seq_cst); }

  // The BTF that btf_key_type_id and btf_value_type_id speak of, or null. Kept until the map goes.
  const Ref<Object>& btf() const { return btf_; }
  void set_btf(Ref<Object> btf);  // once, before anybody else sees the map

  void last_reference_dropped() override;  // leaves the id table, then dispose() after a grace period

 protected:
  explicit Map(const MapAttributes& attributes) : Object(kKind), attributes_(attributes) {}
  // EINVAL for update flags that there are not, and for BPF_F_LOCK where there is no lock.
  Result<void> check_update_flags(uint64_t flags) const {
    if (flags <= BPF_EXIST) [[likely]]
      return {};
    const bool known = (flags & ~uint64_t{BPF_F_LOCK}) <= BPF_EXIST;
    if (!known || fields_.spin_lock < 0) return fail(Errno::kEINVAL);
    return {};
  }
  virtual void dispose() = 0;  // frees the map; no reader is left. Task.

 private:
  void store_around_fields(void* to, const void* from, uint64_t flags) const;

  const MapAttributes attributes_;
  std::atomic<bool> frozen_{false};
  std::atomic<uint32_t> writers_{0};
  Ref<Object> btf_;
  MapFields fields_;
  struct Disposal : platform::GraceCallback {
    Map* map = nullptr;
  } disposal_;
};

}  // namespace skep::bpf
